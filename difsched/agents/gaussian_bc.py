"""Behaviour cloning by a Gaussian: maximum likelihood."""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.gaussian import GaussianActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Info
from difsched.config.models.gaussian_bc import GaussianBCConfig


class GaussianBC(Agent):
    """A Gaussian of independent users, fitted to the data's actions; grants its mean."""

    config: GaussianBCConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the actor."""
        self.actor = GaussianActor(self.space, features, network)

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return -E log pi(a | s), a mean over users, less ln(2 pi) / 2."""
        losses, _ = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        return cloning, {"cloning": cloning}


AGENT = GaussianBC
