"""One wasm function being written: its locals, its instructions, its branches by label."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sandbox.compiler.wasm import Block, IfElse, Kind, Loop, Mark, Node, Op

Fill = Callable[[], None]
FillLabelled = Callable[[int], None]


class Code:
    """kinds: of the parameters, then of the locals. out: the instruction list being filled.

    A label is how deep inside of the function its block lies, so it stays the same number
    wherever a jump to it is written.
    """

    def __init__(self, parameters: tuple[Kind, ...]) -> None:
        self.parameters = parameters
        self.kinds = list(parameters)
        self.out: list[Node] = []
        self._depth = 0

    @property
    def locals(self) -> tuple[Kind, ...]:
        """Those after the parameters."""
        return tuple(self.kinds[len(self.parameters) :])

    def new_local(self, kind: Kind) -> int:
        self.kinds.append(kind)
        return len(self.kinds) - 1

    def op(self, name: str, value: int | float | None = None, mark: Mark | None = None) -> None:
        self.out.append(Op(name, value, mark))

    def get(self, *locals_: int) -> None:
        for local in locals_:
            self.out.append(_local_op("local.get", local))

    def put(self, local: int) -> None:
        self.out.append(_local_op("local.set", local))

    def apart(self, fill: Fill) -> tuple[Node, ...]:
        """What `fill` writes, kept out of the list being filled, at the same depth."""
        outer, self.out = self.out, []
        fill()
        part, self.out = tuple(self.out), outer
        return part

    def block(self, fill: FillLabelled) -> None:
        """A jump to the label that `fill` gets goes behind the block."""
        self.out.append(Block(self._inside(lambda: fill(self._depth))))

    def loop(self, fill: FillLabelled) -> None:
        """A jump to the label that `fill` gets goes to the loop's beginning."""
        self.out.append(Loop(self._inside(lambda: fill(self._depth))))

    def branch(self, then: Fill, otherwise: Fill, result: Kind | None = None) -> None:
        """Takes an i32; both sides leave `result`."""
        self.out.append(IfElse(result, self._inside(then), self._inside(otherwise)))

    def jump(self, label: int) -> None:
        self.op("br", self._depth - label)

    def jump_if(self, label: int) -> None:
        self.op("br_if", self._depth - label)

    def _inside(self, fill: Fill) -> tuple[Node, ...]:
        self._depth += 1
        part = self.apart(fill)
        self._depth -= 1
        return part


@lru_cache(maxsize=4_096)
def _local_op(name: str, local: int) -> Op:
    """Half of all instructions: making one takes five times as long as finding it."""
    return Op(name, local)
