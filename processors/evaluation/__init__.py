"""The agent that runs deployed strategies on every bar."""
