"""The same workflow on a cluster: what jobs need, schedulers' settings, a check of the result."""
