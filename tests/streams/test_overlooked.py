"""Topics that were not there when a group's work was divided."""

from __future__ import annotations

from faust.types import TP

from streams.overlooked import lacking


def test_a_topic_of_which_nothing_is_assigned_is_lacking_beside_others() -> None:
    assert lacking([TP("a", 0), TP("a", 1)], ["a", "b"]) == {"b"}
    assert lacking([TP("a", 0), TP("b", 0)], ["a", "b"]) == set()


def test_a_worker_without_any_partition_lacks_all_topics() -> None:
    assert lacking([], ["a", "b"]) == {"a", "b"}
