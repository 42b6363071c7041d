"""A ring of actions, which has no mode: a mean of the data would lie at its centre."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor

from difsched.action_set import ActionSet
from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.features import State
from difsched.agents.networks import SetNetwork

POINTS = 512
#: One entity whose features say nothing.
STATE = State(torch.zeros(POINTS, 1, 1), torch.zeros(POINTS, 1, 1))
SPACE = ActionSpace(ActionSet(-3.0, 3.0, width=2), 0.0, 1.0, project=True)
ActorT = TypeVar("ActorT", bound=Any)


def clone(make: Callable[..., ActorT], steps: int) -> tuple[ActorT, Tensor]:
    """Return an actor that has learned points of the ring, and noise (POINTS, 1, 2) for samples."""
    generator = torch.Generator().manual_seed(0)

    def network(inputs: int, outputs: int, members: int = 1) -> SetNetwork:
        return SetNetwork(
            inputs, outputs, hidden=48, layers=3, members=members, generator=generator
        )

    actor = make(SPACE, 1, network)
    optimizer = torch.optim.Adam(actor.parameters(), lr=5e-3)
    for _ in range(steps):
        angle = 2 * math.pi * torch.rand(POINTS, 1, generator=generator)
        points = torch.stack([angle.cos(), angle.sin()], dim=-1)
        optimizer.zero_grad()
        actor.bc_loss(STATE, points, generator)[0].mean().backward()
        optimizer.step()
    return actor, torch.randn(POINTS, 1, 2, generator=generator)


def off_the_ring(samples: Tensor) -> float:
    """Return how far the samples' mean radius is from the ring's, or 1 if a quarter has too few."""
    quadrant = (samples[..., 0] > 0).int() + 2 * (samples[..., 1] > 0).int()
    if torch.bincount(quadrant.flatten(), minlength=4).min() <= 0.15 * POINTS:
        return 1.0
    return abs(float(samples.norm(dim=-1).mean()) - 1)
