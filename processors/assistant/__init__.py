"""Answers chat turns by a language model, as events on the conversation's own topic."""
