"""Many copies of a problem as one Gymnasium vector environment, without a loop over them."""

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from difsched.config.base import check_choice
from difsched.errors import InputError
from difsched.utils.seeding import seed_sequence
from difsched.views.copies import STREAM, Copies, FamilyCopies
from difsched.views.registration import select


class VectorView(VectorEnv[NDArray[np.float32], NDArray[np.float32], NDArray[Any]]):
    """Independent copies of `difsched.views.gymnasium_view.GymnasiumView`.

    Observations, rewards and ``info`` are the single environment's, with a row for each copy; one
    copy under the same seed meets the same windows. All copies start and end their episodes
    together; ``info["final_obs"]`` then holds the last observations, a copy an entry. What follows
    is as in Gymnasium's own vector environments:

    =============  =================================================================================
    ``NextStep``   the next step takes no action: it resets all copies, with rewards of 0
    ``SameStep``   the step that ends the episode resets them: it returns the first observation and
                   ``info`` of the next, and ``info["final_info"]`` the old one's ``info``
    ``Disabled``   nothing: ``reset`` must be called before the next step
    =============  =================================================================================

    Parameters
    ----------
    copies : Copies
    autoreset_mode : gymnasium.vector.AutoresetMode or its value
        What follows an episode.

    Raises
    ------
    InputError
        If there is no such mode; in ``step``, if an action is not allowed.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": []}  # noqa: RUF012

    def __init__(
        self, copies: Copies, autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP
    ) -> None:
        values = [mode.value for mode in AutoresetMode]
        given = getattr(autoreset_mode, "value", autoreset_mode)
        self.autoreset_mode = AutoresetMode(check_choice("autoreset_mode", given, values))
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self._copies = copies
        self.config, self.num_envs = copies.config, copies.number
        self.single_observation_space = copies.observation_space
        self.single_action_space = copies.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._ended = False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode in every copy.

        A seed starts the streams anew, without one they go on. All copies share one stream, so a
        list counts as one seed. ``options["reset_mask"]``, by which Gymnasium resets some copies,
        must name all.
        """
        mask = (options or {}).get("reset_mask", True)
        if not np.all(mask):
            raise InputError(
                f"reset_mask = {np.asarray(mask).tolist()}: must be all true, as the copies start "
                "and end their episodes together"
            )
        self._ended = False
        sequence = None
        if isinstance(seed, list):
            sequence = seed_sequence(self.config.randomSeed, STREAM, *map(str, seed))
        elif seed is not None:
            super().reset(seed=seed)
            sequence = seed_sequence(seed, STREAM)
        return self._copies.start(sequence)

    def step(
        self, actions: NDArray[np.float32]
    ) -> tuple[
        NDArray[np.float32],
        NDArray[np.float64],
        NDArray[np.bool_],
        NDArray[np.bool_],
        dict[str, Any],
    ]:
        """Let the coming window pass in every copy; see the class."""
        never = np.zeros(self.num_envs, dtype=bool)
        if self._ended:
            if self.autoreset_mode is AutoresetMode.DISABLED:
                raise InputError("the episode has ended: reset must come before the next step")
            observation, info = self.reset()
            return observation, np.zeros(self.num_envs), never, never.copy(), info
        window = self._copies.step(actions)
        observation, info = window.observation, dict(window.info)
        self._ended = window.truncated
        if window.truncated:
            last = _final("obs", _objects(observation), self.num_envs)
            if self.autoreset_mode is AutoresetMode.SAME_STEP:
                last |= _final("info", info, self.num_envs)
                observation, info = self.reset()
            info |= last
        return observation, window.reward, never, np.full(self.num_envs, window.truncated), info


def _final(name: str, values: Any, copies: int) -> dict[str, Any]:
    """Return the last of every copy's old episode as Gymnasium's wrappers look for it."""
    return {f"final_{name}": values, f"_final_{name}": np.ones(copies, dtype=bool)}


def _objects(observation: NDArray[np.float32]) -> NDArray[Any]:
    """Return an array of the copies' observations, an object each."""
    observations = np.empty(len(observation), dtype=object)
    observations[:] = list(observation)
    return observations


def make_vec(
    family: str,
    num_envs: int = 1,
    config: Any = None,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    **fields: Any,
) -> VectorView:
    """Return copies of a configuration as one vector environment; see `select`."""
    return VectorView(FamilyCopies(select(family, config, **fields), num_envs), autoreset_mode)
