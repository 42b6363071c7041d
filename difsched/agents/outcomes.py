"""Outcomes of entities as a critic sees them, and the reward that follows from their mean."""

from dataclasses import dataclass

from torch import Tensor

from difsched.config.base import Config, check_list, check_number
from difsched.errors import InputError
from difsched.family import Combine


@dataclass(frozen=True)
class OutcomeScale(Config):
    """Where outcomes and rewards of the training data stand: what a critic's units are.

    Attributes
    ----------
    center, scale : list of float
        Of each of the K outcomes an entity.
    reward_center, reward_scale : float
        Of the reward.
    """

    center: list[float]
    scale: list[float]
    reward_center: float
    reward_scale: float

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        for name in ("center", "scale"):
            for value in check_list(name, getattr(self, name)):
                check_number(name, value, float("-inf"))
        check_number("reward_center", self.reward_center, float("-inf"))
        for value in (*self.scale, self.reward_scale):
            check_number("scale", value, 0, open_low=True)
        if len(self.center) != len(self.scale):
            counts = f"{len(self.center)} and {len(self.scale)}"
            raise InputError(f"center and scale have {counts} entries: must be as many")


@dataclass(frozen=True)
class Outcomes:
    """What becomes of entities, and the closed form of a window's reward.

    Attributes
    ----------
    scale : OutcomeScale
        Units of the critic.
    combine : callable or None
        The family's; None: K = 1, and the reward is the mean of the outcomes.
    """

    scale: OutcomeScale
    combine: Combine | None = None

    @property
    def count(self) -> int:
        """Outcomes of an entity, K."""
        return len(self.scale.center)

    def value(self, means: Tensor, observation: Tensor) -> Tensor:
        """Return the value (..., R) of mean outcomes (..., R, K), in units of the reward's scale.

        Parameters
        ----------
        means : (..., R, K) Tensor
            Means over the entities of outcomes, in units of their scale.
        observation : (R, N, F) Tensor
        """
        if self.combine is None:
            return means[..., 0]
        scale = self.scale
        center, unit = (means.new_tensor(numbers) for numbers in (scale.center, scale.scale))
        reward = self.combine(center + unit * means, observation)
        return (reward - scale.reward_center) / scale.reward_scale
