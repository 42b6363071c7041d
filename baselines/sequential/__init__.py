"""Schedulers of sequential slices: those of the slice, and those that know what waits or hides."""
