"""Rules, optima and bounds of the allocation problem."""
