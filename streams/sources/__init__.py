"""Where bars come from: the sample feed, and people's own files."""
