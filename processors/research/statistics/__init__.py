"""The figures of a backtest: from its columns to numbers, with numpy alone."""
