"""Runs strategies that other compilers made: docs/strategy-abi.md says what they must be."""
