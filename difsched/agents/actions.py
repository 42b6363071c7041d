"""Actions as the diffusion sees them: RBs, centred and scaled."""

from dataclasses import dataclass

import torch
from torch import Tensor

from difsched.config.base import Config, check_int, check_number


def project_to_budget(request: Tensor, budget: float) -> Tensor:
    """Return the Euclidean projection of (..., N) requests on {r >= 0, sum r = budget}.

    The differentiable twin of :func:`difsched.env.slice.allocation.project_to_budget`.
    """
    descending = request.sort(dim=-1, descending=True).values
    counts = torch.arange(1, request.shape[-1] + 1, device=request.device)
    # As a function of the number of users that keep something, the threshold is highest at the
    # right number: one more lifts the mean of those before as long as it is above their threshold.
    threshold = ((descending.cumsum(dim=-1) - budget) / counts).amax(dim=-1, keepdim=True)
    return (request - threshold).clamp(min=0)


@dataclass(frozen=True)
class ActionSpace(Config):
    """Maps between RBs and the unit in which the diffusion works.

    Attributes
    ----------
    budget : int
        Budget B, RBs.
    center, scale : float
        RBs that stand at 0, and RBs in one unit: mean and standard deviation of the data's grants.
    project : bool
        Whether an action is projected to the budget, or only clipped to the box [0, B]^N.
    """

    budget: int
    center: float
    scale: float
    project: bool

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_int("budget", self.budget, 0)
        check_number("center", self.center, 0)
        check_number("scale", self.scale, 0, open_low=True)

    def encode(self, grants: Tensor) -> Tensor:
        """Return RBs (..., N) in units of the diffusion."""
        return (grants - self.center) / self.scale

    def decode(self, actions: Tensor) -> Tensor:
        """Return actions (..., N) in RBs."""
        return actions * self.scale + self.center

    def admit(self, actions: Tensor) -> Tensor:
        """Return the nearest admitted actions: within the budget, or within the box."""
        low, high = -self.center / self.scale, (self.budget - self.center) / self.scale
        if self.project:
            # The projection does not see a shift that all users share.
            return project_to_budget(actions, self.budget / self.scale) + low
        return actions.clamp(low, high)
