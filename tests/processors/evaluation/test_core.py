"""Signals follow from the bars and from who is active, and from nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.evaluation.core import EvaluationFold
from sandbox.errors import ParamError
from sandbox.host.engine import SandboxEngine
from schemas.events.signals import FIRST_IN_CHAIN, Receipt, SignalEmitted, signal_hash
from schemas.events.strategies import SeriesFilter
from streams.activations import Activation
from streams.catalog import SIGNALS
from streams.codec import decode
from streams.records import Record
from tests.processors.evaluation.deployed import Deployed, deployment_of, version_of
from tests.records import SERIES, Written, all_written, bar, pieces, walk

WALK = walk(400, seed=3)

BANDS = Activation("bands", "bollinger_reversion", 0)
CHANNEL = Activation("channel", "donchian_breakout", 60)
CROSS = Activation("cross", "ema_cross_rsi", 100, until_offset=300)
NARROW = Activation("narrow", "donchian_breakout", 0)


def folded(fold: EvaluationFold, batches: Sequence[Sequence[Record]]) -> list[Written]:
    async def advance() -> list[Written]:
        outputs = [await fold.advance(batch) for batch in batches]
        return all_written(outputs)[SIGNALS.name]

    return asyncio.run(advance())


def signals(records: Sequence[Written]) -> list[SignalEmitted]:
    found = []
    for key, value, headers, _ in records:
        event = decode(value, headers, (SignalEmitted,))
        assert isinstance(event, SignalEmitted)
        assert event.series.key.encode() == key
        found.append(event)
    return found


def of(deployment: str, found: Sequence[SignalEmitted]) -> list[SignalEmitted]:
    return [signal for signal in found if signal.deployment_id == deployment]


def said(found: Sequence[SignalEmitted]) -> list[tuple[object, ...]]:
    """What signals say, without place and receipt."""
    return [(s.series, s.ts, s.action, s.price, s.size, s.score, s.plots) for s in found]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, len(WALK)), max_size=12))
def test_outputs_do_not_depend_on_where_the_log_is_cut(deployed: Deployed, cuts: list[int]) -> None:
    active = (BANDS, CHANNEL, CROSS, NARROW)
    whole = folded(deployed.running(*active), [WALK])
    assert len(whole) > 100
    assert folded(deployed.running(*active), pieces(WALK, cuts)) == whole


def test_outputs_are_the_same_record_by_record(deployed: Deployed) -> None:
    active = (BANDS, CHANNEL, CROSS, NARROW)
    single = [[record] for record in WALK]
    assert folded(deployed.running(*active), single) == folded(deployed.running(*active), [WALK])


def test_an_activation_from_an_offset_is_the_whole_run_with_its_earlier_signals_suppressed(
    deployed: Deployed,
) -> None:
    always = signals(folded(deployed.running(Activation("cross", "ema_cross_rsi", 0)), [WALK]))
    later = signals(folded(deployed.running(CROSS), [WALK]))
    assert said(later) == said([s for s in always if 100 <= s.source_offset < 300])
    assert 0 < len(later) < len(always)
    assert {s.receipt.active_from_offset for s in later} == {100}


def test_seq_is_the_place_among_the_deployments_that_are_active_at_the_bar(
    deployed: Deployed,
) -> None:
    found = signals(folded(deployed.running(BANDS, CHANNEL, CROSS, NARROW), [WALK]))
    for signal in found:
        active = [
            activation.deployment_id
            for activation in (BANDS, CHANNEL, CROSS, NARROW)
            if activation.covers(signal.source_offset)
            and (activation is not NARROW or signal.symbol == "AAA")
        ]
        assert active[signal.seq] == signal.deployment_id
    assert {signal.seq for signal in found} == {0, 1, 2, 3}
    marks = [(signal.source_offset, signal.seq) for signal in found]
    assert marks == sorted(set(marks)), "marks rise within the partition"


def test_a_deployment_runs_on_the_series_of_its_filter_only(deployed: Deployed) -> None:
    found = signals(folded(deployed.running(NARROW), [WALK]))
    assert {signal.series for signal in found} == {SERIES[0], SERIES[2]}


def test_receipts_are_chained_per_deployment_and_series_and_can_be_verified(
    deployed: Deployed,
) -> None:
    heads: dict[tuple[str, str], str] = {}
    records = folded(deployed.running(BANDS, CHANNEL, CROSS), [WALK])
    for (_, value, *_), signal in zip(records, signals(records), strict=True):
        chain = (signal.deployment_id, signal.series.key)
        assert signal.receipt.previous == heads.get(chain, FIRST_IN_CHAIN)
        assert value is not None and signal.receipt.hash == signal_hash(value)
        assert signal.receipt.offset == signal.source_offset
        heads[chain] = signal.receipt.hash
    assert len(heads) == 9


def test_a_changed_signal_does_not_verify(deployed: Deployed) -> None:
    records = folded(deployed.running(BANDS), [WALK])
    value, signal = records[0][1], signals(records)[0]
    assert value is not None and b'"version":1,' in value
    forged = value.replace(b'"version":1,', b'"version":2,')
    assert signal_hash(forged) != signal.receipt.hash == signal_hash(value)


def test_a_written_signal_is_the_contract_field_by_field(deployed: Deployed) -> None:
    records = folded(deployed.running(BANDS, CHANNEL, CROSS), [WALK])
    for (_, value, *_), signal in zip(records, signals(records), strict=True):
        written = json.loads(value or b"")
        fields = signal.model_dump(mode="json", exclude_defaults=True)
        assert list(written) == [name for name in SignalEmitted.model_fields if name in written]
        known = [name for name in Receipt.model_fields if name != "rules"]
        assert list(written["receipt"]) == known, "rules are left out where all are the defaults"
        assert written == fields


def test_a_run_with_params_out_of_range_is_refused(deployed: Deployed) -> None:
    deployed.directory.apply(deployment_of("wild", "ema_cross_rsi", {"fast_length": 1000}))
    with pytest.raises(ParamError, match="fast_length"):
        folded(deployed.running(Activation("wild", "ema_cross_rsi", 0)), [WALK])


def test_numbers_that_json_has_not_are_null_and_end_nothing() -> None:
    source = (
        '"""Divides by zero."""\n'
        "def on_bar(bar):\n"
        "    gone = (bar.close - bar.close) / (bar.close - bar.close)\n"
        "    exit()\n"
        "    score(gone)\n"
        '    plot("up", bar.close / (bar.close - bar.close))\n'
        '    plot("down", 0.0 - bar.close / (bar.close - bar.close))\n'
    )
    engine = SandboxEngine()
    known = Deployed(engine)
    known.add_version(version_of("infinite", source))
    known.directory.apply(deployment_of("d", "infinite", {}))
    (signal,) = signals(folded(known.running(Activation("d", "infinite", 0)), [[bar(0)]]))
    assert (signal.size, signal.score, signal.plots) == (None, None, {"up": None, "down": None})
    engine.close()


def test_a_run_that_ended_is_forgotten_once_that_is_saved(deployed: Deployed) -> None:
    fold = deployed.running(BANDS, CROSS)
    folded(fold, [WALK])
    kept = {name for name, _ in fold.entries(everything=True)}
    assert any(name.startswith("run/cross/") for name in kept)
    fold.drop_ended(299)
    assert fold.entries(everything=False) == []
    fold.drop_ended(300)
    gone = fold.entries(everything=False)
    assert sorted(gone) == [(name, None) for name in sorted(kept) if name.startswith("run/cross/")]
    assert fold.entries(everything=False) == []


def test_a_filter_of_feed_and_interval_counts_too() -> None:
    assert SeriesFilter(feed="walk").matches(SERIES[0])
    assert not SeriesFilter(feed="walk").matches(SERIES[2])
    assert not SeriesFilter(interval="1h").matches(SERIES[0])
