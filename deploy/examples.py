"""The example strategies, registered through the API as a user would."""

from __future__ import annotations

from streams.settings import Settings


def register_examples(settings: Settings) -> list[str]:
    """Register and deploy what isn't there yet; the names of the strategies."""
    del settings
    return []
