"""Fixtures that every test can ask for; `stack.py` says what they are."""

pytest_plugins = ["tests.stack"]
