"""Hyper-parameters of implicit Q-learning."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import CriticConfig


@dataclass(frozen=True, kw_only=True)
class IQLConfig(CriticConfig):
    """Networks, critic and temperature.

    Attributes
    ----------
    beta : float
        Inverse temperature of the advantage-weighted cloning, >= 0; 0 clones all rows alike.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "iql"}

    beta: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        self.check_weights("beta")


CONFIG = IQLConfig
