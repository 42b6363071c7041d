"""The deterministic actor."""

import torch
from torch import Tensor, nn

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.features import State


class DeterministicActor(nn.Module):
    """One action for each observation.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features an entity.
    network : callable
        Makes the network.
    """

    draws = mode_draws = 0

    def __init__(self, space: ActionSpace, features: int, network: MakeNetwork) -> None:
        super().__init__()
        self.space = space
        self.network = network(features, space.width)

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the squared error of each row, (R,), and the action."""
        output = self.space.pool(self.network(state.features)[0])
        cloning = (output - action).square().mean(dim=(-2, -1))
        return cloning, self.space.admit(output, state.observation)

    def action(self, state: State) -> Tensor:
        """Return the action (R, M, A) of each row."""
        output = self.space.pool(self.network(state.features)[0])
        return self.space.admit(output, state.observation)

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return the action: every sample is the same."""
        return self.action(state)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the action."""
        return self.action(state)
