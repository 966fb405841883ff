"""Every release of the events' schemas, each with a log as its producers wrote it."""
