"""What may be granted: a box, and R linear budgets read from the observation."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.action_set import ActionSet
from difsched.typing import Floats

from .columns import read
from .config import AllocConfig
from .draws import largest_grant
from .projection import project

if TYPE_CHECKING:
    from torch import Tensor

#: Requests are cut to this: beyond it the projection would lose digits.
MOST_ASKED = 1e6
#: By how much a request may miss the set and count as of it: rounding of float32.
SLACK = 1e-6


@dataclass(frozen=True)
class Shares(ActionSet):
    """Shares of tasks within R budgets: 0 <= x <= high, sum_i D_ir x_i <= v_r.

    Attributes
    ----------
    config : AllocConfig
        Says where D and v stand in an observation.
    """

    config: AllocConfig = field(kw_only=True)

    def budgets(self, observation: Any) -> tuple[Any, Any]:
        """Return D (..., T, R) >= 0 and v (..., R) > 0 of observations, arrays or tensors."""
        config = self.config
        return read(observation, "requirement", config), read(observation, "supply", config)

    def admit(
        self, raw: "Tensor", observation: "Tensor", center: float = 0.0, scale: float = 1.0
    ) -> "Tensor":
        """Return the nearest shares that fit; see `ActionSet.admit`."""
        from .differentiable import nearest_shares  # loads torch: only where it is needed

        nearest = nearest_shares(center + scale * raw, *self.budgets(observation), self.high)
        return (nearest - center) / scale

    def check(self, action: ArrayLike, observation: Floats) -> NDArray[Any]:
        """Return the nearest shares (W, T) that fit; see `ActionSet.check`, `project`."""
        asked = np.clip(self.finite(action, observation), -MOST_ASKED, MOST_ASKED)
        return project(asked, *self.budgets(observation), self.high)


def action_set(config: AllocConfig) -> ActionSet:
    """Return what may be granted in a configuration.

    In ``faithful`` mode the box [0, 1] for a grant of each resource to each task: supplies can be
    exceeded, and this is fined. Else shares of tasks; with ``gang`` those of which `serve_whole`
    makes whole tasks.
    """
    if config.mode == "faithful":
        return ActionSet(0.0, 1.0, width=config.resources)
    return Shares(0.0, highest(config), config=config)


def highest(config: AllocConfig) -> float:
    """Return the upper end of the box.

    1, the whole task; of a forecast that may fall short of the truth more can be worth granting,
    up to the largest of the factor's 16 quantiles.
    """
    uncertain = config.mode == "forecast" and config.information == "predicted"
    return largest_grant(config.sigma) if uncertain else 1.0


def outside(action: ArrayLike, allowed: Floats) -> Floats:
    """Return 1 (W,) where what was asked, (W, ...), is not what is allowed, 0 elsewhere."""
    missed = np.abs(np.asarray(action, dtype=np.float64) - allowed).reshape(len(allowed), -1)
    found: Floats = (missed.max(axis=1) > SLACK).astype(np.float64)
    return found
