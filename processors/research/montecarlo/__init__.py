"""What might have been as well: trades in another order, other days, other params, other prices."""
