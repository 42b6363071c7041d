"""Hyper-parameters of the neural estimate."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import check_int
from difsched.config.learner import LearnerConfig
from difsched.config.learning import MOST_KNOTS


@dataclass(frozen=True, kw_only=True)
class NeuralEstimateConfig(LearnerConfig):
    """The network, and how finely it draws curves.

    Attributes
    ----------
    knots : int
        Grants at which a user's curve has its values, >= 2.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "neural_estimate"}
    package: ClassVar[str] = "difsched.agents.structured"

    knots: int = 33

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_int("knots", self.knots, 2, MOST_KNOTS)

    @property
    def learns_from(self) -> str:
        """Return that each user's own outcomes are estimated."""
        return "user"


CONFIG = NeuralEstimateConfig
