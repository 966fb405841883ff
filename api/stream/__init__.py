"""The live stream: every event of the log as server-sent events, resumable by id."""
