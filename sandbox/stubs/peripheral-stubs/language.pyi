"""The strategy language without its library: series, bars, orders, and what lives between bars.

Strategies import these names from peripheral, which has them all from here.
"""

from typing import Literal, overload

class Series(float):
    """A number that has a value at each bar; x[k] is what it was k bars ago."""

    def __getitem__(self, back: int) -> Series: ...
    def __add__(self, other: float) -> Series: ...
    def __radd__(self, other: float) -> Series: ...
    def __sub__(self, other: float) -> Series: ...
    def __rsub__(self, other: float) -> Series: ...
    def __mul__(self, other: float) -> Series: ...
    def __rmul__(self, other: float) -> Series: ...
    def __truediv__(self, other: float) -> Series: ...
    def __rtruediv__(self, other: float) -> Series: ...
    def __floordiv__(self, other: float) -> Series: ...
    def __mod__(self, other: float) -> Series: ...
    def __pow__(self, other: float) -> Series: ...  # type: ignore[override]
    def __lt__(self, other: float) -> Condition: ...  # type: ignore[override, misc]
    def __le__(self, other: float) -> Condition: ...  # type: ignore[override, misc]
    def __gt__(self, other: float) -> Condition: ...  # type: ignore[override, misc]
    def __ge__(self, other: float) -> Condition: ...  # type: ignore[override, misc]
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __neg__(self) -> Series: ...
    def __abs__(self) -> Series: ...

class Whole(int):
    """A whole number that has a value at each bar."""

    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __getitem__(self, back: int) -> Series: ...

class Condition:
    """Something that is true or false at each bar; x[k] is what it was k bars ago."""

    def __bool__(self) -> bool: ...
    def __getitem__(self, back: int) -> Condition: ...

Truth = bool | Condition
Length = int
Timing = Literal["open", "close"]
Lifetime = Literal["gtc", "day", "bar"]
na: Series

class Prices:
    open: Series
    high: Series
    low: Series
    close: Series
    volume: Series
    time: Whole
    hl2: Series
    hlc3: Series
    ohlc4: Series
    hlcc4: Series

class Bar(Prices):
    minute: Whole
    hour: Whole
    weekday: Whole
    day: Whole
    month: Whole
    year: Whole
    session_open: Condition
    index: Whole

class Timeframe(Prices): ...

class Position:
    size: Series
    entry_price: Series
    bars_held: Whole
    open_profit: Series

class Window:
    """A fixed number of cells that live from bar to bar."""

    def __getitem__(self, cell: int) -> Series: ...
    def __setitem__(self, cell: int, value: float) -> None: ...

position: Position

@overload
def param(default: bool, *, name: str = ...) -> bool: ...
@overload
def param(
    default: int, *, low: int = ..., high: int = ..., step: int = ..., name: str = ...
) -> int: ...
@overload
def param(
    default: float, *, low: float = ..., high: float = ..., step: float = ..., name: str = ...
) -> float: ...
@overload
def state(initial: bool) -> bool: ...
@overload
def state(initial: int) -> int: ...
@overload
def state(initial: float) -> Series: ...
def window(length: int) -> Window: ...
def timeframe(interval: str) -> Timeframe: ...
def isna(x: float) -> bool: ...
def nz(x: float, otherwise: float = ...) -> Series: ...
@overload
def enter_long(
    size: float = ...,
    *,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def enter_long(
    *,
    cash: float,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def enter_long(
    *,
    percent: float,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def enter_short(
    size: float = ...,
    *,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def enter_short(
    *,
    cash: float,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def enter_short(
    *,
    percent: float,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def order(
    size: float,
    *,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def order(
    *,
    cash: float,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def order(
    *,
    percent: float,
    limit: float = ...,
    stop: float = ...,
    take_profit: float = ...,
    stop_loss: float = ...,
    trail: float = ...,
    at: Timing = ...,
    tif: Lifetime = ...,
) -> None: ...
@overload
def exit(
    size: float = ...,
    *,
    limit: float = ...,
    stop: float = ...,
    trail: float = ...,
    at: Timing = ...,
) -> None: ...
@overload
def exit(
    *,
    percent: float,
    limit: float = ...,
    stop: float = ...,
    trail: float = ...,
    at: Timing = ...,
) -> None: ...
def cancel() -> None: ...
def plot(name: str, x: float) -> None: ...
def alert(condition: Truth, message: str) -> None: ...
def score(x: float) -> None: ...
