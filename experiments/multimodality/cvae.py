"""A conditional variational auto-encoder as an actor, for the study of multimodality alone."""

import torch
from torch import Tensor, nn

from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.actor import MakeNetwork, draw
from difsched.agents.actors.features import State
from difsched.agents.actors.gaussian import LOG_SD

#: The decoder's first log standard deviation: with a wide decoder, or one whose width depends on
#: the latent, training ends where the latent is not used at all.
FIRST_LOG_WIDTH = -1.0


class CVAEActor(nn.Module):
    """A conditional variational auto-encoder of the action (Sohn et al. 2015).

    One latent number for each user, standard normal a priori; encoder and decoder are Gaussian with
    independent users, the decoder with one learned standard deviation. It has the verbs of
    `difsched.agents.actors.actor.Actor`.

    Parameters
    ----------
    space : ActionSpace
        What actions are admitted.
    features : int
        Features a user.
    network : callable
        Makes the networks of encoder and decoder.
    """

    draws, mode_draws = 2, 0

    def __init__(self, space: ActionSpace, features: int, network: MakeNetwork) -> None:
        super().__init__()
        self.space = space
        self.encoder = network(features + 1, 2)
        self.decoder = network(features + 1, 1)
        self.log_width = nn.Parameter(torch.tensor(FIRST_LOG_WIDTH))

    def bc_loss(
        self, state: State, action: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return minus the evidence's lower bound (Sohn et al. 2015), and a reconstruction.

        A mean over users, less ln(2 pi) / 2. One draw of the latent estimates the reconstruction;
        the divergence from the prior is in closed form (Kingma and Welling 2014, appendix B).
        """
        mean, log_sd = self.encode(state.features, action)
        latent = mean + log_sd.exp() * draw(mean.shape, generator, mean)
        divergence = 0.5 * (mean.square() + (2 * log_sd).exp() - 1) - log_sd
        log_width = self.log_width.clamp(*LOG_SD)
        decoded = self.decode(state.features, latent)
        misfit = 0.5 * ((action - decoded) / log_width.exp()).square() + log_width
        loss = (misfit + divergence).mean(dim=(-2, -1))
        return loss, self.space.admit(decoded, state.observation)

    def encode(self, features: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of the latent given an action, both (R, N, 1)."""
        output = self.encoder(torch.cat([features, action], dim=-1))[0]
        mean, log_sd = output.chunk(2, dim=-1)
        return mean, log_sd.clamp(*LOG_SD)

    def decode(self, features: Tensor, latent: Tensor) -> Tensor:
        """Return the mean action (R, N, 1) of a latent (R, N, 1)."""
        output: Tensor = self.decoder(torch.cat([features, latent], dim=-1))
        return output[0]

    def sample(self, state: State, noise: Tensor) -> Tensor:
        """Return a draw for each row: of the latent, then of the decoder; noise (R, 2, N, 1)."""
        mean = self.decode(state.features, noise[:, 0])
        width = self.log_width.clamp(*LOG_SD).exp()
        return self.space.admit(mean + width * noise[:, 1], state.observation)

    def mode(self, state: State, noise: Tensor) -> Tensor:
        """Return the decoder's mean for the latent's mean."""
        mean = self.decode(state.features, torch.zeros_like(state.features[..., :1]))
        return self.space.admit(mean, state.observation)
