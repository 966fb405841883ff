"""Peers run over the same bars in turns, and what is compared is the same work."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.research.bars import trending, write
from bench.research.crosses import NEAR, agreement
from bench.research.ours import AT_CLOSE, EMA_CROSS, FEES, SMA_CROSS, Ours
from bench.research.turns import Peer, PeerFailedError, in_turns, seconds

ADDING = "tests.bench.adding_peer"
BARS = trending(3_000)


def peer(path: Path) -> Peer:
    return Peer(Path(sys.executable), ADDING, path)


def test_bars_are_the_same_for_the_same_seed_and_hold_together() -> None:
    again, other = trending(3_000), trending(3_000, seed=2)
    assert again.close.tobytes() == BARS.close.tobytes() != other.close.tobytes()
    assert (BARS.high >= np.maximum(BARS.open, BARS.close)).all()
    assert (BARS.low <= np.minimum(BARS.open, BARS.close)).all()
    assert (np.diff(BARS.ts) == 60_000_000).all()


def test_a_peer_runs_over_all_bars_and_its_own_words_are_no_answer(tmp_path: Path) -> None:
    write(BARS, tmp_path / "bars.npz")
    order = []

    def ours() -> dict[str, float]:
        order.append("ours")
        return {"seconds": 1.0}

    with peer(tmp_path / "bars.npz") as adding:

        def theirs() -> dict[str, float]:
            order.append("theirs")
            return adding.run()

        mine, its = in_turns([ours, theirs], 2)
    assert order == ["ours", "theirs"] * 2
    assert seconds(mine) == [1.0, 1.0]
    assert [(told["bars"], told["sum"]) for told in its] == [(3_000, float(BARS.close.sum()))] * 2


def test_a_peer_that_fails_says_why(tmp_path: Path) -> None:
    write(replace(BARS, close=-BARS.close), tmp_path / "bars.npz")
    with (
        pytest.raises(PeerFailedError, match="does not take prices below 0"),
        peer(tmp_path / "bars.npz"),
    ):
        pass


def test_other_work_is_not_compared() -> None:
    told = {"trades": 10.0, "equity_final": 1_000.0}
    assert "10 trades, 1,000.00" in agreement("theirs", told, dict(told), NEAR)
    for other in ({**told, "trades": 11.0}, {**told, "equity_final": 1_000.1}):
        with pytest.raises(AssertionError, match="not the same work"):
            agreement("theirs", told, other, NEAR)


@pytest.mark.parametrize(("source", "rules"), [(SMA_CROSS, FEES), (EMA_CROSS, AT_CLOSE)])
def test_our_side_trades_and_tells_all_figures(source: str, rules: object) -> None:
    with closing(Ours(source, BARS, FEES if rules is FEES else AT_CLOSE)) as ours:
        told = ours.report()
    assert told["trades"] > 20
    assert told["seconds"] > 0.0 < told["equity_final"]
    assert told["figures"] > 40
