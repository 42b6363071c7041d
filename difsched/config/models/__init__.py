"""Hyper-parameters: the fields of each algorithm (``.py``) and their values (``.yaml``)."""
