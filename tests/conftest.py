"""Fixtures that every test can ask for; `stack.py` and `timescale/wasm.py` say what they are."""

pytest_plugins = ["tests.stack", "tests.timescale.wasm"]
