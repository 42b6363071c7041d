"""Learners for problems in which a window is a sum over entities, each with its own grant."""
