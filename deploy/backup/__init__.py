"""Backups of the database and the log, taken while everything runs, and the way back.

`taking.py` and `restoring.py` say what is done in which order; `reading_order.py` says why.
"""
