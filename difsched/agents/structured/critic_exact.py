"""Critic and exact solver: the best action under a learned Q is computed, not searched for.

Q is a sum over entities of functions of their own grants, fitted by regression as every critic
here (value decomposition, Sunehag et al. 2018). Its maximum within the budget is a multiple-choice
knapsack, found by dynamic programming (Kellerer, Pferschy and Pisinger 2004, chapter 11). Where
nothing looks ahead this is the direct method of contextual bandits (Dudik et al. 2011, section 2).
"""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.solver import SolverActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Info
from difsched.agents.structured.separable import SeparableCritic
from difsched.config.models.critic_exact import CriticExactConfig


class CriticExact(Agent):
    """A separable critic alone: there is no actor to be trained."""

    config: CriticExactConfig
    critic: SeparableCritic

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the critic, and the solver that decides by it."""
        self.critic = SeparableCritic(self.config, self.problem, features, network)
        self.actor = SolverActor(self.space, self.critic.table)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the critic's loss; see `Critic.loss`."""
        assert target.critic is not None
        return self.critic.loss(batch, target.critic)


AGENT = CriticExact
