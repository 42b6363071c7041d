"""Observations and denoising steps as a network sees them."""

import math

import torch
from torch import Tensor, nn


class Standardizer(nn.Module):
    """Centres and scales what the scheduler sees, and adds each user's share of the demand.

    Parameters
    ----------
    mean, sd : (F,) Tensor
        Of the observations in the training data; sd > 0. They are saved with the weights.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, mean: Tensor, sd: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("sd", sd)

    @classmethod
    def fit(cls, observation: Tensor) -> "Standardizer":
        """Fit to observations (W, N, F), all users alike; a constant feature gets sd 1."""
        flat = observation.reshape(-1, observation.shape[-1])
        sd = flat.std(dim=0)
        return cls(flat.mean(dim=0), torch.where(sd > 1e-6, sd, torch.ones_like(sd)))

    @property
    def features(self) -> int:
        """Return the number of features that :meth:`forward` gives."""
        return len(self.mean) + 1

    def forward(self, observation: Tensor) -> Tensor:
        """Map observations (W, N, F) to features (W, N, F + 1).

        The last is the user's demand (feature 0) over the mean of all users, minus 1: the weight
        of the user's losses in the reward.
        """
        demand = observation[..., :1]
        relative = demand / demand.mean(dim=-2, keepdim=True).clamp(min=1e-6) - 1
        return torch.cat([(observation - self.mean) / self.sd, relative], dim=-1)


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
