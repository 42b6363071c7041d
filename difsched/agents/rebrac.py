"""ReBRAC (Tarasov et al. 2023): TD3+BC with penalties of their own for actor and critic."""

from functools import partial

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork, draw
from difsched.agents.actors.deterministic import DeterministicActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Critic, Info
from difsched.agents.regularised import ActorCritic
from difsched.config.models.rebrac import ReBRACConfig

#: Standard deviation of the noise in the target's action, and its bound (Fujimoto et al. 2018), in
#: units of the agent.
SMOOTHING, MOST_SMOOTHING = 0.2, 0.5


class ReBRAC(ActorCritic):
    """One action for each observation, moved up a critic with normalised layers.

    Both learn at every step, where the paper's actor waits every second one.
    """

    config: ReBRACConfig
    actor: DeterministicActor
    critic: Critic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make actor and critic."""
        self.actor = DeterministicActor(self.space, features, network)
        normalised = partial(network, activation="normalised_silu")
        self.critic = Critic(self.config, self.problem, features, normalised, value=False)

    def critic_loss(
        self, batch: Batch, target: Agent, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return E (r + gamma (min_j Q'_j(s', a') - beta_2 |a' - d|^2) - Q_i(s, a))^2.

        (Their equation 5.) a' is the target actor's action with clipped noise, admitted, and d what
        the data did next; there is no penalty where they do not say.
        """
        goal = batch.outcomes
        if self.config.discount:
            assert target.critic is not None
            noise = SMOOTHING * draw(batch.action.shape, generator, batch.action)
            noise = noise.clamp(-MOST_SMOOTHING, MOST_SMOOTHING)
            with torch.no_grad():
                action = target.actor.mode(batch.next_state, noise[:, None]) + noise
                action = self.space.admit(action, batch.next_state.observation)
            distance = (action - batch.next_action).square().mean(dim=(-2, -1)).nan_to_num()
            penalty = self.config.discount * self.config.critic_penalty * distance
            goal = target.critic.clipped_goal(batch, action) - penalty.view(-1, 1, 1)
        loss = self.critic.fit_loss(batch, goal)
        return loss, {"critic": loss}

    def actor_loss(
        self, batch: Batch, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return beta_1 E |pi(s) - a|^2 - E Q(s, pi(s)) / E |Q(s, pi(s))| (their eq. 4).

        Distances are means over the numbers of an action.
        """
        losses, action = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        q_loss, info = self.critic.actor_loss(batch.state, action, step)
        return self.config.actor_penalty * cloning + q_loss, {"cloning": cloning, **info}


AGENT = ReBRAC
