"""Deterministic policy gradient (Silver et al. 2014): the simplest rival of diffusion."""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.deterministic import DeterministicActor
from difsched.agents.critic import Batch, Critic, Info
from difsched.agents.regularised import ActorCritic
from difsched.config.models.det_set import DetSetConfig


class DetSet(ActorCritic):
    """One action for each observation, moved up the critic alone: nothing is cloned."""

    config: DetSetConfig
    actor: DeterministicActor
    critic: Critic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        self.actor = DeterministicActor(self.space, features, network)
        self.critic = Critic(self.config, self.problem, features, network)

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return -E Q(s, pi(s)) / E |Q(s, pi(s))|, whose gradient is Silver et al.'s (2014, eq. 7).

        The scale is Fujimoto and Gu's (2021, eq. 5).
        """
        return self.critic.actor_loss(batch.state, self.actor.action(batch.state), step)


AGENT = DetSet
