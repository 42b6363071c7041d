"""Many copies of the slice as one Gymnasium vector environment, without a loop over them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.config.base import check_choice, check_int
from difsched.env.slice.environment import (
    STREAM,
    grant,
    reset_info,
    slice_spaces,
    training_traffic,
    user_info,
)
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import seed_sequence


class VectorEnvironment(VectorEnv[NDArray[np.float32], NDArray[np.float32], NDArray[Any]]):
    """``num_envs`` independent copies of :class:`~difsched.env.slice.environment.Environment`.

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
    env_config : mapping
        The fields of :class:`~difsched.config.EnvironmentConfig`.
    traffic_generator : TrafficGenerator, optional
        The trace that users run through; the training trace of ``dataflow`` when left out.
    num_envs : int
        Copies, >= 1.
    outcomes : {"sampled", "expected"}
        Binomial draws, or their means in closed form.
    autoreset_mode : gymnasium.vector.AutoresetMode or its value
        What follows an episode.

    Raises
    ------
    InputError
        If a field is not allowed; in ``step``, if an action is not.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        env_config: Mapping[str, Any],
        traffic_generator: TrafficGenerator | None = None,
        num_envs: int = 1,
        outcomes: str = "sampled",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    ) -> None:
        values = [mode.value for mode in AutoresetMode]
        given = getattr(autoreset_mode, "value", autoreset_mode)
        self.autoreset_mode = AutoresetMode(check_choice("autoreset_mode", given, values))
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.config = EnvironmentConfig.from_dict(env_config)
        self.num_envs = check_int("num_envs", num_envs, 1)
        self.single_observation_space, self.single_action_space = slice_spaces(self.config)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._simulator = Simulator(
            self.config,
            traffic_generator or training_traffic(self.config),
            num_envs,
            outcomes=outcomes,
            seed=seed_sequence(self.config.randomSeed, STREAM),
        )
        self._window = 0
        self._ended = False
        self._over_budget_count = np.zeros(num_envs, dtype=np.int64)

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
        self._window, self._ended = 0, False
        self._over_budget_count[:] = 0
        sequence = None
        if isinstance(seed, list):
            sequence = seed_sequence(self.config.randomSeed, STREAM, *map(str, seed))
        elif seed is not None:
            super().reset(seed=seed)
            sequence = seed_sequence(seed, STREAM)
        info: dict[str, Any] = reset_info(*self._simulator.shape)
        info["over_budget_count"] = self._over_budget_count.copy()
        return self._simulator.reset(sequence).astype(np.float32), info

    def step(
        self, actions: NDArray[np.float32]
    ) -> tuple[
        NDArray[np.float32],
        NDArray[np.float64],
        NDArray[np.bool_],
        NDArray[np.bool_],
        dict[str, Any],
    ]:
        """Grant RBs for the coming window of every copy; see the class."""
        never = np.zeros(self.num_envs, dtype=bool)
        if self._ended:
            if self.autoreset_mode is AutoresetMode.DISABLED:
                raise InputError("the episode has ended: reset must come before the next step")
            observation, info = self.reset()
            return observation, np.zeros(self.num_envs), never, never.copy(), info
        grants, over = grant(actions, self._simulator.shape, self.config.B)
        step = self._simulator.advance(grants)
        self._window += 1
        self._over_budget_count += over
        info = dict(user_info(step, grants, over, self.config.r_bar))
        info["over_budget_count"] = self._over_budget_count.copy()
        observation = step.observation.astype(np.float32)
        ended = self._window >= self.config.LEN_episode
        self._ended = ended
        if ended:
            last = _final("obs", _objects(observation), self.num_envs)
            if self.autoreset_mode is AutoresetMode.SAME_STEP:
                last |= _final("info", dict(info), self.num_envs)
                observation, info = self.reset()
            info |= last
        return observation, step.reward, never, np.full(self.num_envs, ended), info


def _final(name: str, values: Any, copies: int) -> dict[str, Any]:
    """Return the last of every copy's old episode as Gymnasium's wrappers look for it."""
    return {f"final_{name}": values, f"_final_{name}": np.ones(copies, dtype=bool)}


def _objects(observation: NDArray[np.float32]) -> NDArray[Any]:
    """Return an array of the copies' observations, an object each."""
    observations = np.empty(len(observation), dtype=object)
    observations[:] = list(observation)
    return observations
