"""Forks: the log up to a moment, and from there on what would have come of other decisions."""
