"""Q-learning with a Gaussian actor: the unimodal rival of diffusion Q-learning on set networks."""

import torch
from torch import Tensor

from difsched.agents.actors import GaussianActor, MakeNetwork
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Critic, Info
from difsched.config.models.gaussian_set import GaussianSetConfig


class GaussianSet(Agent):
    """Diffusion Q-learning with a Gaussian in place of the diffusion model, all else equal."""

    config: GaussianSetConfig
    critic: Critic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        self.actor = GaussianActor(self.space, features, network)
        self.critic = Critic(self.config, self.problem, features, network)

    @property
    def candidates(self) -> int:
        """Actions sampled for each decision, of which the critic takes the best; 1: no ranking."""
        return self.config.candidates

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the losses of critic and actor together; see `Agent.loss`."""
        assert target.critic is not None
        critic, of_critic = self.critic.loss(batch, target.critic)
        actor, of_actor = self.actor_loss(batch, step, generator)
        return critic + actor, of_critic | of_actor

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return -E log pi(a | s) - eta E Q(s, a') / E |Q(s, a')| with a' ~ pi(. | s).

        The actor's loss of Wang et al. (2023, eq. 3) with a likelihood for the denoising error.
        """
        losses, sample = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        if not self.config.eta:
            return cloning, {"cloning": cloning}
        q_loss, info = self.critic.actor_loss(batch.state, sample, step)
        return cloning + self.config.eta * q_loss, {"cloning": cloning, **info}


AGENT = GaussianSet
