"""Hyper-parameters of behaviour cloning by a diffusion model."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import DiffusionConfig


@dataclass(frozen=True, kw_only=True)
class BCConfig(DiffusionConfig):
    """Networks and diffusion: there is nothing else to choose."""

    mark: ClassVar[dict[str, str]] = {"algorithm": "bc"}


CONFIG = BCConfig
