"""Whether what was best before stays good after: walk-forward and cross-validation."""
