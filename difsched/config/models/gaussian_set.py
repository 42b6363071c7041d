"""Hyper-parameters of Q-learning with a Gaussian actor."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import CriticConfig
from difsched.config.learning import check_sizes


@dataclass(frozen=True, kw_only=True)
class GaussianSetConfig(CriticConfig):
    """Networks, critic, the weight of its judgement, and candidates.

    Attributes
    ----------
    eta : float
        Weight of the Q loss beside the cloning loss, >= 0; 0 leaves the critic to rank candidates.
    candidates : int
        Actions sampled for each decision; the critic's best is taken. 1 does not rank.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "gaussian_set"}

    eta: float
    candidates: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        self.check_weights("eta")
        check_sizes(self, "candidates")


CONFIG = GaussianSetConfig
