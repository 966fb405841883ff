"""syntax → typed: names, types, and every function typed once; all findings at once."""
