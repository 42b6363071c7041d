"""Experiments on data with several modes."""
