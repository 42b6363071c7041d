"""Schedulers that learn nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.method import Method
from difsched.env.slice.allocation import scale_to_budget


@dataclass(frozen=True)
class EqualPolicy:
    """Splits the budget equally.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    """

    budget: int

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N); see `Policy.act`."""
        return scale_to_budget(np.ones(observation.shape[:2]), self.budget)


@dataclass(frozen=True)
class ProportionalPolicy:
    """Splits the budget in proportion to the demand that it is shown.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    """

    budget: int

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N); see `Policy.act`."""
        return scale_to_budget(np.maximum(observation[..., 0], 0.0), self.budget)


SCHEDULERS = [
    Method("equal", "Equal", lambda task: EqualPolicy(task.config.B)),
    Method("proportional", "Proportional", lambda task: ProportionalPolicy(task.config.B)),
]
