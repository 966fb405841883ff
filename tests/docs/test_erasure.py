"""docs/erasure.md's consumer opens what we seal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from schemas.events.people import KeyIssued
from streams.codec import SEALED_BY, Outgoing, header
from streams.sealing import new_secret, seal

PAGE = Path(__file__).parents[2].joinpath("docs/erasure.md").read_text()


def test_the_consumer_of_the_page_opens_a_sealed_record() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # the page's own
    issued = KeyIssued(user="alice", secret=new_secret())
    sealed = seal(Outgoing(b"k", b'{"text": "hello"}', []), "1f", issued.secret)
    name = header(sealed.headers, SEALED_BY)
    found = names["opened"](sealed.value, b"k", name, issued.model_dump())
    assert found == {"text": "hello"}
