"""Diffusion Q-learning (Wang et al. 2023).

``dql_default`` is the published algorithm, ``dql_set`` ours: networks equivariant to the users'
order, a projection to the budget, clean actions predicted instead of noise, credit by user, and the
critic's gradient through whole denoising chains. Each of these is a hyper-parameter of its own.
"""

import torch
from torch import Tensor

from difsched.agents.actors import DiffusionActor, MakeNetwork
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Critic, Info
from difsched.config.models.dql import DQLConfig


class DQL(Agent):
    """A diffusion model of the data's actions that is pulled towards what the critic prefers.

    The critic is that of implicit Q-learning; see `Critic.loss`. A decision samples candidates and
    takes the critic's best.
    """

    config: DQLConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the denoiser, and the critic where it judges or ranks."""
        config = self.config
        self.actor = DiffusionActor(
            self.space,
            features,
            network,
            steps=config.diffusion_steps,
            schedule=config.schedule,
            prediction=config.prediction,
            gradient=config.gradient,
        )
        if config.has_critic:
            self.critic = Critic(config, self.problem, features, network)

    @property
    def candidates(self) -> int:
        """Actions sampled for each decision, of which the critic takes the best; 1: no ranking."""
        return self.config.candidates

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the losses of critic and actor together; see `Agent.loss`."""
        if self.critic is None:
            return self.actor_loss(batch, step, generator)
        assert target.critic is not None
        critic, of_critic = self.critic.loss(batch, target.critic)
        actor, of_actor = self.actor_loss(batch, step, generator)
        return critic + actor, of_critic | of_actor

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return L_d + eta L_q (Wang et al. 2023, eq. 3).

        L_d is the denoiser's squared error, L_q = -E Q(s, a_0) / E |Q(s, a_0)|, where a_0 ~ pi is
        what the actor proposes: the end of a denoising chain, or of one step (Kang et al. 2023,
        eq. 9), as ``gradient`` says.
        """
        losses, proposal = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        if self.critic is None or not self.config.eta:
            return cloning, {"cloning": cloning}
        q_loss, info = self.critic.actor_loss(batch.state, proposal, step)
        return cloning + self.config.eta * q_loss, {"cloning": cloning, **info}


AGENT = DQL
