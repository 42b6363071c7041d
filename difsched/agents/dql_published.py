"""Diffusion Q-learning as published (Wang, Hunt and Zhou 2023), with its own critic.

``dql`` has an implicit critic and moving averages in its place; this is what both are held against.
What the family admits is made of an action at the end, as for ``dql``.
"""

import copy
from functools import partial

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork, draw_noise
from difsched.agents.actors.diffusion import DiffusionActor
from difsched.agents.agent import Agent, approach
from difsched.agents.critic import Batch, Critic, Info
from difsched.agents.regularised import ActorCritic
from difsched.config.models.dql_published import DQLPublishedConfig


class DQLPublished(ActorCritic):
    """A diffusion policy that clones the data and climbs a critic of its own actions.

    Two Q functions with Mish layers take turns at moving the policy, where the paper's code tosses
    a coin. A decision is drawn among samples of the policy itself by the softmax of the target
    critic.
    """

    config: DQLPublishedConfig
    actor: DiffusionActor
    critic: Critic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the denoiser and the critic."""
        config, mish = self.config, partial(network, activation="mish")
        self.actor = DiffusionActor(
            self.space,
            features,
            mish,
            steps=config.diffusion_steps,
            schedule=config.schedule,
            prediction=config.prediction,
            gradient="chain",
        )
        self.critic = Critic(config, self.problem, features, mish, value=False)

    def critic_loss(
        self, batch: Batch, target: Agent, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return E (r + gamma min_j Q'_j(s', a') - Q_i(s, a))^2, a' of the target policy (eq. 4).

        The chain that makes a' has no gradient. Without a discount nobody asks for it.
        """
        goal = batch.outcomes
        if self.config.discount:
            assert target.critic is not None
            noise = draw_noise(self.actor.draws, batch.action.shape, generator, batch.action)
            with torch.no_grad():
                action = target.actor.sample(batch.next_state, noise)
            goal = target.critic.clipped_goal(batch, action)
        loss = self.critic.fit_loss(batch, goal)
        return loss, {"critic": loss}

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return L_d - eta E Q_i(s, a_0) / E |Q_j(s, a_0)|, j the other one (eq. 3).

        a_0 is the end of a whole denoising chain, through which the gradient runs.
        """
        losses, action = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        q_loss, info = self.critic.actor_loss(batch.state, action, step, scale=1)
        return cloning + self.config.eta * q_loss, {"cloning": cloning, **info}

    def follow(self, leader: Agent, step: int) -> None:
        """Move the targets: the critic at every step, the policy late and seldom."""
        assert leader.critic is not None and isinstance(leader.actor, DiffusionActor)
        config = self.config
        approach(self.critic, leader.critic, config.target_rate)
        if step >= config.average_from and step % config.average_every == 0:
            approach(self.actor, leader.actor, config.target_rate)

    def decider(self, average: Agent) -> Agent:
        """Return the policy itself with the target critic."""
        chosen = copy.copy(average)
        chosen._modules = {**average._modules, "actor": self.actor}
        return chosen


AGENT = DQLPublished
