"""Prioritised experience replay (Schaul et al. 2016), proportional."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from torch import Tensor

#: Added to every error, so that none is never drawn again.
LEAST_ERROR = 1e-3


class PrioritisedReplay(ReplayBuffer):
    """Draws transitions with a chance that goes with the size of their last error.

    P_i = p_i^alpha / sum p^alpha with p_i = abs(delta_i) + .001; new ones get the largest so far.

    Parameters
    ----------
    *args
        As of the library's buffer.
    exponent : float
        alpha in [0, 1]; 0 draws uniformly.
    **settings
        As of the library's buffer.
    """

    def __init__(self, *args: Any, exponent: float = 0.6, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.exponent = exponent
        self.chances = np.zeros((self.buffer_size, self.n_envs))
        self.highest = 1.0
        self.drawn: tuple[NDArray[np.int64], NDArray[np.int64]]

    def add(self, *args: Any, **settings: Any) -> None:
        """Keep a transition of every copy."""
        self.chances[self.pos] = self.highest
        super().add(*args, **settings)

    def sample(self, batch_size: int, env: Any = None) -> ReplayBufferSamples:
        """Return transitions by their chances, with replacement."""
        sums = np.cumsum(self.chances[: self.size()])
        places = np.searchsorted(sums, np.random.random(batch_size) * sums[-1], side="right")
        places = np.minimum(places, len(sums) - 1)
        self.share = np.diff(sums, prepend=0.0)[places] / sums[-1]
        self.drawn = np.divmod(places, self.n_envs)
        ends = self.dones[self.drawn] * (1 - self.timeouts[self.drawn])
        parts = (
            self.observations[self.drawn],
            self.actions[self.drawn],
            self.next_observations[self.drawn],
            ends[:, None],
            self.rewards[self.drawn][:, None],
        )
        return ReplayBufferSamples(*map(self.to_torch, parts))

    def weights(self, correction: float) -> Tensor:
        """Return importance weights (B, 1) of the last sample: (n P)^-beta over the largest.

        Parameters
        ----------
        correction : float
            beta in [0, 1]; with 1 the bias of the draws is gone.
        """
        weight = (self.size() * self.n_envs * self.share) ** -correction
        return torch.as_tensor(weight / weight.max(), dtype=torch.float32)[:, None]

    def renew(self, errors: Tensor) -> None:
        """Take over the errors (B, 1) of the last sample."""
        chances = (errors.detach().abs().numpy()[:, 0] + LEAST_ERROR) ** self.exponent
        self.chances[self.drawn] = chances
        self.highest = max(self.highest, float(chances.max()))
