"""bokeh's models as data in a page."""

from __future__ import annotations

import json

import pytest
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from processors.research.report.embedding import embedded

HOSTILE = "</script><img src=x onerror=alert(1)><!-- & \u2028"


def drawn(name: str = "a", element: str = "one") -> str:
    source = ColumnDataSource({"x": [1.0, 2.0], "name": [name, name]})
    made = figure()
    made.scatter("x", "x", source=source)
    return embedded([{element: made}])


def test_the_same_models_give_the_same_text() -> None:
    assert drawn() == drawn()


def test_every_reference_has_its_model() -> None:
    text = drawn()
    root = json.loads(text)["items"][0]["root_ids"][0]
    assert f'"id":"{root}"' in text
    assert json.loads(text)["items"][0]["roots"] == {root: "one"}


@pytest.mark.parametrize("char", ["<", ">", "&", "\u2028"])
def test_no_words_leave_the_script_element(char: str) -> None:
    text = drawn(HOSTILE)
    assert char not in text
    assert HOSTILE in strings(json.loads(text))


def strings(value: object) -> list[str]:
    """Every text in a tree."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in strings(part)]
