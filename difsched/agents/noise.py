"""The noise of decisions: a window's own, so that a policy has no memory."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from difsched.utils.seeding import window_seeds


def window_noise(observation: NDArray[Any], shape: tuple[int, ...], key: int) -> Tensor:
    """Return standard normal numbers for each window, given by a key and what is seen of it.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float32
    shape : tuple of int
        Of one window's noise.
    key : int
        Of a policy; another gives other noise.

    Returns
    -------
    (W, *shape) Tensor of float32
    """
    noise = torch.empty(len(observation), *shape)
    if not noise.numel():
        return noise
    generator = torch.Generator()
    seeds = window_seeds(np.ascontiguousarray(observation, dtype=np.float32), key)
    for rows, seed in zip(noise, seeds, strict=True):
        rows.normal_(generator=generator.manual_seed(seed))
    return noise
