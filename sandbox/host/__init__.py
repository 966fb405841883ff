"""Runs strategy modules: the only place that knows wasmtime."""
