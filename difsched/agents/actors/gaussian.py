"""The Gaussian actor: one mode, with a width."""

import torch
from torch import Tensor, nn

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork, draw
from difsched.agents.actors.features import State

#: Range of a Gaussian's log standard deviation, in units of the agent.
LOG_SD = (-4.0, 1.0)


class GaussianActor(nn.Module):
    """A Gaussian a | s with independent entities, mean and standard deviation from one network.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features an entity.
    network : callable
        Makes the network.
    """

    draws, mode_draws = 1, 0

    def __init__(self, space: ActionSpace, features: int, network: MakeNetwork) -> None:
        super().__init__()
        self.space = space
        self.network = network(features, 2 * space.width)

    def distribution(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation, both (R, M, A)."""
        mean, log_sd = self.space.pool(self.network(features)[0]).chunk(2, dim=-1)
        return mean, log_sd.clamp(*LOG_SD)

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return minus the log likelihood, a mean less ln(2 pi) / 2, and a sample."""
        mean, log_sd = self.distribution(state.features)
        cloning = (0.5 * ((action - mean) / log_sd.exp()).square() + log_sd).mean(dim=(-2, -1))
        noise = draw(action.shape, generator, action)
        return cloning, self.space.admit(mean + log_sd.exp() * noise, state.observation)

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return a draw for each row, for noise (R, 1, M, A)."""
        mean, log_sd = self.distribution(state.features)
        return self.space.admit(mean + log_sd.exp() * noise[:, 0], state.observation)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the mean."""
        return self.space.admit(self.distribution(state.features)[0], state.observation)
