"""The agent that computes the indicator panel for every bar."""
