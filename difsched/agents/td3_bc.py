"""TD3+BC (Fujimoto and Gu 2021): a deterministic actor between the critic and the data."""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.deterministic import DeterministicActor
from difsched.agents.critic import Batch, Critic, Info
from difsched.agents.regularised import ActorCritic
from difsched.config.models.td3_bc import TD3BCConfig


class TD3BC(ActorCritic):
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
