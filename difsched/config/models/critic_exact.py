"""Hyper-parameters of critic and exact solver."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import SeparableConfig


@dataclass(frozen=True, kw_only=True)
class CriticExactConfig(SeparableConfig):
    """Networks and critic: there is nothing else to choose."""

    mark: ClassVar[dict[str, str]] = {"algorithm": "critic_exact"}
    package: ClassVar[str] = "difsched.agents.structured"


CONFIG = CriticExactConfig
