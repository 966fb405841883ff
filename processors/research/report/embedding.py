"""bokeh's models as data in a page: the same models give the same text, which no user's words
can leave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.document import Document
from bokeh.model import Model

# As JSON's own escapes, so that an HTML parser sees neither tag nor comment nor entity.
ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def embedded(documents: Sequence[Mapping[str, Model]]) -> str:
    """What Bokeh.embed.embed_items takes, as JSON to stand in a script element.

    documents: each the models that share ranges, by the id of the element that will hold them;
    `{"docs": {id: document}, "items": [{"docid": id, "roots": {model: element}}]}`.
    """
    docs, items = {}, []
    for index, roots in enumerate(documents):
        document = Document()
        for model in roots.values():
            document.add_root(model)
        names: dict[str, str] = {}
        key = f"d{index}"
        docs[key] = _renamed(document.to_json(deferred=False), names, key)
        places = {names[model.id]: element for element, model in roots.items()}
        items.append({"docid": key, "roots": places, "root_ids": list(places)})
    text = json.dumps({"docs": docs, "items": items}, allow_nan=False, separators=(",", ":"))
    return text.translate(ESCAPES)


def _renamed(value: Any, names: dict[str, str], prefix: str) -> Any:
    """The tree with its models' ids in the order in which they occur: bokeh's own count on
    from one page of a process to the next. Only models have an `id`; plain mappings are
    written as lists of entries."""
    if isinstance(value, dict):
        return {
            key: names.setdefault(part, f"{prefix}m{len(names)}")
            if key == "id"
            else _renamed(part, names, prefix)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renamed(part, names, prefix) for part in value]
    return value
