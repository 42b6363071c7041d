"""Hyper-parameters of Q-learning with a Gaussian actor."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import RegularisedConfig


@dataclass(frozen=True, kw_only=True)
class GaussianSetConfig(RegularisedConfig):
    """Networks, critic and the weight of its judgement: there is nothing else to choose."""

    mark: ClassVar[dict[str, str]] = {"algorithm": "gaussian_set"}


CONFIG = GaussianSetConfig
