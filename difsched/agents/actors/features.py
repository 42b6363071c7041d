"""Observations and denoising steps as a network sees them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

#: From observations (..., N, F) to how much of the whole an entity is, (..., N, 1).
Weight = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class State:
    """What R windows show.

    Attributes
    ----------
    observation : (R, N, F) Tensor
        As the simulator shows it: budgets are read from it.
    features : (R, N, F') Tensor
        As the networks see it.
    """

    observation: Tensor
    features: Tensor

    def map(self, change: Callable[[Tensor], Tensor]) -> "State":
        """Return the state with both tensors changed alike, such as some of its rows."""
        return State(change(self.observation), change(self.features))

    @property
    def entities(self) -> int:
        """Number of entities, N."""
        return self.features.shape[-2]

    def __len__(self) -> int:
        return len(self.features)


class Standardizer(nn.Module):
    """Centres and scales what the scheduler sees, and adds each entity's share of the whole.

    Parameters
    ----------
    mean, sd : (F,) Tensor
        Of the observations in the training data; sd > 0. They are saved with the weights.
    weight : callable, optional
        How much of the whole an entity is, such as a user's demand; nothing is added without it.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, mean: Tensor, sd: Tensor, weight: Weight | None = None) -> None:
        super().__init__()
        self.weight = weight
        self.register_buffer("mean", mean)
        self.register_buffer("sd", sd)

    @classmethod
    def fit(cls, observation: Tensor, weight: Weight | None = None) -> "Standardizer":
        """Fit to observations (W, N, F), all entities alike; a constant feature gets sd 1."""
        flat = observation.reshape(-1, observation.shape[-1])
        sd = flat.std(dim=0)
        return cls(flat.mean(dim=0), torch.where(sd > 1e-6, sd, torch.ones_like(sd)), weight)

    @property
    def features(self) -> int:
        """Return the number of features that :meth:`forward` gives."""
        return len(self.mean) + (self.weight is not None)

    def forward(self, observation: Tensor) -> Tensor:
        """Map observations (W, N, F) to features (W, N, F'), F' = F + 1 with a weight.

        The last is the entity's weight over the mean of all, minus 1.
        """
        standard = (observation - self.mean) / self.sd
        if self.weight is None:
            return standard
        weight = self.weight(observation)
        relative = weight / weight.mean(dim=-2, keepdim=True).clamp(min=1e-6) - 1
        return torch.cat([standard, relative], dim=-1)

    def state(self, observation: Tensor) -> State:
        """Return observations (W, N, F) with their features."""
        return State(observation, self(observation))


def step_embedding(steps: int, width: int = 8) -> Tensor:
    """Return sines and cosines that tell denoising steps apart (Vaswani et al. 2017, 3.5).

    Parameters
    ----------
    steps : int
        T, >= 1.
    width : int
        Even, >= 2.

    Returns
    -------
    (T, width) Tensor
    """
    rates = torch.exp(-math.log(10_000.0) * torch.arange(0, width, 2) / width)
    angles = torch.arange(1, steps + 1)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
