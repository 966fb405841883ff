"""typed → wasm: run(table, first, last), with the bars' loop and on_bar in it, and the
functions that are not inlined."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from sandbox.abi import LIMIT, MEMORY_PAGES, PROGRESS, SPENT
from sandbox.compiler import placed, typed
from sandbox.compiler.lower.code import Code
from sandbox.compiler.lower.expressions import LOADS, Scope
from sandbox.compiler.lower.frames import FramePlace
from sandbox.compiler.lower.plan import Plan, plan_of, set_locals
from sandbox.compiler.lower.statements import STORES, Around, StatementLowerer, fragment
from sandbox.compiler.placed import WORD_BYTES
from sandbox.compiler.reads import bar_fields_read
from sandbox.compiler.typed import Type
from sandbox.compiler.walk import statements
from sandbox.compiler.wasm import Function, Inlined, Kind, Module

_TABLE, _FIRST, _LAST = 0, 1, 2  # run's parameters
_ADDRESS_BYTES = 4


def lower(program: typed.Program, placement: placed.Placement, plan: Plan | None = None) -> Module:
    """The module of a program whose state lies as `placement` says. plan: another one than
    the program's size asks for."""
    plan = plan or plan_of(program)
    shared: list[tuple[typed.Function, int]] = []
    functions = []
    for function in program.functions[:-1]:
        if function in plan.apart:
            around = Around(tuple(shared), program.common, placement.reads_fills)
            functions.append(_shared_function(function, around.of(function)))
            shared.append((function, len(shared)))
    around = Around(tuple(shared), program.common, placement.reads_fills)
    functions.append(_Run(program, placement, plan, around).whole())
    return Module(tuple(functions), MEMORY_PAGES)


@lru_cache(maxsize=64)
def _shared_function(function: typed.Function, around: Around) -> Function:
    """(block: i32, frame: i32, arguments…) → results: one body for all frames."""
    part = fragment(function, around, is_known=False)
    given = 2 + len(function.arguments)
    code = Code(part.locals[:given])
    code.out.append(Inlined(part, tuple(range(len(part.locals))), 0, 0, 0))
    code.get(*part.results)
    return Function(
        name=function.name,
        parameters=part.locals[:given],
        results=tuple(part.locals[result] for result in part.results),
        locals=part.locals[given:],
        body=tuple(code.out),
    )


class _Run(StatementLowerer):
    """row: a local with 8 × the bar's row, where it is in a column; end: of the row behind the
    last. columns: locals with the addresses of those that are used, by their place in the
    table."""

    def __init__(
        self,
        program: typed.Program,
        placement: placed.Placement,
        plan: Plan,
        around: Around,
    ) -> None:
        super().__init__(around, (Kind.I32, Kind.I32, Kind.I32))
        self._program = program
        self._root = placement.root
        self._plan = plan
        self.block_local = self.new_local(Kind.I32)
        self.bars_local = self._bars = self.new_local(Kind.I64)
        self._row = self.new_local(Kind.I32)
        self._end = self.new_local(Kind.I32)
        self._columns: dict[int, int] = {}
        self._late = frozenset(bar_fields_read(program.on_bar).limited)

    def bar_value(self, node: typed.BarValue) -> None:
        """What few accounts look at is loaded where it is used."""
        if node.field in self._late:
            self.get(_TABLE)
            self.op("i32.load", self._program.inputs.index(node.field) * _ADDRESS_BYTES)
            self.get(self._row)
            self.op("i32.add")
            self.op(LOADS[node.type], 0)
        else:
            super().bar_value(node)

    def whole(self) -> Function:
        """The parts are written in the order in which they learn from each other: which
        fields the bar needs, and then which columns."""
        bar = self.apart(self._bar)
        fetch = self.apart(self._fetch)
        self._load_columns()

        def row(again: int) -> None:
            self.out += [*fetch, *bar]
            self._go_on(again)

        def rows(end: int) -> None:
            self.get(_FIRST, _LAST)
            self.op("i32.ge_s")
            self.jump_if(end)
            self.loop(row)

        self.block(rows)
        arrays = tuple((array.offset, array.capacity) for array in self._root.arrays())
        return Function("run", self.parameters, (), self.locals, tuple(self.out), arrays)

    def _bar(self) -> None:
        """on_bar, and what it leaves: one bar more in the block, and the outputs."""
        root, on_bar = self._root, self._program.on_bar
        shape = placed.shape_of(on_bar)
        frame = FramePlace(self.block_local, root.offset, shape, is_known=True)
        scope = self.function(on_bar, self._plan.on_bar, frame, ())
        if self._plan.counts:
            self.get(self.block_local, self._bars)
            self.op("i64.const", 1)
            self.op("i64.add")
            self.op("i64.store", 0)
        outputs = list(enumerate(self._program.outputs, start=len(self._program.inputs)))
        constant = _constant_locals(on_bar)
        for when, group in groupby(outputs, lambda item: item[1].when):
            said = list(group)

            def store(said: list[tuple[int, typed.Output]] = said) -> None:
                for position, output in said:
                    self._store(position, output, scope, is_constant=output.local in constant)

            if when is None:
                store()
                continue
            self.get(scope.locals[when])
            self.op("f64.const", 0.0)
            self.op("f64.ne")
            self.branch(store, lambda: None)

    def _store(
        self, position: int, output: typed.Output, scope: Scope, *, is_constant: bool
    ) -> None:
        local = scope.locals[output.local]
        kind = self._program.on_bar.locals[output.local]
        self._address(position)
        if kind is Type.INT or is_constant:
            self.get(local)
        else:
            self.canonical(local)
        self.op(STORES[kind], 0)

    def _fetch(self) -> None:
        """What a bar begins with. Nothing before the note of its row can trap."""
        if self._plan.may_trap:
            self.op("i32.const", 0)
            self.get(self._row)
            self.op("i32.const", 3)
            self.op("i32.shr_u")
            self.op("i32.store", PROGRESS)
        if self._plan.loops:
            self.op("i32.const", 0)
            self.op("i32.const", 0)
            self.op("i64.load", SPENT)
            self.op("i64.const", self._program.bar_budget)
            self.op("i64.add")
            self.op("i64.store", LIMIT)
        self._address(self._program.inputs.index("block"))
        self.op("i32.load", 0)
        self.put(self.block_local)
        if self._plan.counts:
            self.get(self.block_local)
            self.op("i64.load", 0)
            self.put(self._bars)
        for name, (kind, local) in self.fields.items():
            self._address(self._program.inputs.index(name))
            self.op(LOADS[kind], 0)
            self.put(local)

    def _load_columns(self) -> None:
        """Once in a run: the columns' addresses, and the rows' bounds."""
        for position, local in self._columns.items():
            self.get(_TABLE)
            self.op("i32.load", position * _ADDRESS_BYTES)
            self.put(local)
        for bound, local in ((_FIRST, self._row), (_LAST, self._end)):
            self.get(bound)
            self.op("i32.const", 3)
            self.op("i32.shl")
            self.put(local)

    def _go_on(self, again: int) -> None:
        self.get(self._row)
        self.op("i32.const", WORD_BYTES)
        self.op("i32.add")
        self.op("local.tee", self._row)
        self.get(self._end)
        self.op("i32.lt_s")
        self.jump_if(again)

    def _address(self, position: int) -> None:
        """Leaves the address of the row's cell in a column."""
        self.get(self._column(position), self._row)
        self.op("i32.add")

    def _column(self, position: int) -> int:
        if position not in self._columns:
            self._columns[position] = self.new_local(Kind.I32)
        return self._columns[position]


def _constant_locals(function: typed.Function) -> frozenset[int]:
    """Locals that only ever get constants, whose NaN is the canonical one; states too, which
    begin with one."""
    others = {
        local
        for node in statements((*function.body, *function.closing))
        if not (isinstance(node, typed.SetLocal) and isinstance(node.value, typed.Const))
        for local in set_locals(node)
    }
    return frozenset(range(len(function.locals))) - others - set(function.arguments)
