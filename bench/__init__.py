"""Measures the system as it is, beside the same work on stock parts, and says what limits it."""
