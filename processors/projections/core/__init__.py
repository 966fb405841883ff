"""Events → rows, one file a noun; no I/O."""
