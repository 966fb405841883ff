"""The strategy compiler: source text in, a WebAssembly module out; pure."""
