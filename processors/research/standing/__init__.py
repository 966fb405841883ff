"""Standing screens: a strategy over a universe on each close of its bars."""
