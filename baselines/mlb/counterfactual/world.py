"""A causal generative model of how users move, as their received powers show it.

Each user is its own sequence: what it is like (the global latent, its context: where it heads and
how fast) is read from its past alone, and what it does next (the local latent) follows from where
it is and from its context. So the model serves any number of users, in any order. The action is no
cause of movement and no input.

The parts are those of the documented framework: a context encoder, a state encoder, a transition
z' = z + w f(z, context), a decoder. Unlike there, the seconds that are predicted lie outside the
window that the context is read from: the model never sees the future that it is asked for.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn

from difsched.config.base import Config, number, whole

#: Range of log variances, as documented.
LOG_VARIANCE = (-10.0, 2.0)
#: Scale of the noise that is added to latents while it learns, as documented.
LATENT_NOISE = 0.05


@dataclass(frozen=True)
class WorldConfig(Config):
    """Sizes, losses and training of the generative model.

    Attributes
    ----------
    history, horizon : int
        Seconds from which a context is read, and that are predicted from there (documented: 20
        and 15).
    latent, hidden : int
        Numbers of a latent, and width of the networks.
    kl, follow, same : float
        Weights of the latents' divergence from N(0, 1), of transitions that miss the encoded next
        state, and of contexts of one user that differ (documented: 0.01, 5 and 5).
    gradient_steps, batch : int
        Steps of training, and sequences in each.
    learning_rate : float
        Adam's.
    """

    history: Annotated[int, whole(2, 1000)] = 20
    horizon: Annotated[int, whole(1, 1000)] = 15
    latent: Annotated[int, whole(1, 256)] = 8
    hidden: Annotated[int, whole(1, 1024)] = 64
    kl: Annotated[float, number(0, 1e3)] = 0.01
    follow: Annotated[float, number(0, 1e3)] = 5.0
    same: Annotated[float, number(0, 1e3)] = 5.0
    gradient_steps: Annotated[int, whole(1, 100_000)] = 400
    batch: Annotated[int, whole(1, 100_000)] = 256
    learning_rate: Annotated[float, number(0, 1, open_low=True)] = 0.003


def _perceptron(inputs: int, outputs: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(),
        nn.Linear(hidden, outputs),
    )  # fmt: skip


class World(nn.Module):
    """The generative model; sequences are (B, T, C), powers of one user each, standardised.

    Parameters
    ----------
    config : WorldConfig
    cells : int
        C.
    generator : torch.Generator
        Of initial weights.
    """

    def __init__(self, config: WorldConfig, cells: int, generator: torch.Generator) -> None:
        super().__init__()
        self.config = config
        latent, hidden = config.latent, config.hidden
        self.past = nn.GRU(cells, hidden, batch_first=True)
        self.context_head = nn.Linear(hidden, 2 * latent)
        self.encoder = _perceptron(cells, 2 * latent, hidden)
        self.transition = _perceptron(2 * latent, 2 * latent, hidden)
        self.decoder = _perceptron(latent, 2 * cells, hidden)
        self.weight = nn.Parameter(torch.tensor(0.1))
        for part in (self.past, self.context_head, self.encoder, self.transition, self.decoder):
            for values in part.parameters():
                bound = 1 / math.sqrt(values.shape[-1] if values.ndim > 1 else hidden)
                nn.init.uniform_(values, -bound, bound, generator=generator)

    def context(self, past: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the global latent (B, Z) of pasts (B, H, C)."""
        return _moments(self.context_head(self.past(past)[1][0]))

    def encode(self, power: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the local latent (..., Z) of powers (..., C)."""
        return _moments(self.encoder(power))

    def move(self, state: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the next local latent (B, Z)."""
        change, log_variance = _moments(self.transition(torch.cat([state, context], dim=-1)))
        return state + self.weight * change, log_variance

    def decode(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the powers (..., C) of local latents (..., Z)."""
        return _moments(self.decoder(state))

    def loss(self, sequence: Tensor, other: Tensor, generator: torch.Generator) -> Tensor:
        """Return what training lowers.

        Minus the log likelihood of the predicted seconds (their mean), the divergence of latents
        from N(0, 1), transitions' distance from the encoded truth, and the distance of two contexts
        of the same user.

        Parameters
        ----------
        sequence : (B, H + K, C) Tensor
            A past, and the seconds to predict.
        other : (B, H, C) Tensor
            Another past of the same users.
        generator : torch.Generator
        """
        config, history = self.config, self.config.history
        past, future = sequence[:, :history], sequence[:, history:]
        of_context, of_state = self.context(past), self.encode(past[:, -1])
        context, state = (sample(*found, generator) for found in (of_context, of_state))
        truth = self.encode(future)[0].detach()
        likelihood = follow = sequence.new_zeros(())
        for second in range(future.shape[1]):
            mean, log_variance = self.move(state, context)
            follow = follow + (mean - truth[:, second]).square().mean()
            state = sample(mean, log_variance, generator)
            state = state + LATENT_NOISE * _noise(state, generator)
            likelihood = likelihood + _log_likelihood(future[:, second], *self.decode(state))
        divergence = _divergence(*of_context) + _divergence(*of_state)
        same = (of_context[0] - self.context(other)[0]).square().mean()
        horizon = future.shape[1]
        return (
            (config.follow * follow - likelihood) / horizon
            + config.kl * divergence
            + config.same * same
        )

    @torch.no_grad()
    def imagine(self, past: Tensor, seconds: int, generator: torch.Generator) -> Tensor:
        """Return futures (B, K, C) of pasts (B, H, C): the context kept, transitions drawn.

        Every imagined state is decoded to its mean and encoded again, as documented.
        """
        context, power, found = self.context(past)[0], past[:, -1], []
        for _ in range(seconds):
            moved = self.move(self.encode(power)[0], context)
            power = self.decode(sample(*moved, generator))[0]
            found.append(power)
        return torch.stack(found, dim=1)


def sample(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """Return a draw of independent Gaussians, differentiable in their moments."""
    return mean + (0.5 * log_variance).exp() * _noise(mean, generator)


def _noise(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator)


def _moments(outputs: Tensor) -> tuple[Tensor, Tensor]:
    mean, log_variance = outputs.chunk(2, dim=-1)
    return mean, log_variance.clamp(*LOG_VARIANCE)


def _log_likelihood(value: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the mean log density of diagonal Gaussians."""
    square = (value - mean).square() / log_variance.exp()
    return -0.5 * (math.log(2 * math.pi) + log_variance + square).mean()


def _divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the mean over rows of KL(N(mean, variance) | N(0, 1)), summed over latents."""
    parts = mean.square() + log_variance.exp() - 1 - log_variance
    return 0.5 * parts.sum(dim=-1).mean()


def fit_world(power: Tensor, config: WorldConfig, generator: torch.Generator) -> World:
    """Return the model of sequences of powers.

    Parameters
    ----------
    power : (S, T, C) Tensor
        S users' seconds, standardised; T >= history + horizon.
    config : WorldConfig
    generator : torch.Generator
        Of weights, minibatches and noise.
    """
    world = World(config, power.shape[-1], generator)
    optimizer = torch.optim.Adam(world.parameters(), lr=config.learning_rate)
    for sequence, other in _minibatches(power, config, generator):
        optimizer.zero_grad(set_to_none=True)
        world.loss(sequence, other, generator).backward()
        nn.utils.clip_grad_norm_(world.parameters(), 1.0)
        optimizer.step()
    return world


def _minibatches(
    power: Tensor, config: WorldConfig, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield windows of random users from random seconds on, and other pasts of the same users."""
    size, length = config.batch, config.history + config.horizon
    for _ in range(config.gradient_steps):
        users = torch.randint(len(power), (size, 1), generator=generator)
        last = power.shape[1]
        starts, others = (
            torch.randint(last - span + 1, (size, 1), generator=generator)
            for span in (length, config.history)
        )
        yield (
            power[users, starts + torch.arange(length)],
            power[users, others + torch.arange(config.history)],
        )
