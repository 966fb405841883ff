"""A series' bars as they were traded, kept where splits or dividends may change what they were."""

from __future__ import annotations

from processors.research.resident import ROW, bars_of, row_bytes
from streams.actions import Actions, as_of_last


class History:
    """48 bytes a bar. A state that was brought over adjusted bars goes on over bars as they are
    traded, since these are about the last close, until there is an action that it has not seen
    applied: then it is begun again."""

    def __init__(self) -> None:
        self._rows = bytearray()
        self._evaluated = 0
        """So many bytes."""
        self._applied = b""

    def add(self, rows: bytes) -> None:
        """row_bytes of the bars that follow."""
        self._rows += rows

    def due(self, actions: Actions) -> tuple[bytes, bool]:
        """row_bytes of the bars to evaluate next, as a screen as of the last one sees them, and
        whether by a fresh state, from the first one on; they count as evaluated. Raises
        ActionError."""
        known = actions.between(self._open(0), self._open(len(self._rows) - ROW.itemsize))
        applied = b"".join(each.tobytes() for each in (known.ts, known.split, known.dividend))
        anew = self._evaluated == 0 or applied != self._applied
        rows = bytes(self._rows[0 if anew else self._evaluated :])
        if anew and applied:
            rows = row_bytes(as_of_last(bars_of(rows), actions))
        self._evaluated, self._applied = len(self._rows), applied
        return rows, anew

    def _open(self, at: int) -> int:
        """The open of the bar whose row begins there: ts is the first of its cells."""
        return int.from_bytes(self._rows[at : at + 8], "little", signed=True)
