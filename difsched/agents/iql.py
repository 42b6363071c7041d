"""Implicit Q-learning (Kostrikov et al. 2022)."""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.gaussian import GaussianActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Critic, Info, expectile_loss
from difsched.config.models.iql import IQLConfig

#: Largest weight of a row in advantage-weighted cloning (Kostrikov et al. 2022, appendix).
MOST_WEIGHT = 100.0


class IQL(Agent):
    """Clones the data's actions by a Gaussian, the better ones with more weight; grants its mean.

    No action outside the data is ever asked about.
    """

    config: IQLConfig
    critic: Critic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor, Q functions and V."""
        self.actor = GaussianActor(self.space, features, network)
        self.critic = Critic(self.config, self.problem, features, network, value=True)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the losses of Q, V and the policy together; see `Agent.loss`."""
        assert target.critic is not None
        q_loss, of_q = self.critic_loss(batch)
        v_loss, of_v = self.value_loss(batch, target.critic)
        policy, of_policy = self.actor_loss(batch, generator)
        return q_loss + v_loss + policy, of_q | of_v | of_policy

    def value_loss(self, batch: Batch, target: Critic) -> tuple[Tensor, Info]:
        """Return L_V = E L_2^tau(Q'(s, a) - V(s)) (eq. 5), Q' = min_i Q'_i of the targets.

        L_2^tau(u) = |tau - 1(u < 0)| u^2, tau the ``expectile`` (eq. 4).
        """
        with torch.no_grad():
            q = target.q_parts(batch.state, batch.action).amin(dim=0)
        loss = expectile_loss(q - self.critic.v_parts(batch.state), self.config.expectile)
        return loss, {"value": loss}

    def critic_loss(self, batch: Batch) -> tuple[Tensor, Info]:
        """Return L_Q = E (r + gamma V(s') - Q_i(s, a))^2 (eq. 6), a mean over the Q functions."""
        loss = self.critic.fit_loss(batch, self.critic.goal(batch))
        return loss, {"critic": loss}

    def actor_loss(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Info]:
        """Return L_pi = -E exp(beta A(s, a)) log pi(a | s) (eq. 7).

        A(s, a) = min_i Q_i(s, a) - V(s), of the critic itself where the paper takes its target;
        weights are cut at `MOST_WEIGHT`.
        """
        losses, _ = self.actor.bc_loss(batch.state, batch.action, generator)
        if not self.config.beta:
            cloning = losses.mean()
            return cloning, {"cloning": cloning}
        with torch.no_grad():
            weight = (self.config.beta * self.advantage(batch)).exp().clamp(max=MOST_WEIGHT)
        cloning = (weight * losses).mean()
        return cloning, {"cloning": cloning}

    def advantage(self, batch: Batch) -> Tensor:
        """Return min_i Q_i(s, a) - V(s), (R,)."""
        worst = self.critic.q(batch.state, batch.action).amin(dim=0)
        return worst - self.critic.v(batch.state)


AGENT = IQL
