"""The crosses of two averages, ours and the peers', on the same bars in turns."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from bench.figures import Figure, Peer
from bench.research.bars import trending, write
from bench.research.environment import peers_python
from bench.research.ours import AT_CLOSE, EMA_CROSS, FEES, SMA_CROSS, Ours
from bench.research.turns import Peer as PeerProcess
from bench.research.turns import Run, Told, in_turns, seconds
from bench.system import temporary_folder

PART = "research"
BARS, BARS_OF_NAUTILUS = 1_000_000, 20_000
ROUNDS, SLOW_ROUNDS = 9, 2
NEAR, WHOLE_UNITS = 1e-9, 1e-5
"""How far final equities may be apart, as a share: by the order of additions; by whole units."""


def cross_figures() -> Iterator[Figure]:
    """All of them; some minute and a half."""
    with temporary_folder() as folder:
        yield from sma_figures(folder)
        yield from ema_figures(folder)


def sma_figures(folder: Path) -> Iterator[Figure]:
    """SMA 10/30, a million bars, beside vectorbt and backtesting.py."""
    bars = trending(BARS)
    write(bars, folder / "sma.npz")
    with ExitStack() as stack:
        ours = stack.enter_context(closing(Ours(SMA_CROSS, bars, FEES)))
        vectorbt = stack.enter_context(peer("of_vectorbt", folder / "sma.npz"))
        backtesting = stack.enter_context(peer("of_backtesting", folder / "sma.npz"))
        whole, alone, theirs = in_turns([ours.report, ours.backtest, vectorbt.run], ROUNDS)
        (slow,) = in_turns([backtesting.run], SLOW_ROUNDS)
    agreed = [
        agreement("vectorbt", whole[0], theirs[0], NEAR),
        agreement("backtesting.py", whole[0], slow[0], WHOLE_UNITS),
    ]
    peers = [
        Peer("vectorbt with stats()", milliseconds(theirs)),
        Peer("backtesting.py", milliseconds(slow)),
    ]
    targets = "a tenth of vectorbt's, a two-hundredth of backtesting.py's"
    best = best_of({"ours": whole, "vectorbt's": theirs, "backtesting.py's": slow})
    limit = "; ".join([limit_of(whole, alone), best, *agreed])
    yield Figure(
        PART,
        "SMA 10/30 cross, 1 M bars, fills, trades and all statistics",
        "ms",
        in_ms(whole),
        limit,
        peers,
        {"targets": targets, "figures": whole[0]["figures"]},
    )
    peers = [Peer("vectorbt without stats()", milliseconds(theirs, "backtest_s"))]
    yield Figure(PART, "… without the statistics", "ms", in_ms(alone), "the same", peers)


def ema_figures(folder: Path) -> Iterator[Figure]:
    """nautilus_trader's own example."""
    bars = trending(BARS_OF_NAUTILUS, digits=2)
    write(bars, folder / "ema.npz")
    with ExitStack() as stack:
        ours = stack.enter_context(closing(Ours(EMA_CROSS, bars, AT_CLOSE)))
        nautilus = stack.enter_context(peer("of_nautilus", folder / "ema.npz"))
        mine: list[Run] = [ours.report, nautilus.run]
        whole, theirs = in_turns(mine, ROUNDS // 2)
    # a position that is open at the end is no trade yet with us
    mine_closed = {**whole[0], "trades": whole[0]["trades"] + whole[0]["open_trades"]}
    agreed = agreement("nautilus_trader", mine_closed, theirs[0], NEAR)
    peers = [Peer("nautilus_trader's run()", milliseconds(theirs))]
    yield Figure(
        PART,
        "EMA 10/20 cross, 20,000 bars, with all statistics",
        "ms",
        in_ms(whole),
        "statistics and calls from Python, which do not grow with the bars; "
        f"{best_of({'ours': whole, 'its': theirs})}; {agreed}",
        peers,
        {"targets": "a thousandth of nautilus_trader's"},
    )


def peer(script: str, bars: Path) -> PeerProcess:
    """One of bench/research/peers, in their environment. Raises EnvironmentFailedError."""
    return PeerProcess(peers_python(), f"bench.research.peers.{script}", bars)


def agreement(name: str, ours: Told, theirs: Told, apart_max: float) -> str:
    """That both did the same work, as a sentence. AssertionError where they did not."""
    trades, equity = ours["trades"], ours["equity_final"]
    apart = abs(theirs["equity_final"] / equity - 1.0)
    said = f"{name}: {theirs['trades']:,.0f} trades, {theirs['equity_final']:,.2f} at the end"
    assert theirs["trades"] == trades and apart <= apart_max, (
        f"{said}; ours: {trades:,.0f} trades, {equity:,.2f}: this is not the same work"
    )
    return f"{said}, as we have but for a part of {apart:.0e}"


def limit_of(whole: Sequence[Told], alone: Sequence[Told]) -> str:
    """What the backtest takes of it, and what the statistics take."""
    backtest_ms, all_ms = milliseconds(alone), milliseconds(whole)
    return f"{backtest_ms:.0f} of {all_ms:.0f} ms are the backtest, the rest the statistics"


def best_of(told: Mapping[str, Sequence[Told]]) -> str:
    """The quickest run of each, which other work on the machine moves least."""
    said = (f"{name} {min(in_ms(runs)):,.1f}" for name, runs in told.items())
    return f"quickest runs, ms: {', '.join(said)}"


def in_ms(told: Sequence[Told]) -> list[float]:
    """Of each run."""
    return [each * 1e3 for each in seconds(told)]


def milliseconds(told: Sequence[Told], name: str = "seconds") -> float:
    """The median of the runs."""
    return statistics.median(each[name] for each in told) * 1e3
