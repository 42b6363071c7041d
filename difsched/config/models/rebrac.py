"""Hyper-parameters of ReBRAC."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import CriticConfig


@dataclass(frozen=True, kw_only=True)
class ReBRACConfig(CriticConfig):
    """Networks, critic, and how far actor and critic are held to the data.

    Attributes
    ----------
    actor_penalty, critic_penalty : float
        Weights beta_1 and beta_2 of the squared distance from the data's actions, >= 0.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "rebrac"}

    actor_penalty: float
    critic_penalty: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        self.check_weights("actor_penalty", "critic_penalty")


CONFIG = ReBRACConfig
