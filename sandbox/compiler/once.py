"""What follows from one thing alone, found out once: the stdlib's typed functions are the same
objects in every program of a process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def once(find: Callable[[K], T]) -> Callable[[K], T]:
    """Remembers what was found for as long as there is the thing, which is equal to itself only."""
    found: WeakKeyDictionary[K, T] = WeakKeyDictionary()

    @wraps(find)
    def known(thing: K) -> T:
        try:
            return found[thing]
        except KeyError:
            return found.setdefault(thing, find(thing))

    return known
