"""The allocation problem, many copies of it side by side, one window at a time."""

import numpy as np
from numpy.typing import ArrayLike

from difsched.config.base import check_int
from difsched.errors import InputError
from difsched.family import Step
from difsched.typing import Floats

from .actions import action_set, outside
from .backlog import BacklogScene
from .config import AllocConfig
from .scenes import FaithfulScene, Scene, ShareScene
from .service import combine

Seed = np.random.SeedSequence | np.random.Generator

SCENES: dict[str, type[Scene]] = {
    "faithful": FaithfulScene,
    "leontief": ShareScene,
    "gang": ShareScene,
    "forecast": ShareScene,
    "backlog": BacklogScene,
}


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
        self.copies = check_int("copies", copies, 1)
        self.config = config
        self.actions = action_set(config)
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

    def observe(self) -> Floats:
        """Return what is seen before the coming window, (W, T, F)."""
        return self.observation

    def step(self, action: ArrayLike) -> Step:
        """Grant resources for the coming window and let it pass.

        Parameters
        ----------
        action : (W, T), or (W, T, R) in ``faithful`` mode, array_like of float
            The share of each task to serve (of the forecast to grant; of the queue to serve), or
            the grants a_ir. What is not allowed is projected, and counted: ``projected``, a metric
            beside those of the mode's scene.

        Raises
        ------
        InputError
            If the action has another shape or is not finite, or the episode is over.
        """
        if self._window >= self.config.episode:
            raise InputError(f"episode is over after {self._window} windows: reset first")
        allowed = self.actions.check(action, self.observation)
        outcomes, metrics = self.scene.serve(allowed)
        reward = combine(outcomes.mean(axis=1), self.observation, self.config)
        self._window += 1
        self.scene.renew(self._window)
        self.observation = self.scene.observe(self._window)
        metrics = {"projected": outside(action, allowed), **metrics}
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
