"""Scores on the common test windows."""

from difsched.evaluation.windows import Scores, evaluate

__all__ = ["Scores", "evaluate"]
