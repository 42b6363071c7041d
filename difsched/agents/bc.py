"""Behaviour cloning by a diffusion model: the actor of diffusion Q-learning without a critic."""

import torch
from torch import Tensor

from difsched.agents.actors.actor import MakeNetwork
from difsched.agents.actors.diffusion import DiffusionActor
from difsched.agents.agent import Agent
from difsched.agents.critic import Batch, Info
from difsched.config.models.bc import BCConfig


class BC(Agent):
    """Denoises noise to actions like those of the data (Ho et al. 2020); grants one sample."""

    config: BCConfig

    def build(self, features: int, network: MakeNetwork) -> None:
        """Make the denoiser."""
        self.actor = DiffusionActor(
            self.space,
            features,
            network,
            steps=self.config.diffusion_steps,
            schedule=self.config.schedule,
            prediction=self.config.prediction,
        )

    def loss(
        self, batch: Batch, target: Agent, step: int, generator: torch.Generator
    ) -> tuple[Tensor, Info]:
        """Return the denoiser's squared error, E |eps - eps(x_t, s, t)|^2 (Ho et al. 2020, eq. 14).

        ``prediction: action`` compares clean actions instead of noise.
        """
        losses, _ = self.actor.bc_loss(batch.state, batch.action, generator)
        cloning = losses.mean()
        return cloning, {"cloning": cloning}


AGENT = BC
