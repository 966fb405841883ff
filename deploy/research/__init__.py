"""The commands that ask history: what they are given, read; what came of it, shown."""
