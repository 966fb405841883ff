"""One strategy with many params over the same bars: which to try, side by side, and the best."""
