"""How a backtest's result is written: JSON, tables as CSV or Parquet, and a page with charts.

Each form is a module of its own, imported by who wants that form: polars and bokeh are large.
"""
