"""The actor of a shortcut model (Frans, Hafner, Levine and Abbeel 2025): average velocities.

Flow time t in [0, 1], x_t = (1 - t) eps + t a: noise at 0, an action at 1.
"""

import torch
from torch import Tensor, nn

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork, draw, draw_noise
from difsched.agents.actors.features import State
from difsched.agents.actors.flow import interpolate


class ShortcutActor(nn.Module):
    """One network u(s, x_t, t, d): the mean velocity of a flow over a step of length d.

    With d = 0 it is the flow's own velocity, which clones the data; a step of length d must go
    where two of half its length go; and the whole way at once, t = 0 and d = 1, is the policy.
    Nothing is distilled into a second network: the critic moves the one that clones.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features an entity.
    network : callable
        Makes the network.
    halvings : int
        Lengths are 1, 1/2, ..., 2 ** -halvings, the last of which takes two of d = 0; >= 0.
    """

    draws = mode_draws = 1

    def __init__(
        self, space: ActionSpace, features: int, network: MakeNetwork, *, halvings: int
    ) -> None:
        super().__init__()
        self.space, self.halvings = space, halvings
        self.network = network(features + space.width + 2, space.width)

    def velocity(self, features: Tensor, noisy: Tensor, time: Tensor, length: Tensor) -> Tensor:
        """Return u(s, x_t, t, d), (R, M, A), for x_t (R, M, A), t and d (R,)."""
        entities = features.shape[1]
        at = torch.stack([time, length], dim=-1)[:, None].expand(-1, entities, 2)
        inputs = torch.cat([features, self.space.spread(noisy, entities), at], dim=-1)
        return self.space.pool(self.network(inputs)[0])

    def flow_loss(self, state: State, action: Tensor, generator: torch.Generator) -> Tensor:
        """Return |u(s, x_t, t, 0) - (a - eps)|^2 of each row, (R,), t uniform."""
        time = torch.rand(len(action), generator=generator).to(action.device)
        noise = draw(action.shape, generator, action)
        velocity = self.velocity(
            state.features, interpolate(noise, action, time), time, torch.zeros_like(time)
        )
        return (velocity - (action - noise)).square().mean(dim=(-2, -1))

    def consistency_loss(self, state: State, action: Tensor, generator: torch.Generator) -> Tensor:
        """Return |u(s, x_t, t, d) - (u_1 + u_2) / 2|^2 of each row, (R,) (their eq. 4).

        u_1 and u_2 are the velocities of two steps of d / 2, the second from where the first ends;
        no gradient reaches them. d is one of the lengths, t one of its multiples.
        """
        halving = torch.randint(self.halvings + 1, (len(action),), generator=generator)
        count = 2.0**halving
        time = (torch.rand(len(action), generator=generator) * count).floor() / count
        length, time = (1 / count).to(action.device), time.to(action.device)
        noisy = interpolate(draw(action.shape, generator, action), action, time)
        half = length / 2
        # The shortest steps are made of the flow itself.
        shorter = torch.where((halving == self.halvings).to(action.device), 0.0, half)
        with torch.no_grad():
            first = self.velocity(state.features, noisy, time, shorter)
            middle = noisy + half.view(-1, 1, 1) * first
            second = self.velocity(state.features, middle, time + half, shorter)
        missed = self.velocity(state.features, noisy, time, length) - (first + second) / 2
        return missed.square().mean(dim=(-2, -1))

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the cloning loss of each row, (R,), and the policy's proposals.

        The flow learns from all rows; steps are held to each other on the first half of them, each
        of which counts twice, and there the policy proposes.
        """
        rows = -(-len(state) // 2)
        some = state.map(lambda part: part[:rows])
        cloning = self.flow_loss(state, action, generator)
        consistency = self.consistency_loss(some, action[:rows], generator)
        noise = draw_noise(1, action[:rows].shape, generator, action)
        losses = torch.cat([cloning[:rows] + len(state) / rows * consistency, cloning[rows:]])
        return losses, self.sample(some, noise)

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return the action of each row after one step of length 1, for noise (R, 1, M, A)."""
        start = noise[:, 0]
        time = torch.zeros_like(start[:, 0, 0])
        action = start + self.velocity(state.features, start, time, time + 1)
        return self.space.admit(action, state.observation)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return one sample."""
        return self.sample(state, noise)
