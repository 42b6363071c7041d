"""Hyper-parameters of diffusion Q-learning as published."""

from dataclasses import dataclass
from typing import ClassVar

from difsched.config.base import check_int
from difsched.config.learner import DiffusionConfig, RegularisedConfig
from difsched.config.learning import MOST_STEPS
from difsched.errors import InputError


@dataclass(frozen=True, kw_only=True)
class DQLPublishedConfig(DiffusionConfig, RegularisedConfig):
    """Networks, diffusion, critic, and the averages of the target policy.

    Attributes
    ----------
    average_from, average_every : int
        First gradient step whose weights the target policy follows, and steps from one to the next,
        >= 1.
    """

    mark: ClassVar[dict[str, str]] = {"algorithm": "dql_published"}

    average_from: int
    average_every: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        for name in ("average_from", "average_every"):
            check_int(name, getattr(self, name), 1, MOST_STEPS)
        if self.support != "none":
            raise InputError(f"support = {self.support!r}: must be none, as published")


CONFIG = DQLPublishedConfig
