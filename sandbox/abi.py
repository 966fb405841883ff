"""How the host and a compiled module meet in the module's memory. A module exports `memory`,
of exactly MEMORY_PAGES, and `run(table: i32, first: i32, last: i32)`.

run evaluates the bars in rows first … last − 1 of the columns. `table` is the address of
addresses, an i32 each, of the columns: first INPUTS, then one for each output of the program,
in its order. A cell has 8 bytes; that of `block` is the address of a state block, an i32.
"""

from __future__ import annotations

PAGE_BYTES = 65_536
MEMORY_PAGES = 1_024
INPUTS = ("block", "time", "open", "high", "low", "close", "volume")

PROGRESS = 0
"""Where the i32 is that says which row is being evaluated; after a trap, which one trapped."""
SPENT = 8
"""Where the i64 is that counts the steps taken by loops; the host may set it between calls."""
LIMIT = 16
"""Where the i64 is that `spent` must not exceed in the present row; the module's own."""
SHARED = 64
"""Where the words begin that all blocks of a book have in common; SHARED_BYTES at most."""
SHARED_BYTES = 256
