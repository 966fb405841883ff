"""The stub package: what an editor and a type checker see of `from peripheral import …`."""
