"""The HTTP API: reads of the view, writes to the log, and the live stream of events."""
