"""The allocation problem, many copies of it side by side, one window at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from difsched.errors import InputError

from .actions import check
from .backlog import BacklogScene
from .config import AllocConfig
from .scenes import FaithfulScene, Scene, ShareScene
from .service import combine

Floats = NDArray[np.float64]
Seed = np.random.SeedSequence | np.random.Generator

SCENES: dict[str, type[Scene]] = {
    "faithful": FaithfulScene,
    "leontief": ShareScene,
    "gang": ShareScene,
    "forecast": ShareScene,
    "backlog": BacklogScene,
}


@dataclass(frozen=True)
class Step:
    """What one window did, in W copies.

    Attributes
    ----------
    observation : (W, T, F) ndarray of float
        What is seen before the next window; `columns.columns` names the columns.
    reward : (W,) ndarray of float
        `service.combine` of the mean over tasks of the outcomes.
    outcomes : (W, T, K) ndarray of float
        See `service`.
    metrics : dict of str to (W,) ndarray of float
        ``projected``: 1 where the action was outside of what is allowed; and what the mode's
        scene adds.
    truncated : bool
        Whether the episode is over, which it is for all copies at the same time.
    """

    observation: Floats
    reward: Floats
    outcomes: Floats
    metrics: dict[str, Floats]
    truncated: bool


class Simulator:
    """Steps W independent copies of one allocation problem.

    What is drawn does not depend on what is granted: two policies under the same seed meet the
    same windows. But for ``backlog``, where what is not served waits, every mode is therefore a
    contextual bandit.

    Parameters
    ----------
    config : AllocConfig
    copies : int
        W, >= 1.
    seed : numpy.random.SeedSequence or numpy.random.Generator
        Where all is drawn from; noise on actions on a stream of its own.

    Raises
    ------
    InputError
        If ``copies`` is not a whole number above 0.
    """

    def __init__(self, config: AllocConfig, copies: int, seed: Seed) -> None:
        if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
            raise InputError(f"copies = {copies!r}: must be a whole number, at least 1")
        self.config = config
        self.copies = copies
        self._seed(seed)
        self.reset()

    def reset(self, seed: Seed | None = None) -> Floats:
        """Start new episodes and return their first observation, (W, T, F).

        With a seed the streams start anew from it; without, they go on.
        """
        if seed is not None:
            self._seed(seed)
        self._window = 0
        self.scene.start()
        self.observation = self.scene.observe(0)
        return self.observation

    def step(self, action: Floats) -> Step:
        """Grant resources for the coming window and let it pass.

        Parameters
        ----------
        action : (W, T), (W, T, 1), or (W, T, R) in ``faithful`` mode, ndarray of float
            The share of each task to serve (of the forecast to grant; of the queue to serve), or
            the grants a_ir. What is not allowed is projected, and counted.

        Raises
        ------
        InputError
            If the action has another shape or is not finite, or the episode is over.
        """
        if self._window >= self.config.episode:
            raise InputError(f"episode is over after {self._window} windows: reset first")
        allowed, projected = check(action, self.observation, self.config)
        outcomes, metrics = self.scene.serve(allowed)
        reward = combine(outcomes.mean(axis=1), self.observation, self.config)
        self._window += 1
        self.scene.renew(self._window)
        self.observation = self.scene.observe(self._window)
        metrics = {"projected": projected.astype(np.float64), **metrics}
        over = self._window == self.config.episode
        return Step(self.observation, reward, outcomes, metrics, over)

    def _seed(self, seed: Seed) -> None:
        if isinstance(seed, np.random.Generator):
            seed = np.random.SeedSequence(seed.integers(2**63, size=2).tolist())
        # Children by number, not spawn(): a SeedSequence counts what it has spawned, so the same
        # object would give other streams the second time.
        world, noise = (
            np.random.default_rng(
                np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, child))
            )
            for child in range(2)
        )
        self.scene = SCENES[self.config.mode](self.config, self.copies, world, noise)
