"""The events of every topic, as frozen pydantic models."""
