"""The same work on stock parts: per-event Faust agents as a good Faust user writes them.

The same roles, topics, partitions, wasm modules and tables as ours; decoded by msgspec, computed
in memory, sent with `topic.send`, and inserted row by row. What our agents do beyond that (dead
letters, exactness after a crash) is left out.
"""
