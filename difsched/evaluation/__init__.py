"""Scores on the common test windows, and what may be said of them."""

from difsched.evaluation.windows import Scores, evaluate

__all__ = ["Scores", "evaluate"]
