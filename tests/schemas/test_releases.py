"""Releases are kept as they were, and the next one is added behind them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy import contracts
from deploy.errors import UserError
from deploy.releases import kept
from schemas.evolution import meaning
from schemas.export import Schema, inlined

CURRENT = contracts.published_schemas()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what was released."""
    return Path(shutil.copytree(contracts.RELEASED_DIR, tmp_path / "released"))


def changed_bar(**field: object) -> dict[str, Schema]:
    """Today's events, with one field more in a bar."""
    bar = CURRENT["BarClosed.v1"]
    return {
        **CURRENT,
        "BarClosed.v1": {**bar, "properties": {**bar["properties"], "vwap": {**field}}},
    }


def test_there_is_no_event_that_is_not_released_as_it_is() -> None:
    assert not contracts.unreleased(), "run `peripheral schemas release` and commit what it adds"
    assert contracts.release() is None


def test_todays_events_can_take_the_place_of_all_released_ones() -> None:
    assert len(kept.releases(contracts.RELEASED_DIR)) >= 12
    assert [str(found) for found in contracts.check()] == []


def test_a_new_field_is_the_next_release_with_samples_of_its_event(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept.releases(folder)
    vwap = {"type": "number", "default": 0.0, "description": "Words."}
    monkeypatch.setattr(contracts, "published_schemas", lambda: changed_bar(**vwap))
    assert contracts.release(folder) == len(before) + 1
    *same, added = kept.releases(folder)
    assert same == before
    assert list(added.schemas) == ["BarClosed.v1"]
    assert {"vwap" in record.value for record in added.log} == {True, False}
    vwap["description"] = "Other words."
    assert contracts.release(folder) is None


def test_a_release_is_refused_while_there_are_findings(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept.releases(folder)
    current = changed_bar(type="number")
    current["BarClosed.v1"]["required"] = [*current["BarClosed.v1"]["required"], "vwap"]
    monkeypatch.setattr(contracts, "published_schemas", lambda: current)
    with pytest.raises(contracts.FindingsError) as refused:
        contracts.release(folder)
    assert [found.path for found in refused.value.findings] == [
        "release 1: BarClosed.v1 $.vwap",
    ]
    assert kept.releases(folder) == before


def test_a_field_that_an_old_release_had_can_not_come_back_as_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last release does not have it, so that nothing but the older one speaks against it.
    monkeypatch.setattr(
        contracts, "published_schemas", lambda: changed_bar(type="number", default=0.0)
    )
    assert contracts.release(folder)
    monkeypatch.undo()
    assert contracts.release(folder), "an optional field is taken out again"
    monkeypatch.setattr(
        contracts, "published_schemas", lambda: changed_bar(type="string", default="")
    )
    number = len(kept.releases(folder)) - 1
    found = contracts.check(folder)
    assert {finding.path for finding in found} == {f"release {number}: BarClosed.v1 $.vwap"}
    assert "records already on the log: type number is not string" in found[0].message


def test_whoever_touches_an_old_release_is_told(folder: Path) -> None:
    log = folder / "003" / kept.LOG
    log.write_text(log.read_text().replace("1.0", "2.0", 1))
    with pytest.raises(UserError, match="003 is not what was released: restore it"):
        kept.releases(folder)


def test_a_release_that_is_gone_or_of_no_number_is_told(folder: Path) -> None:
    (folder / "BarClosed.v1.json").write_text("{}")
    with pytest.raises(UserError, match=r"BarClosed\.v1\.json is of no release: delete it"):
        kept.releases(folder)
    (folder / "BarClosed.v1.json").unlink()
    shutil.rmtree(folder / "002")
    with pytest.raises(UserError, match="002 is not what was released"):
        kept.releases(folder)


def test_words_have_no_meaning_and_fields_of_their_names_do() -> None:
    schema = inlined(CURRENT["StrategyCompiled.v1"])
    assert meaning({**schema, "description": "x", "title": "y"}) == meaning(schema)
    fields = {"title": {"type": "string", "title": "T"}, "description": {"type": "string"}}
    assert meaning({"type": "object", "properties": fields})["properties"].keys() == fields.keys()
    assert meaning({"anyOf": [{"type": "null", "title": "T"}]}) == {"anyOf": [{"type": "null"}]}
