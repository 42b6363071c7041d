"""The network as an ensemble imagines it, where an online learner learns without the real one."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from difsched.baselines.mlb.mopo.ensemble import Ensemble, Prediction
from difsched.data.outcomes import OutcomeDataset
from difsched.family import Step
from difsched.typing import Floats


class ImaginedNetwork:
    """Copies whose episodes begin at logged windows and go on by the ensemble; a `Simulator`.

    Each second of each copy follows one of the elites, drawn anew. The reward is what the elites
    expect less a penalty for what they do not know: standard deviations of their mixture, which Lu
    et al. (2022) found to be the best of the known measures.

    Parameters
    ----------
    ensemble : Ensemble
    data : OutcomeDataset
        Where episodes begin.
    copies : int
        W.
    generator : torch.Generator
        Of beginnings, elites and changes.
    """

    def __init__(
        self, ensemble: Ensemble, data: OutcomeDataset, copies: int, generator: torch.Generator
    ) -> None:
        self.ensemble, self.copies, self.generator = ensemble, copies, generator
        self._logged = torch.as_tensor(data.observation)
        cells = ensemble.cells
        self._range = (self._logged[..., :cells].min(), self._logged[..., :cells].max())
        self.reset()

    def reset(self) -> Floats:
        """Begin at logged windows, drawn anew; return what is seen, (W, N, F)."""
        rows = torch.randint(len(self._logged), (self.copies,), generator=self.generator)
        self._seen, self._second = self._logged[rows], 0
        return self.observe()

    def observe(self) -> Floats:
        """Return what the scheduler sees before the coming second, (W, N, F)."""
        return self._seen.numpy().astype(np.float64)

    @torch.no_grad()
    def step(self, action: NDArray[Any]) -> Step:
        """Imagine a second under actions (W, 1, A); no outcomes by user come of it."""
        found = self.ensemble(self._seen, torch.as_tensor(action, dtype=torch.float32))
        elites, penalty = self.ensemble.elites, self.ensemble.config.penalty
        expected, sd = found.reward[elites], found.reward_sd[elites]
        reward = expected.mean(dim=0) - penalty * mixture_sd(expected, sd)
        self._seen = self._next(found)
        self._second += 1
        over = self._second == self.ensemble.config.horizon
        nothing = np.empty((*self._seen.shape[:2], 0))
        return Step(self.observe(), reward.numpy().astype(np.float64), nothing, {}, over)

    def _next(self, found: Prediction) -> Tensor:
        """Return what is seen next: powers as far as any was logged, and the likeliest cells."""
        draws = torch.randint(len(self.ensemble.elites), (self.copies,), generator=self.generator)
        chosen, rows = self.ensemble.elites[draws], torch.arange(self.copies)
        change, sd = found.change[chosen, rows], found.change_sd[chosen, rows]
        noise = torch.randn(change.shape, generator=self.generator)
        power = self._seen[..., : self.ensemble.cells] + change + sd * noise
        cell = found.cell[chosen, rows].argmax(dim=-1)
        served = torch.nn.functional.one_hot(cell, self.ensemble.cells)
        return torch.cat([power.clamp(*self._range), served.to(power.dtype)], dim=-1)


def mixture_sd(means: Tensor, sds: Tensor) -> Tensor:
    """Return the standard deviation (...) of a mixture of M Gaussians (M, ...), equally likely."""
    spread = means.var(dim=0, unbiased=False) + sds.square().mean(dim=0)
    return spread.sqrt()
