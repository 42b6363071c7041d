"""Hyper-parameters of Q-learning with a shortcut model."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import check_int
from difsched.config.learner import RegularisedConfig


@dataclass(frozen=True, kw_only=True)
class ShortcutSetConfig(RegularisedConfig):
    """Networks, critic and the weight of its judgement, and the lengths of steps.

    Attributes
    ----------
    halvings : int
        Steps are of length 1, 1/2, ..., 2 ** -halvings; 0 to 10.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "shortcut_set"}

    halvings: int = 3

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_int("halvings", self.halvings, 0, 10)


CONFIG = ShortcutSetConfig
