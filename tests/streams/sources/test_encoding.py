"""The quick encoder writes what the codec writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.base import TS_US_MAX, TS_US_MIN
from schemas.events.market import BarClosed
from schemas.series import Series
from streams.codec import decode, encode, rfc3339
from streams.sources.encoding import BarEncoder, quick_rfc3339


def test_a_bar_is_encoded_as_the_codec_encodes_it() -> None:
    bar = BarClosed(
        feed="f", symbol="A", interval="15m", ts=-1_500_000, open=1.25, high=1e22, low=-0.1,
        close=3.0, volume=9_616_100.0,
    )  # fmt: skip
    quick = BarEncoder(bar.series, "/peripheral/ingest/f").encode(
        bar.ts, bar.open, bar.high, bar.low, bar.close, bar.volume
    )
    slow = encode(
        bar,
        key="f/A/15m",
        event_id="f/A/15m/-1500000",
        source="/peripheral/ingest/f",
        ts_us=bar.ts + 900_000_000,
    )
    assert quick == slow
    assert decode(quick.value, quick.headers, (BarClosed,)) == bar


def test_bars_do_not_share_headers() -> None:
    encoder = BarEncoder(Series("f", "A", "1d"), "/s")
    first, second = (encoder.encode(ts, 1, 1, 1, 1, 1) for ts in (1, 2))
    assert dict(first.headers)["ce_id"] == b"f/A/1d/1"
    assert dict(second.headers)["ce_id"] == b"f/A/1d/2"


@given(st.integers(TS_US_MIN, TS_US_MAX), st.sampled_from((1, 1_000_000, 86_400_000_000)))
def test_times_are_written_as_the_codec_writes_them(ts_us: int, unit_us: int) -> None:
    ts_us -= ts_us % unit_us
    assert quick_rfc3339(ts_us).decode() == rfc3339(ts_us)
