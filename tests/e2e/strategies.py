"""Strategies that do what the examples do not."""

from __future__ import annotations

FRAGILE = (
    '"""Divides by zero every third day, and alerts every fifth."""\n'
    "def on_bar(bar):\n"
    "    day = bar.time // 86400000000\n"
    '    alert(day % 5 == 0, "a fifth day")\n'
    "    if 6 // (day % 3) > 3:\n"
    "        order(-1.0, limit=bar.high)\n"
)
FRAGILE_LINE = 5
TIRELESS = (
    '"""Counts to ten thousand."""\n'
    "def on_bar(bar):\n"
    "    n = 0\n"
    "    while n < 10000:\n"
    "        n = n + 1\n"
    '    plot("n", float(n))\n'
)
