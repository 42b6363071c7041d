"""TD3+BC (Fujimoto and Gu 2021): a deterministic actor between the critic and the data."""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.deterministic import DeterministicActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Critic, Info
from difsched.config.models.td3_bc import TD3BCConfig


class TD3BC(Agent):
    """One action for each observation, moved up the critic and kept near the data's.

    The critic's target is that of all learners here, see `Critic.loss`, in place of the paper's
    smoothed target policy: it counts only where a discount looks ahead.
    """

    config: TD3BCConfig
    critic: Critic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        self.actor = DeterministicActor(self.space, features, network)
        self.critic = Critic(self.config, self.problem, features, network)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the losses of critic and actor together; see `Agent.loss`."""
        assert target.critic is not None
        critic, of_critic = self.critic.loss(batch, target.critic, generator)
        actor, of_actor = self.actor_loss(batch, step, generator)
        return critic + actor, of_critic | of_actor

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return E (pi(s) - a)^2 - lambda E Q(s, pi(s)) (Fujimoto and Gu 2021, eq. 3).

        lambda = alpha / E |Q(s, pi(s))| (their eq. 5, with the mean over the actor's own actions).
        """
        losses, action = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        q_loss, info = self.critic.actor_loss(batch.state, action, step)
        return cloning + self.config.alpha * q_loss, {"cloning": cloning, **info}


AGENT = TD3BC
