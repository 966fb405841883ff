"""Receipts: checked on the log or in a bundle, and put into bundles for others to check."""
