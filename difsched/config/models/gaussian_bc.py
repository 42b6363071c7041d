"""Hyper-parameters of behaviour cloning by a Gaussian."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import LearnerConfig


@dataclass(frozen=True, kw_only=True)
class GaussianBCConfig(LearnerConfig):
    """Networks: there is nothing else to choose."""

    mark: ClassVar[dict[str, str]] = {"algorithm": "gaussian_bc"}


CONFIG = GaussianBCConfig
