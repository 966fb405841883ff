"""The agent that compiles edits into versions."""
