"""Rooms of the book that were left: who gets them next, and how many are kept."""

from __future__ import annotations

from sandbox.fills import NO_COSTS
from sandbox.host.book import Book, book_module
from sandbox.host.engine import ROOMS_LEFT_MAX, SandboxEngine
from sandbox.host.room import Room


def test_books_at_once_have_rooms_of_their_own() -> None:
    module = book_module(SandboxEngine())
    Book(module, [NO_COSTS]).close()
    first, second = Book(module, [NO_COSTS]), Book(module, [NO_COSTS])
    assert first._room is not second._room
    first.close()
    second.close()
    assert len(module.engine.left) == 2


def test_rooms_of_another_module_or_size_are_left_where_they_are() -> None:
    engine = SandboxEngine()
    one, other = book_module(engine), book_module(engine)
    Room.opened(one, 100, 1).leave()
    assert Room.opened(other, 100, 1)._module is other
    assert Room.opened(one, 200, 1)._kind == (200, 1)
    (left,) = engine.left
    assert Room.opened(one, 100, 1) is left


def test_no_more_are_kept_than_a_few() -> None:
    module = book_module(SandboxEngine())
    for size in range(1, 10):
        Room.opened(module, 100, size).leave()
    assert len(module.engine.left) == ROOMS_LEFT_MAX
    module.engine.close()
    assert not module.engine.left
