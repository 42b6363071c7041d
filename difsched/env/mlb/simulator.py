"""The network, many copies of it side by side, one second at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.config.base import check_int
from difsched.errors import InputError
from difsched.family import Step
from difsched.typing import Floats

from .actions import actions
from .config import MlbConfig
from .network import combine, serve
from .radio import Ints, one_hot, rsrp
from .walks import Walks, check_walks, make_walks

Seed = np.random.SeedSequence | np.random.Generator


def feature_names(config: MlbConfig) -> tuple[str, ...]:
    """Return what the scheduler sees of each user, in this order: the observation's columns."""
    cells = range(1, config.cells + 1)
    return (*(f"rsrp_{cell}" for cell in cells), *(f"serving_{cell}" for cell in cells))


def split_observation(observation: NDArray[Any], config: MlbConfig) -> tuple[Floats, Ints]:
    """Return RSRPs (W, N, C), dBm, and serving cells (W, N) of an observation (W, N, 2 C).

    Raises
    ------
    InputError
        If it is no such array, or not finite.
    """
    values, cells = np.asarray(observation, dtype=np.float64), config.cells
    if values.ndim != 3 or values.shape[-1] != 2 * cells or not values.size:
        raise InputError(f"observation has the shape {values.shape}: must be (W, N, {2 * cells})")
    if not np.isfinite(values).all():
        raise InputError("observation: must be finite")
    return values[..., :cells], values[..., cells:].argmax(axis=-1)


class Simulator:
    """Steps W independent copies of one network.

    In each second the scheduler sets the offsets between cells; users attach to the cell of the
    best score, and the cells' loads follow. Users move whatever the scheduler does: what an action
    leaves behind is only who is attached where, which counts within the hysteresis.

    The observation holds for each user the RSRP of every cell (dBm) and which cell serves (one
    column a cell, 0 or 1); `feature_names`.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    copies : int
        W, >= 1. Copy w plays file w, the next episode's copy w file W + w, and so on, round after
        round of the configuration's files.
    seed : numpy.random.SeedSequence or Generator
        Where the errors of the observed RSRPs are drawn from; nothing else is random here.
    walks : Walks, optional
        Movement to play instead of the configuration's files.

    Raises
    ------
    InputError
        If there are no copies, or the walks do not fit the configuration.
    """

    def __init__(
        self,
        config: MlbConfig,
        copies: int,
        seed: Seed,
        walks: Walks | None = None,
    ) -> None:
        self.config, self.actions = config, actions(config)
        self.copies = check_int("copies", copies, 1)
        self.walks = make_walks(config) if walks is None else check_walks(config, walks)
        self._power = rsrp(self.walks.positions, np.array(config.scene.sites, dtype=np.float64))
        self.reset(seed)

    def reset(self, seed: Seed | None = None) -> Floats:
        """Start the next episodes and return their first observation, (W, N, F).

        With a seed the errors are drawn anew from it, and the first files come again.
        """
        if seed is not None:
            self._draw = np.random.default_rng(seed)
            self._played = 0
        self.files = (self._played + np.arange(self.copies)) % len(self._power)
        self._played += self.copies
        self.second = 0
        self.serving = self.walks.home[self.files]
        return self._look()

    def observe(self) -> Floats:
        """Return what the scheduler sees before the coming second, (W, N, F)."""
        return self.observation

    def future(self) -> tuple[Floats, Ints]:
        """Return what is to come of the episodes: for clairvoyants.

        Returns
        -------
        power : (W, T, N, C) ndarray of float
            RSRPs of all seconds that are left, dBm.
        serving : (W, N) ndarray of int
            Cell of each user now.
        """
        return self._power[self.files, self.second : self.config.steps], self.serving

    def step(self, action: NDArray[Any]) -> Step:
        """Set the offsets for a second and let it pass.

        Parameters
        ----------
        action : (W, 1, A) array of float
            Differences of offsets, dB; what is outside the box is projected.

        Returns
        -------
        Step
            Outcomes: see `difsched.env.mlb.network.outcome_names`. Metrics (W,): see
            `difsched.env.mlb.network.serve`.

        Raises
        ------
        InputError
            If the action has another shape or is not finite, or the episode is over.
        """
        if self.second >= self.config.steps:
            raise InputError(f"episode is over after {self.second} seconds: reset first")
        offsets = self.actions.check(action, self.observation)[:, 0]
        self.serving, outcomes, metrics = serve(self.config, self.power, self.serving, offsets)
        reward = combine(self._mean(outcomes), self.observation, self.config)
        self.second += 1
        over = self.second == self.config.steps
        return Step(self._look(), reward, outcomes, metrics, over)

    def _mean(self, outcomes: Floats) -> Floats:
        """Return the mean over users (W, K); as a product it is faster than ``mean``."""
        mean: Floats = np.full(self.config.users, 1 / self.config.users) @ outcomes
        return mean

    def _look(self) -> Floats:
        #: The true RSRPs of the coming second, (W, N, C), dBm.
        self.power = power = self._power[self.files, self.second]
        if self.config.noise:
            power = power + self.config.noise * self._draw.standard_normal(power.shape)
        served = one_hot(self.serving, self.config.cells)
        self.observation = np.concatenate([power, served], axis=-1)
        return self.observation
