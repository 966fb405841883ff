"""Folds of the log beside the live one: rebuilt, as of a moment, or forked."""
