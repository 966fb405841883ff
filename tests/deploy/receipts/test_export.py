"""A bundle has what somebody needs to run deployments again, and nothing of anybody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.errors import UserError
from deploy.receipts.keys import make_keys
from streams.catalog import ALERTS, BARS, SIGNALS, VERSIONS
from tests.deploy.receipts.bundles import Pieces, exported, taken_apart, told
from tests.processors.evaluation.lying import PARTITIONS, LyingLog, sample

ALL = ("bands", "channel", "cross", "early", "watchful")
MIDDLE = "2020-10-20"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "b.receipts"


def pieces_of(out: Path) -> Pieces:
    return taken_apart(out.read_bytes())


def signals_said(name: str) -> int:
    """How many the sample's log has of a deployment."""
    lying = [r for n in range(PARTITIONS) for r in sample().parts[SIGNALS.name, n]]
    return sum(f'"deployment_id":"{name}"'.encode() in (record.value or b"") for record in lying)


@pytest.mark.parametrize("name", ALL)
def test_each_deployment_by_itself_holds_and_is_all_there(name: str, out: Path) -> None:
    found = told(exported(out, deployments=(name,)))
    assert found["holds"], found
    assert list(found["deployments"]) == [name]
    assert found["deployments"][name]["signals"] == signals_said(name) > 5
    ends = sample().written
    assert {each["partition"]: each["verified_to"] for each in found["partitions"]} == ends


def test_nothing_of_other_authors_is_in_it(out: Path) -> None:
    pieces = pieces_of(exported(out, deployments=("cross",)))
    all_of_it = str(pieces.manifest).encode() + b"".join(pieces.parts.values())
    for word in (b"bands", b"channel", b"early", b"watchful", b"bob", b"donchian", b"in_c"):
        assert word not in all_of_it
    assert b"def on_bar" not in all_of_it
    (neighbours,) = {str(each["neighbours"]) for each in pieces.manifest["partitions"]}
    assert "from_offset" in neighbours, "others' places count, or signals would be numbered anew"


def test_sources_are_there_only_where_they_are_asked_for(out: Path) -> None:
    found = told(exported(out, deployments=("cross",), with_source=True))
    assert found["holds"] and found["has_source"]
    assert b"def on_bar" in b"".join(pieces_of(out).parts.values())
    assert not told(exported(out, deployments=("cross",)))["has_source"]


def test_only_the_bars_of_its_series_are_in_it(out: Path) -> None:
    pieces = pieces_of(exported(out, deployments=("early",)))
    bars = b"".join(data for (topic, _), data in pieces.parts.items() if topic == BARS.name)
    assert b"walk/A/1d" in bars and b"other/B/1d" in bars and b"/C/1d" not in bars


def test_the_same_log_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    make_keys(tmp_path / "private.pem")
    for sign in (None, tmp_path / "private.pem"):
        first = exported(out, sign=sign).read_bytes()
        assert exported(tmp_path / "again", sign=sign).read_bytes() == first


def test_a_period_is_verified_with_the_bars_before_it(out: Path) -> None:
    whole = told(exported(out, deployments=("cross",)))["deployments"]["cross"]["signals"]
    later = told(exported(out, deployments=("cross",), begin=MIDDLE))
    earlier = told(exported(out, deployments=("cross",), end=MIDDLE))
    assert later["holds"] and earlier["holds"]
    parts = [each["deployments"]["cross"]["signals"] for each in (later, earlier)]
    assert min(parts) > 20 and sum(parts) >= whole


def test_no_bar_behind_the_last_one_that_matters_is_in_it(out: Path) -> None:
    exported(out, deployments=("early",), end=MIDDLE)
    ends = {
        each["partition"]: each["until_offset"] for each in pieces_of(out).manifest["partitions"]
    }
    assert ends[0] == 0, "none of its series is there"
    assert 0 < ends[1] < sample().written[1]
    assert [each["verified_to"] for each in told(out)["partitions"]] == list(ends.values())


def test_what_is_not_evaluated_yet_is_left_out(out: Path) -> None:
    log = LyingLog(sample().parts, {0: 50, 1: 100})
    found = told(exported(out, log))
    assert found["holds"]
    assert [each["verified_to"] for each in found["partitions"]] == [50, 100]
    assert 0 < found["deployments"]["cross"]["signals"] < signals_said("cross")
    with pytest.raises(UserError, match="No bar was evaluated yet"):
        exported(out, LyingLog(sample().parts, {0: 0, 1: 0}))


def test_a_log_that_is_not_what_the_bars_give_can_be_exported_and_is_found_out(out: Path) -> None:
    lying = list(sample().parts[ALERTS.name, 1])
    lying[0] = replace(lying[0], value=(lying[0].value or b"").replace(b"fifth", b"fitfh"))
    found = told(exported(out, sample().changed(ALERTS.name, 1, lying)))
    assert not found["holds"]
    assert found["differences"][0]["topic"] == ALERTS.name


def test_whose_deployments_are_shown_has_to_be_said(out: Path) -> None:
    with pytest.raises(UserError, match="2 authors"):
        exported(out, deployments=())
    with pytest.raises(UserError, match="Nothing named ghost was ever active; there are: bands"):
        exported(out, deployments=("ghost",))
    without = {place: r for place, r in sample().parts.items() if place[0] != VERSIONS.name}
    with pytest.raises(UserError, match="cross can't be exported"):
        exported(out, LyingLog(without, sample().written), deployments=("cross",))
    with pytest.raises(UserError, match="Nothing was active"):
        exported(out, LyingLog({}, {0: 0, 1: 0}), deployments=())
    assert not out.exists()


def test_where_it_can_not_be_written_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be written"):
        exported(tmp_path / "nowhere" / "b.receipts")
    assert list(tmp_path.iterdir()) == []
