"""The actor of flow Q-learning (Park, Li and Levine 2025): a flow that clones, and one step.

Flow time t in [0, 1], x_t = (1 - t) eps + t a: noise at 0, an action at 1.
"""

import torch
from torch import Tensor, nn

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork, draw, draw_noise
from difsched.agents.actors.features import State


def interpolate(noise: Tensor, action: Tensor, time: Tensor) -> Tensor:
    """Return x_t = (1 - t) eps + t a, (R, M, A), for t (R,)."""
    weight = time.view(-1, 1, 1)
    return (1 - weight) * noise + weight * action


class FlowActor(nn.Module):
    """A one-step policy mu(s, eps), held to the end of a flow v(s, x_t, t) that clones the data.

    The critic moves the one-step policy alone, so it needs no gradient through a chain; a decision
    asks that policy alone, so it takes one pass.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features an entity.
    network : callable
        Makes the networks of the flow and of the one-step policy.
    steps : int
        Steps of Euler's method from noise to an action, >= 1.
    distillation : float
        Weight of the one-step policy's distance from the flow, >= 0.
    """

    draws = mode_draws = 1

    def __init__(
        self,
        space: ActionSpace,
        features: int,
        network: MakeNetwork,
        *,
        steps: int,
        distillation: float,
    ) -> None:
        super().__init__()
        self.space = space
        self.steps, self.distillation = steps, distillation
        self.flow = network(features + space.width + 1, space.width)
        self.one_step = network(features + space.width, space.width)

    def velocity(self, features: Tensor, noisy: Tensor, time: Tensor) -> Tensor:
        """Return v(s, x_t, t), (R, M, A), for x_t (R, M, A) and t (R,)."""
        entities = features.shape[1]
        at = time.view(-1, 1, 1).expand(-1, entities, 1)
        inputs = torch.cat([features, self.space.spread(noisy, entities), at], dim=-1)
        return self.space.pool(self.flow(inputs)[0])

    @torch.no_grad()
    def integrate(self, state: State, noise: Tensor) -> Tensor:
        """Return where the flow takes noise (R, M, A), admitted: an action like the data's."""
        action, step = noise, 1 / self.steps
        for index in range(self.steps):
            time = torch.full((len(noise),), index * step, device=noise.device)
            action = action + step * self.velocity(state.features, action, time)
        return self.space.admit(action, state.observation)

    def propose(self, features: Tensor, noise: Tensor) -> Tensor:
        """Return mu(s, eps), (R, M, A), for noise (R, M, A), before it is admitted."""
        seen = self.space.spread(noise, features.shape[1])
        return self.space.pool(self.one_step(torch.cat([features, seen], dim=-1))[0])

    def flow_loss(self, state: State, action: Tensor, generator: torch.Generator) -> Tensor:
        """Return |v(s, x_t, t) - (a - eps)|^2 of each row, (R,), t uniform (their eq. 4)."""
        time = torch.rand(len(action), generator=generator).to(action.device)
        noise = draw(action.shape, generator, action)
        noisy = interpolate(noise, action, time)
        missed = self.velocity(state.features, noisy, time) - (action - noise)
        return missed.square().mean(dim=(-2, -1))

    def distil_loss(self, state: State, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return the distance |mu(s, eps) - flow(s, eps)|^2 of each row, (R,), and mu(s, eps).

        Both are admitted: what the projection does not see, such as a shift of all entities, is
        left to the critic. No gradient reaches the flow (their eq. 8).
        """
        action = self.sample(state, noise[:, None])
        missed = action - self.integrate(state, noise)
        return missed.square().mean(dim=(-2, -1)), action

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the cloning loss of each row, (R,), and the one-step policy's proposals.

        The flow learns from all rows. A chain costs T passes, so the one-step policy is distilled
        on the first half of them, each of which counts twice: the mean over rows is that of the
        flow's loss, and ``distillation`` times that of the distance.
        """
        rows = -(-len(state) // 2)
        cloning = self.flow_loss(state, action, generator)
        noise = draw_noise(1, action[:rows].shape, generator, action)[:, 0]
        distance, proposal = self.distil_loss(state.map(lambda part: part[:rows]), noise)
        weight = self.distillation * len(state) / rows
        return torch.cat([cloning[:rows] + weight * distance, cloning[rows:]]), proposal

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return the one-step policy's action for each row, for noise (R, 1, M, A)."""
        return self.space.admit(self.propose(state.features, noise[:, 0]), state.observation)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return one sample."""
        return self.sample(state, noise)
