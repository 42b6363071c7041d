"""Many copies of the slice as one Gymnasium vector environment, without a loop over them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from difsched.config import EnvironmentConfig
from difsched.config.base import check_int
from difsched.env.slice.environment import (
    STREAM,
    grant,
    slice_spaces,
    training_traffic,
    user_info,
)
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import TrafficGenerator
from difsched.utils.seeding import seed_sequence


class VectorEnvironment(VectorEnv[NDArray[np.float32], NDArray[np.float32], NDArray[Any]]):
    """``num_envs`` independent copies of :class:`~difsched.env.slice.environment.Environment`.

    Observations, rewards and ``info`` are the single environment's, with a row for each copy; one
    copy under the same seed meets the same windows. All copies start and end their episodes
    together. They are reset in the step that ends the episode (``AutoresetMode.SAME_STEP``): that
    step returns the first observation of the next episode, ``info["final_obs"]`` the last one of
    the old, a copy an entry, and ``info["final_info"]`` the rest of the old episode's ``info``.

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

    Raises
    ------
    InputError
        If a field is not allowed; in ``step``, if an action is not.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        env_config: Mapping[str, Any],
        traffic_generator: TrafficGenerator | None = None,
        num_envs: int = 1,
        outcomes: str = "sampled",
    ) -> None:
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
        self._over_budget_count = np.zeros(num_envs, dtype=np.int64)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode in every copy.

        A seed starts the streams anew, without one they go on. All copies share one stream, so a
        list counts as one seed.
        """
        self._window = 0
        self._over_budget_count[:] = 0
        sequence = None
        if isinstance(seed, list):
            sequence = seed_sequence(self.config.randomSeed, STREAM, *map(str, seed))
        elif seed is not None:
            super().reset(seed=seed)
            sequence = seed_sequence(seed, STREAM)
        return self._simulator.reset(sequence).astype(np.float32), {}

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
        grants, over = grant(actions, self._simulator.shape, self.config.B)
        step = self._simulator.advance(grants)
        self._window += 1
        self._over_budget_count += over
        info: dict[str, Any] = user_info(step, grants, over, self.config.r_bar)
        info["over_budget_count"] = self._over_budget_count.copy()
        observation = step.observation.astype(np.float32)
        ended = self._window >= self.config.LEN_episode
        if ended:
            info |= _final(observation, info)
            observation, _ = self.reset()
        truncated = np.full(self.num_envs, ended)
        return observation, step.reward, np.zeros_like(truncated), truncated, info


def _final(observation: NDArray[np.float32], info: dict[str, Any]) -> dict[str, Any]:
    """Return what Gymnasium's wrappers look for when every copy has ended its episode."""
    copies = len(observation)
    observations = np.empty(copies, dtype=object)
    observations[:] = list(observation)
    everyone = np.ones(copies, dtype=bool)
    return {
        "final_obs": observations,
        "_final_obs": everyone,
        "final_info": dict(info),
        "_final_info": everyone,
    }
