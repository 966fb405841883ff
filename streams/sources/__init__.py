"""Where bars, actions and instruments come from: the sample feed, and people's own files."""
