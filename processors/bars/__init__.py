"""The agent that judges bars: corrections and dead letters."""
