"""Reads of the view, behind a Protocol: PostgreSQL in production, memory in tests."""
