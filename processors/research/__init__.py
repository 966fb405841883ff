"""What a strategy would have done, where it matches, and whether that is more than luck."""
