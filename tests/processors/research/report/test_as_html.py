"""The page: it loads nothing, runs only its own scripts, and lets nobody's words out."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from processors.research.report.as_html import as_html
from processors.research.report.report import Report
from processors.research.results import Curve, Trades
from tests.processors.research.report.crossing import crossed, fills_of, trades_of

ROOT = Path(__file__).parents[4]
SIZE_MAX = 2_000_000
VOID = {"meta", "input", "br", "img", "link", "hr", "base", "embed", "source"}
HOSTILE = (
    "</script><img src=//evil.example/x onerror=alert(1)>",
    "\"><script>alert(1)</script><style>@import '//evil.example'</style>",
    "' onmouseover='alert(1)",
    "<!--<script>",
    "{{ 7 * 7 }}{% raw %}",
    "$$\\href{javascript:alert(1)}{x}$$",
    "&lt;b&gt; \u2028 \x00",
)
# What may name a resource that a browser fetches, or a place where it goes.
LOADING = {
    *("src", "href", "srcset", "imagesrcset", "data", "poster", "action", "formaction"),
    *("background", "ping", "manifest", "xlink:href", "cite", "longdesc", "profile", "archive"),
}
FETCHING_CSS = re.compile(r"url\s*\(|image-set\s*\(|@import|\\", re.IGNORECASE)


@dataclass
class Parsed(HTMLParser):
    """A page's elements with their attributes, and the texts of its scripts and styles."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for each, attributes in self.elements if each == tag]

    def shape(self) -> list[tuple[str, list[str]]]:
        """Elements and the names of their attributes."""
        return [(tag, sorted(attributes)) for tag, attributes in self.elements]


def parsed(page: bytes) -> Parsed:
    found = Parsed()
    found.feed(page.decode())
    found.close()
    assert found.open == []
    return found


@cache
def usual() -> bytes:
    return as_html(crossed())


def scripts_of(page: Parsed) -> list[tuple[dict[str, str], str]]:
    return list(zip(page.of("script"), page.texts["script"], strict=True))


def policy_of(page: Parsed) -> dict[str, list[str]]:
    (content,) = (
        meta["content"]
        for meta in page.of("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )
    directives = (directive.split() for directive in content.split(";"))
    return {name: values for name, *values in directives}


def test_a_usual_page_is_of_a_size_to_send() -> None:
    assert len(usual()) <= SIZE_MAX


def test_no_element_loads_anything() -> None:
    page = parsed(usual())
    named = [(tag, name) for tag, attributes in page.elements for name in attributes]
    assert [(tag, name) for tag, name in named if name in LOADING] == []
    forbidden = {"link", "iframe", "frame", "object", "embed", "base", "img", "a", "form", "svg"}
    assert forbidden & {tag for tag, _ in page.elements} == set()
    assert [name for _, name in named if name.startswith("on")] == []
    assert all(meta.get("http-equiv", "").lower() != "refresh" for meta in page.of("meta"))


def test_no_style_loads_anything() -> None:
    page = parsed(usual())
    styles = page.texts["style"] + [each.get("style", "") for _, each in page.elements]
    assert len(page.texts["style"]) == 1
    assert [style for style in styles if FETCHING_CSS.search(style)] == []


def test_the_policy_lets_no_network_and_only_these_scripts() -> None:
    page = parsed(usual())
    policy = policy_of(page)
    assert policy["default-src"] == ["'none'"]
    assert policy["img-src"] == ["data:", "blob:"]
    assert set(policy) == {
        *("default-src", "script-src", "style-src", "img-src", "base-uri", "form-action")
    }
    running = [text for attributes, text in scripts_of(page) if "type" not in attributes]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in running]
    assert policy["script-src"] == [f"'sha256-{each.decode()}'" for each in hashes]
    assert len(running) == 2


def test_the_policy_comes_before_all_that_it_rules() -> None:
    tags = [tag for tag, _ in parsed(usual()).elements]
    assert tags[:5] == ["html", "head", "meta", "meta", "meta"]


def charts_of(page: Parsed) -> dict[str, list[dict[str, dict[str, str]]]]:
    ((_, text),) = [each for each in scripts_of(page) if each[0].get("id") == "charts"]
    found: dict[str, list[dict[str, dict[str, str]]]] = json.loads(text)
    return found


def test_every_chart_has_its_place_and_is_told_in_words() -> None:
    page = parsed(usual())
    drawn = {
        element for item in charts_of(page)["items"] for element in dict(item["roots"]).values()
    }
    places = {each["id"]: each for each in page.of("div") if "chart" in each.get("class", "")}
    assert drawn == set(places)
    assert {"equity", "equity-log", "underwater", "returns", "price-0", "price-1-log"} <= drawn
    assert all(place["role"] == "img" and place["aria-label"] for place in places.values())


def test_tables_have_headers() -> None:
    page = parsed(usual())
    assert len(page.of("table")) == 3
    assert len(page.of("thead")) == 3
    assert all(each.get("scope") in ("col", "row") for each in page.of("th"))


def test_headlines_come_first_and_every_figure_is_there() -> None:
    page = parsed(usual())
    terms, report = page.texts["dt"], crossed()
    assert terms[:2] == ["Final equity", "Total return"]
    assert len(terms) == 8 + len(report.summary) + len(report.settings) + len(report.params)


def hostile(words: str) -> Report:
    """A report in which every text that a user gives is these words."""
    return replace(
        crossed(),
        title=words,
        description=words,
        source_name=words,
        symbols=(words, words),
        interval=words,
        params={words: words},
        settings={words: words},
        notes=(words,),
    )


@cache
def tame_shape() -> list[tuple[str, list[str]]]:
    return parsed(as_html(hostile("tame"))).shape()


@pytest.mark.parametrize("words", HOSTILE)
def test_a_users_words_stay_words(words: str) -> None:
    page = parsed(as_html(hostile(words)))
    assert page.shape() == tame_shape()
    assert page.texts["title"] == [words]
    assert page.texts["h1"] == [words]
    assert words in page.texts["option"]


@pytest.mark.parametrize("words", HOSTILE)
def test_a_users_words_never_reach_bokeh(words: str) -> None:
    # bokeh would load a renderer of formulas from the network for a text with $$ in it.
    assert charts_of(parsed(as_html(hostile(words)))) == charts_of(parsed(as_html(hostile("tame"))))


def test_the_same_report_gives_the_same_bytes() -> None:
    assert as_html(crossed()) == usual()


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib; from processors.research.report.as_html import as_html\n"
        "from tests.processors.research.report.crossing import crossed\n"
        "crossed(); print(hashlib.sha256(as_html(crossed())).hexdigest())"
    )
    given = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert given.stdout.strip() == hashlib.sha256(usual()).hexdigest()


def few(n: int) -> Report:
    """A report of n bars without trades."""
    report = crossed()
    curve = report.curve
    cut = Curve(curve.ts[:n], curve.equity[:n], curve.exposure[:n], curve.benchmark[:n])
    bars = tuple(each.take(slice(0, n)) for each in report.bars)
    return replace(report, curve=cut, bars=bars, trades=trades_of([]), fills=fills_of([]))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_report_of_almost_nothing_is_a_page(n: int) -> None:
    page = parsed(as_html(few(n)))
    assert "There were no trades." in page.texts["p"]
    assert ("equity" in {each.get("id") for each in page.of("div")}) == (n > 0)


def test_an_account_below_zero_has_no_logarithm() -> None:
    report = crossed()
    curve = replace(report.curve, equity=report.curve.equity - report.curve.equity[-1])
    page = parsed(as_html(replace(report, curve=curve)))
    names = {each.get("name") for each in page.of("input")}
    assert names == {"price-scale"}


def test_a_run_without_a_benchmark_has_no_line_of_it() -> None:
    report = crossed()
    curve = replace(report.curve, benchmark=np.full(len(report.curve), np.nan))
    page = as_html(replace(report, curve=curve))
    assert b"</i>Benchmark" not in page
    assert b"</i>Benchmark" in usual()


def test_what_is_cut_is_said() -> None:
    report = crossed()
    names = Trades.__dataclass_fields__
    many = Trades(**{name: np.tile(getattr(report.trades, name), 50) for name in names})
    hints = parsed(as_html(replace(report, trades=many))).texts["p"]
    assert any(hint.startswith("The latest 500 of 2,350 trades;") for hint in hints)
    assert any(hint.startswith("The latest 2,000 of 2,350 trades are marked;") for hint in hints)


def test_of_many_symbols_those_that_were_traded_most_are_drawn() -> None:
    one = crossed()
    symbols = tuple(f"S{index}" for index in range(50))
    bars = tuple(one.bars[index % 2] for index in range(50))
    text = as_html(replace(one, symbols=symbols, bars=bars))
    assert parsed(text).texts["option"][:2] == ["S0", "S1"]
    assert len(parsed(text).texts["option"]) == 20
    assert len(text) <= 1.2 * SIZE_MAX
