"""Whether a backtest can be believed: a file a check, each pure but for the runs it is given."""
