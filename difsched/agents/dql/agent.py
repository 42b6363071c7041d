"""The agent: a diffusion policy, a critic, their losses, and the choice of an action.

Notation: observation s, action a (in units of the diffusion, `ActionSpace`), reward r, denoising
step t = 1..T, noise eps ~ N(0, 1), x_t = sqrt(abar_t) a + sqrt(1 - abar_t) eps.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from difsched.agents.dql.actions import ActionSpace
from difsched.agents.dql.features import Standardizer, step_embedding
from difsched.agents.dql.networks import ALL, MLPNetwork, SetNetwork
from difsched.agents.dql.schedule import Schedule
from difsched.config import DQLConfig


@dataclass(frozen=True)
class Batch:
    """A minibatch of R transitions, standardised.

    Attributes
    ----------
    features, next_features : (R, N, F) Tensor
        What the scheduler saw before the window and before the next one.
    action : (R, N) Tensor
        Grants in units of the diffusion.
    reward : (R,) Tensor
    """

    features: Tensor
    action: Tensor
    reward: Tensor
    next_features: Tensor


class DQLAgent(nn.Module):
    """Diffusion Q-learning (Wang et al. 2023) with an IQL critic (Kostrikov et al. 2022).

    Parameters
    ----------
    config : DQLConfig
        Hyper-parameters.
    space : ActionSpace
        Units and bounds of actions.
    standardizer : Standardizer
        What the networks see of an observation.
    users : int
        N. A ``set`` network decides for any number of users afterwards, an ``mlp`` for N alone.
    generator : torch.Generator
        Where initial weights are drawn from.
    """

    embedding: Tensor

    def __init__(
        self,
        config: DQLConfig,
        space: ActionSpace,
        standardizer: Standardizer,
        users: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.config = config
        self.space = space
        self.standardizer = standardizer
        self.users = users
        self.schedule = Schedule(config.schedule, config.diffusion_steps)
        embedding = step_embedding(config.diffusion_steps)
        self.register_buffer("embedding", embedding, persistent=False)

        def network(inputs: int, members: int) -> nn.Module:
            shared: dict[str, Any] = dict(
                hidden=config.hidden, layers=config.layers, members=members, generator=generator
            )
            if config.network == "set":
                return SetNetwork(inputs, 1, **shared)
            return MLPNetwork(inputs, 1, users=users, **shared)

        features = standardizer.features
        self.denoiser = network(features + 1 + embedding.shape[1], 1)
        self.critic = network(features + 1, 2) if config.has_critic else None
        # Without a discount nothing that comes after the window counts: no V is needed.
        self.value = network(features, 1) if config.has_critic and config.discount else None

    def q(self, features: Tensor, action: Tensor, members: slice = ALL) -> Tensor:
        """Return the twin critics' values (2, R) of actions (R, N), or those of some members."""
        assert self.critic is not None
        inputs = torch.cat([features, action.unsqueeze(-1)], dim=-1)
        outputs: Tensor = self.critic(inputs, members)
        return outputs[..., 0].mean(dim=-1)

    def v(self, features: Tensor) -> Tensor:
        """Return the values V(s), (R,)."""
        assert self.value is not None
        outputs: Tensor = self.value(features)
        return outputs[0, ..., 0].mean(dim=-1)

    def denoise(self, features: Tensor, noisy: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        """Return the denoiser's output and the clean action that follows from it, both (R, N).

        The output is eps or the clean action itself, as ``config.prediction`` says. From eps the
        clean action is (x_t - sqrt(1 - abar_t) eps) / sqrt(abar_t) (Ho et al. 2020, eq. 15).

        Parameters
        ----------
        features : (R, N, F) Tensor
        noisy : (R, N) Tensor
            x_t.
        step : (R,) Tensor of int
            t - 1.
        """
        time = self.embedding[step].unsqueeze(1).expand(-1, features.shape[1], -1)
        inputs = torch.cat([features, noisy.unsqueeze(-1), time], dim=-1)
        output: Tensor = self.denoiser(inputs)[0, ..., 0]
        if self.config.prediction == "action":
            return output, output
        signal = self.schedule.alpha_bar[step].unsqueeze(-1)
        return output, (noisy - (1 - signal).sqrt() * output) / signal.sqrt()

    def value_loss(self, batch: Batch, target: "DQLAgent") -> Tensor:
        """Return the expectile regression of V on the target critics (Kostrikov et al., eq. 5).

        mean |expectile - 1(d < 0)| d^2 with d = min_i Q_i'(s, a) - V(s).
        """
        with torch.no_grad():
            best = target.q(batch.features, batch.action).amin(dim=0)
        return expectile_loss(best - self.v(batch.features), self.config.expectile)

    def critic_loss(self, batch: Batch) -> Tensor:
        """Return the twin critics' squared error to r + gamma V(s') (Kostrikov et al., eq. 6)."""
        goal = batch.reward
        if self.value is not None:
            with torch.no_grad():
                goal = goal + self.config.discount * self.v(batch.next_features)
        return (self.q(batch.features, batch.action) - goal).square().mean()

    def policy_loss(
        self, batch: Batch, step: Tensor, noise: Tensor, member: int
    ) -> tuple[Tensor, Tensor]:
        """Return the behaviour-cloning loss and the Q loss of the diffusion policy.

        Cloning: the squared error of the denoiser at x_t (Ho et al. 2020, eq. 14). Q loss:
        -mean Q_i(s, a_0) / mean |Q_i| (Wang et al. 2023, eq. 3) at the clean action a_0 that one
        denoising step gives from the same x_t (Kang et al. 2023, eq. 9): no chain is unrolled.

        Parameters
        ----------
        batch : Batch
        step : (R,) Tensor of int
            t - 1 for each transition.
        noise : (R, N) Tensor
            eps for each transition.
        member : {0, 1}
            The critic Q_i that judges.
        """
        signal = self.schedule.alpha_bar[step].unsqueeze(-1)
        noisy = signal.sqrt() * batch.action + (1 - signal).sqrt() * noise
        output, clean = self.denoise(batch.features, noisy, step)
        goal = batch.action if self.config.prediction == "action" else noise
        cloning = (output - goal).square().mean()
        if not self.config.eta:
            return cloning, torch.zeros_like(cloning)
        judge = slice(member, member + 1)
        values = self.q(batch.features, self.space.admit(clean), judge)[0]
        return cloning, -values.mean() / values.detach().abs().mean()

    @torch.no_grad()
    def sample(self, features: Tensor, generator: torch.Generator) -> Tensor:
        """Return an action (R, N) for each row: the whole denoising chain, T steps.

        After every step the clean action is admitted to the action space, then x_{t-1} is drawn
        from q(x_{t-1} | x_t, clean) (Ho et al. 2020, eq. 6).
        """
        rows, users, _ = features.shape

        def draw() -> Tensor:
            return torch.randn(rows, users, generator=generator).to(features.device)

        noisy = draw()
        for index in reversed(range(self.schedule.steps)):
            step = torch.full((rows,), index, device=features.device)
            clean = self.space.admit(self.denoise(features, noisy, step)[1])
            if index == 0:
                return clean
            noisy = self.schedule.posterior_mean(index, clean, noisy)
            noisy = noisy + self.schedule.posterior_sd[index] * draw()
        raise AssertionError("a schedule has at least one step")

    @torch.no_grad()
    def choose(self, features: Tensor, generator: torch.Generator) -> Tensor:
        """Return for each row the candidate of the highest min_i Q_i, (R, N)."""
        candidates = self.config.candidates
        if candidates == 1:
            return self.sample(features, generator)
        repeated = features.repeat_interleave(candidates, dim=0)
        actions = self.sample(repeated, generator)
        values = self.q(repeated, actions).amin(dim=0).view(-1, candidates)
        best = values.argmax(dim=1)
        rows = torch.arange(len(features), device=features.device)
        return actions.view(-1, candidates, features.shape[1])[rows, best]


def expectile_loss(difference: Tensor, expectile: float) -> Tensor:
    """Return mean |expectile - 1(d < 0)| d^2 (Kostrikov et al. 2022, eq. 4)."""
    weight = torch.where(difference < 0, 1 - expectile, expectile)
    return (weight * difference.square()).mean()
