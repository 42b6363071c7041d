"""Conservative Q-learning (Kumar et al. 2020)."""

import math

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork, draw
from difsched.agents.actors.gaussian import GaussianActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Critic, Info
from difsched.config.models.cql import CQLConfig


class CQL(Agent):
    """A Gaussian actor on a critic that is held down where the data have no actions."""

    config: CQLConfig
    critic: Critic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        self.actor = GaussianActor(self.space, features, network)
        self.critic = Critic(self.config, self.problem, features, network)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the losses of critic and actor together; see `Agent.loss`.

        The critic's is that of all learners here and alpha times the conservative loss (eq. 4).
        """
        assert target.critic is not None
        critic, of_critic = self.critic.loss(batch, target.critic, generator)
        _, sample = self.actor.bc_loss(batch.state, batch.action, generator)
        actor, of_actor = self.critic.actor_loss(batch.state, sample, step)
        info = of_critic | of_actor
        if not self.config.alpha:
            return critic + actor, info
        conservative, more = self.conservative_loss(batch, sample, generator)
        return critic + actor + self.config.alpha * conservative, info | more

    def conservative_loss(
        self, batch: Batch, sample: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return how far Q stands above its level on the data (Kumar et al. 2020, eq. 4).

        E_s [log mean_a' exp Q(s, a') - Q(s, a)], the inner mean over the actor's sample and another
        row's logged action with noise of one unit, which stand for all actions.
        """
        rows = len(sample)
        order = torch.randperm(rows, generator=generator).to(sample.device)
        noise = draw(batch.action.shape, generator, sample)
        actions = torch.cat([batch.action, sample.detach(), batch.action[order] + noise])
        state = batch.state.map(lambda part: part.repeat(3, 1, 1))
        values = self.critic.q(state, actions).view(-1, 3, rows)
        level = values[:, 1:].logsumexp(dim=1) - math.log(2)
        loss = (level - values[:, 0]).mean()
        return loss, {"conservative": loss}


AGENT = CQL
