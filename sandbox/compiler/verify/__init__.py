"""What a finished tree of each stage promises; run in the tests."""
