"""Curves over what an entity is granted, drawn by a network: what each would be worth with it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from difsched.agents.actors.actions import ActionSpace

#: The last knot, over the mean grant of the data.
REACH = 4.0


@dataclass(frozen=True)
class Knots:
    """Linear splines: a network gives a curve's value at K grants, from zero to ``REACH`` means.

    Between them a curve is linear, beyond them constant (de Boor 1978, chapter III).

    Attributes
    ----------
    count : int
        K, >= 2.
    low, high : float
        First and last knot, in units of the agent.
    """

    count: int
    low: float
    high: float

    @classmethod
    def of(cls, space: ActionSpace, count: int) -> "Knots":
        """Return K knots for the grants of a space."""
        low = (space.actions.low - space.center) / space.scale
        high = (REACH - 1) * space.center / space.scale
        return cls(count, low, max(high, low + 1))

    def hats(self, grants: Tensor) -> Tensor:
        """Return the weight (..., K) of each knot in the curve's value at grants (...)."""
        step = (self.high - self.low) / (self.count - 1)
        place = ((grants - self.low) / step).clamp(0, self.count - 1).unsqueeze(-1)
        knots = torch.arange(self.count, device=grants.device)
        return (1 - (place - knots).abs()).clamp(min=0)

    def at(self, curves: Tensor, grants: Tensor) -> Tensor:
        """Return the values (..., R, N) of curves (..., R, N, K) at grants (R, N)."""
        return (curves * self.hats(grants)).sum(dim=-1)

    def table(self, curves: Tensor, grants: Tensor) -> Tensor:
        """Return the values (..., R, N, C) of curves (..., R, N, K) at each of C grants (C,)."""
        return curves @ self.hats(grants).mT
