"""Tuning: the same number of trials for every learner, scored on validation windows."""
