"""Noise schedules of the diffusion."""

import numpy as np
import torch
from torch import Tensor, nn


class Schedule(nn.Module):
    """A noise schedule of T steps, in the notation of Ho et al. (2020).

    Step t = 1..T stands at index t - 1.

    Attributes
    ----------
    alpha_bar : (T,) Tensor
        Share of the signal's power left after step t, in (0, 1), decreasing.
    posterior_clean, posterior_noisy : (T,) Tensor
        Weights of x_0 and x_t in the mean of q(x_{t-1} | x_t, x_0) (their equation 7).
    posterior_sd : (T,) Tensor
        Standard deviation of q(x_{t-1} | x_t, x_0); 0 at t = 1.
    """

    alpha_bar: Tensor
    posterior_clean: Tensor
    posterior_noisy: Tensor
    posterior_sd: Tensor

    def __init__(self, kind: str, steps: int) -> None:
        super().__init__()
        self.steps = steps
        beta = betas(kind, steps)
        alpha = 1 - beta
        bar = np.cumprod(alpha)
        before = np.concatenate([[1.0], bar[:-1]])
        tables = {
            "alpha_bar": bar,
            "posterior_clean": np.sqrt(before) * beta / (1 - bar),
            "posterior_noisy": np.sqrt(alpha) * (1 - before) / (1 - bar),
            "posterior_sd": np.sqrt(beta * (1 - before) / (1 - bar)),
        }
        for name, values in tables.items():
            tensor = torch.as_tensor(values, dtype=torch.float32)
            # The configuration gives them back: they are not saved with the weights.
            self.register_buffer(name, tensor, persistent=False)

    def posterior_mean(self, index: int, clean: Tensor, noisy: Tensor) -> Tensor:
        """Return the mean of q(x_{t-1} | x_t, x_0) at t = index + 1."""
        return self.posterior_clean[index] * clean + self.posterior_noisy[index] * noisy


#: First and last rate of the variance-preserving SDE behind a schedule.
RATES = {"vp": (0.1, 10.0), "linear": (0.1, 20.0)}


def betas(kind: str, steps: int) -> np.ndarray:
    """Return the noise variances beta_t of a schedule.

    ``vp``: the variance-preserving SDE at T steps with rates from 0.1 to 10 (Xiao et al. 2022, as
    in Wang et al. 2023, appendix B). ``linear``: the same with rates from 0.1 to 20, the limit of
    Ho et al.'s (2020) linear schedule for many steps (Song et al. 2021, appendix C).
    ``cosine``: Nichol and Dhariwal (2021), equation 17, s = 0.008.

    Parameters
    ----------
    kind : {"vp", "linear", "cosine"}
    steps : int
        T, >= 1.

    Returns
    -------
    (T,) ndarray of float, in (0, 1)
    """
    time = np.arange(1, steps + 1)
    if kind in RATES:
        low, high = RATES[kind]
        return 1 - np.exp(-low / steps - 0.5 * (high - low) * (2 * time - 1) / steps**2)
    if kind == "cosine":
        angle = (np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2
        bar = np.cos(angle) ** 2
        return np.minimum(1 - bar[1:] / bar[:-1], 0.999)
    raise ValueError(f"schedule = {kind!r}: must be one of vp, linear, cosine")
