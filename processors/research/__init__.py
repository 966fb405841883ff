"""Backtests, screens, sweeps: what a strategy would have done, what it picks, whether it is luck."""
