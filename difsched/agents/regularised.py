"""Actor-critic learning that is held to its data: behaviour-regularised (Wu et al. 2019)."""

import torch
from torch import Tensor

from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Info
from difsched.config.learner import RegularisedConfig


class ActorCritic(Agent):
    """An actor and a critic that learn at every step, each from a loss of its own."""

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the losses of critic and actor together; see `Agent.loss`."""
        if self.critic is None:
            return self.actor_loss(batch, step, generator)
        critic, of_critic = self.critic_loss(batch, target, generator)
        actor, of_actor = self.actor_loss(batch, step, generator)
        return critic + actor, of_critic | of_actor

    def critic_loss(
        self, batch: Batch, target: Agent, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the critic's loss; see `Critic.loss`."""
        assert self.critic is not None and target.critic is not None
        return self.critic.loss(batch, target.critic, generator)

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the actor's loss, and its parts by name."""
        raise NotImplementedError


class Regularised(ActorCritic):
    """An actor that clones the data and climbs the critic: what differs is the kind of actor."""

    config: RegularisedConfig

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return L_c + eta L_q (Wang et al. 2023, eq. 3).

        L_c is the actor's cloning loss, L_q = -E Q(s, a') / E |Q(s, a')| with a' ~ pi(. | s) what
        the actor proposes beside it; see `Actor.bc_loss`.
        """
        losses, proposal = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        if self.critic is None or not self.config.eta:
            return cloning, {"cloning": cloning}
        q_loss, info = self.critic.actor_loss(batch.state, proposal, step)
        return cloning + self.config.eta * q_loss, {"cloning": cloning, **info}
