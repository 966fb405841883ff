"""The log as one API process sees it: one reader, one writer, and what follows from both."""
