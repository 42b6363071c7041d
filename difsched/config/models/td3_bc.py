"""Hyper-parameters of TD3+BC."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import SupportedConfig


@dataclass(frozen=True, kw_only=True)
class TD3BCConfig(SupportedConfig):
    """Networks, critic and the weight of the critic's judgement.

    Attributes
    ----------
    alpha : float
        Weight of the Q loss beside the cloning loss, >= 0.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "td3_bc"}

    alpha: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        self.check_weights("alpha")


CONFIG = TD3BCConfig
