"""The slice as a Gymnasium environment: one copy, one window a step."""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from difsched.config import EnvironmentConfig
from difsched.env.slice.allocation import project_to_budget, round_to_budget
from difsched.env.slice.simulator import FEATURES, Simulator
from difsched.env.slice.traffic import TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import seed_sequence

#: A user-window meets its QoS when its loss is at most this (haptic teleoperation).
QOS_LOSS = 0.1


def grant(request: ArrayLike, users: int, budget: int) -> tuple[NDArray[np.int64], bool]:
    """Turn a request into whole RBs within the budget.

    A request beyond the budget is projected to it; then whole RBs are given by the largest
    remainders, in all as many as the request holds whole ones: a fraction is never rounded up
    for free.

    Parameters
    ----------
    request : (N,) array_like
        RBs asked for, finite, >= 0.
    users : int
        N.
    budget : int
        B.

    Returns
    -------
    grants : (N,) ndarray of int
    over : bool
        Whether the request was beyond the budget.

    Raises
    ------
    InputError
        If the request has another shape, NaN, infinity or a negative entry.
    """
    values = np.asarray(request, dtype=np.float64)
    if values.shape != (users,):
        raise InputError(f"action has shape {values.shape}: must be ({users},)")
    if not np.isfinite(values).all() or (values < 0).any():
        raise InputError(f"action = {values.tolist()}: must be finite and >= 0 RBs")
    total = values.sum()
    over = bool(total > budget + 1e-6)
    if over:
        values, total = project_to_budget(values, budget), float(budget)
    return round_to_budget(values, np.asarray(int(total + 1e-6))), over


class Environment(gymnasium.Env[NDArray[np.float32], NDArray[np.float32]]):
    """One slice, sampled outcomes, episodes of ``LEN_episode`` windows.

    ==================  ========================================================================
    observation         (N, 4) float32, per user: demand of the coming window (forecast or truth,
                        packets), demand of the last window (packets), channel k (1/RB) and s (RB)
    action              (N,) float32 in [0, B]: RBs a slot asked for; see :func:`grant`
    reward              minus the packet-loss ratio of the window, in [-1, 0]
    terminated          never: an episode is cut off after ``LEN_episode`` windows (truncated)
    info                per user: ``demand``, ``delivered``, ``lost`` (packets), ``grant`` (RBs),
                        ``qos_met`` (loss at most 10 %), ``starved`` (traffic, but fewer than
                        ``r_bar`` RBs); ``over_budget`` and, for the episode,
                        ``over_budget_count``
    ==================  ========================================================================

    Traffic and channel do not depend on the actions: the task is a contextual bandit.

    Parameters
    ----------
    env_config : mapping
        The fields of :class:`~difsched.config.EnvironmentConfig`.
    traffic_generator : TrafficGenerator, optional
        The trace that users run through; the training trace of ``dataflow`` when left out.

    Raises
    ------
    InputError
        If a field is not allowed; in ``step``, if the action is not.
    """

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self, env_config: Mapping[str, Any], traffic_generator: TrafficGenerator | None = None
    ) -> None:
        self.config = EnvironmentConfig.from_dict(env_config)
        config = self.config
        traffic = traffic_generator or TrafficGenerator.from_dataflow(
            config.dataflow,
            split="train",
            window_length=config.LEN_window,
            traces=config.traces,
            seed=config.randomSeed,
        )
        users = config.N_user
        high = np.empty((users, len(FEATURES)), np.float32)
        high[:] = (
            config.LEN_window,
            config.LEN_window,
            max(config.sigmoid_k_list),
            max(config.sigmoid_s_list),
        )
        self.observation_space = spaces.Box(np.zeros_like(high), high, dtype=np.float32)
        self.action_space = spaces.Box(0.0, float(config.B), (users,), np.float32)
        self._simulator = Simulator(
            config,
            traffic,
            1,
            outcomes="sampled",
            seed=seed_sequence(config.randomSeed, "environment"),
        )
        self._window = 0
        self._over_budget_count = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode; a seed starts the streams anew, without one they go on."""
        super().reset(seed=seed)
        self._window = self._over_budget_count = 0
        sequence = None if seed is None else seed_sequence(seed, "environment")
        return self._simulator.reset(sequence)[0].astype(np.float32), {}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Grant RBs for the coming window and let it pass; see the class."""
        grants, over = grant(action, self.config.N_user, self.config.B)
        step = self._simulator.step(grants[None])
        demand, delivered = step.demand[0], step.delivered[0]
        self._window += 1
        self._over_budget_count += over
        info = {
            "demand": demand,
            "delivered": delivered,
            "lost": demand - delivered,
            "grant": grants,
            "qos_met": demand - delivered <= QOS_LOSS * demand,
            "starved": (demand > 0) & (grants < self.config.r_bar),
            "over_budget": over,
            "over_budget_count": self._over_budget_count,
        }
        truncated = self._window >= self.config.LEN_episode
        observation = step.observation[0].astype(np.float32)
        return observation, float(step.reward[0]), False, truncated, info

