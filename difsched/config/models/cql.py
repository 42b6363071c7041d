"""Hyper-parameters of conservative Q-learning."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import SupportedConfig


@dataclass(frozen=True, kw_only=True)
class CQLConfig(SupportedConfig):
    """Networks, critic and conservatism.

    Attributes
    ----------
    alpha : float
        Weight of the conservative loss, >= 0.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "cql"}

    alpha: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        self.check_weights("alpha")


CONFIG = CQLConfig
