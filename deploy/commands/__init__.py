"""One file per command of `peripheral`; each offers `command` and imports what it needs late."""
