"""typed, placed → wasm: one run over the bars, and the functions that are not inlined."""
