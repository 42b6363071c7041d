"""Hyper-parameters of the deterministic policy gradient."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.learner import SupportedConfig


@dataclass(frozen=True, kw_only=True)
class DetSetConfig(SupportedConfig):
    """Networks and critic: there is nothing else to choose."""

    mark: ClassVar[dict[str, str]] = {"algorithm": "det_set"}


CONFIG = DetSetConfig
