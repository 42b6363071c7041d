"""Hyper-parameters of decision-focused learning."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learning import check_sizes
from difsched.config.models.neural_estimate import NeuralEstimateConfig


@dataclass(frozen=True, kw_only=True)
class SPOPlusConfig(NeuralEstimateConfig):
    """Networks of predictor and model, and on how many windows a step decides.

    Attributes
    ----------
    solved : int
        Windows of a minibatch on which the predictor is judged, at most all, >= 1: each is solved
        twice.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "spo_plus"}

    solved: int = 32

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_sizes(self, "solved")


CONFIG = SPOPlusConfig
