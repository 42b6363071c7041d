"""The slice as a Gymnasium environment: one copy, one window a step."""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.allocation import (
    project_to_budget,
    round_to_budget,
    sum_resolution,
)
from difsched.env.slice.columns import CHANNEL, PACKETS, WAITING, Column
from difsched.env.slice.simulator import Simulator, Step
from difsched.env.slice.traffic.generator import TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import seed_sequence

#: Requests between which sums and quotients are finite.
LEAST_ASKED, MOST_ASKED = 1e-300, 1e300
#: Name of the environments' random stream.
STREAM = "environment"


def grant(
    request: ArrayLike, shape: tuple[int, ...], budget: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Turn requests into whole RBs within the budget.

    A request beyond the budget is projected to it; then whole RBs are given by the largest
    remainders, in all as many as the request holds whole ones: a fraction is never rounded up
    for free. Sums are taken at the resolution of the request's type (`sum_resolution`): what is
    the budget, or a whole number, but for rounding error counts as that.

    Parameters
    ----------
    request : (..., N) array_like
        RBs asked for, finite, >= 0.
    shape : tuple of int
        The shape that the request must have.
    budget : int
        B.

    Returns
    -------
    grants : (..., N) ndarray of int
    over : (...) ndarray of bool
        Whether each request was beyond the budget.

    Raises
    ------
    InputError
        If the request has another shape, NaN, infinity or a negative entry.
    """
    try:
        given = np.asarray(request)
        values = given.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"action = {request!r:.60}: must be {shape} numbers") from None
    if values.shape != shape:
        raise InputError(f"action has shape {values.shape}: must be {shape}")
    allowed = (values >= 0) & (values < np.inf)
    if not allowed.all():
        raise InputError(f"action holds {values[~allowed][0]}: must be finite and >= 0 RBs")
    total = np.minimum(values, MOST_ASKED).sum(axis=-1)
    error = total * sum_resolution(given.dtype, shape[-1])
    exact = np.abs(total - budget) <= error
    over = (total > budget) & ~exact
    if np.count_nonzero(exact):
        values = values * np.where(exact, budget / np.maximum(total, LEAST_ASKED), 1.0)[..., None]
    if np.count_nonzero(over):
        values = np.where(over[..., None], project_to_budget(values, budget), values)
    whole = np.where(exact | over, budget, np.floor(total + np.minimum(error, 0.5)))
    return round_to_budget(values, whole.astype(np.int64)), over


def training_traffic(config: EnvironmentConfig) -> TrafficGenerator:
    """Return the training trace of a slice's dataflow."""
    return TrafficGenerator.from_dataflow(
        config.dataflow,
        split="train",
        window_length=config.LEN_window,
        traces=config.traces,
        seed=config.randomSeed,
    )


def slice_spaces(config: EnvironmentConfig) -> tuple[Any, Any]:
    """Return the observation and action spaces of one copy; see :class:`Environment`."""
    users, most = config.N_user, float(config.LEN_window)
    high = np.empty((users, len(Column) + config.retransmit), np.float32)
    high[:, PACKETS] = most * (1 + config.retransmit), most
    high[:, CHANNEL] = max(config.sigmoid_k_list), max(config.sigmoid_s_list)
    high[:, WAITING] = most
    seen = spaces.Box(np.zeros_like(high), high, dtype=np.float32)
    return seen, spaces.Box(0.0, float(config.B), (users,), np.float32)


def user_info(
    step: Step, grants: NDArray[np.int64], over: NDArray[np.bool_], r_bar: float
) -> dict[str, NDArray[Any]]:
    """Return what Gymnasium's ``info`` tells of a window; see :class:`Environment`.

    Every entry has E rows, and the users' entries N columns.
    """
    return {
        "demand": step.demand,
        "delivered": step.delivered,
        "lost": step.lost,
        "pending": step.pending,
        "grant": grants,
        "qos_met": step.qos_met,
        "starved": step.starved(grants, r_bar),
        "over_budget": over,
    }


def reset_info(copies: int, users: int) -> dict[str, NDArray[Any]]:
    """Return what `user_info` would before any window has passed: the same entries, all zero.

    Whoever records ``info`` needs the same entries from ``reset`` and ``step``.
    """
    nothing = np.zeros((copies, users), dtype=np.int64)
    zeros = np.zeros(copies)
    step = Step(zeros, zeros, nothing, nothing, nothing, nothing)
    info = user_info(step, nothing, zeros > 0, 0.0)
    return {name: np.zeros_like(values) for name, values in info.items()}


class Environment(gymnasium.Env[NDArray[np.float32], NDArray[np.float32]]):
    """One slice, sampled outcomes, episodes of ``LEN_episode`` windows.

    ==================  ========================================================================
    observation         (N, 4 + D) float32 with D = ``retransmit``, per user: demand of the coming
                        window (forecast or truth, and all that wait; packets), demand of the last
                        window (packets), channel k (1/RB) and s (RB; the means over the classes
                        without ``channel_information``), packets that wait by age
    action              (N,) float32 in [0, B]: RBs a slot asked for; see :func:`grant`
    reward              minus the packet-loss ratio of the window, in [-1, 0]
    terminated          never: an episode is cut off after ``LEN_episode`` windows (truncated)
    info                per user: ``demand``, ``delivered``, ``lost``, ``pending`` (packets),
                        ``grant`` (RBs), ``qos_met`` (at most 10 % lost of the packets at stake,
                        new and waiting), ``starved`` (packets at stake, but fewer than ``r_bar``
                        RBs); of the slice:
                        ``over_budget`` and, for the episode, ``over_budget_count``; from ``reset``
                        the same entries, all zero
    ==================  ========================================================================

    Traffic and channel do not depend on the actions: with ``retransmit: 0`` the task is a
    contextual bandit, with more a Markov decision process; see
    :class:`~difsched.env.slice.simulator.Simulator`.

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
        traffic = traffic_generator or training_traffic(config)
        self.observation_space, self.action_space = slice_spaces(config)
        self._simulator = Simulator(
            config,
            traffic,
            1,
            outcomes="sampled",
            seed=seed_sequence(config.randomSeed, STREAM),
        )
        self._window = 0
        self._over_budget_count = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode; a seed starts the streams anew, without one they go on."""
        super().reset(seed=seed)
        self._window = self._over_budget_count = 0
        sequence = None if seed is None else seed_sequence(seed, STREAM)
        info: dict[str, Any] = {
            name: values[0] for name, values in reset_info(1, self.config.N_user).items()
        }
        info["over_budget_count"] = 0
        return self._simulator.reset(sequence)[0].astype(np.float32), info

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Grant RBs for the coming window and let it pass; see the class."""
        config = self.config
        grants, over = grant(action, (config.N_user,), config.B)
        step = self._simulator.advance(grants[None])
        self._window += 1
        self._over_budget_count += int(over)
        rows = user_info(step, grants[None], over[None], config.r_bar)
        info = {name: values[0] for name, values in rows.items()}
        info["over_budget_count"] = self._over_budget_count
        truncated = self._window >= config.LEN_episode
        observation = step.observation[0].astype(np.float32)
        return observation, float(step.reward[0]), False, truncated, info


def slice_fields(config: int | str = "default", **fields: Any) -> dict[str, Any]:
    """Return the fields of a configuration with some replaced: what Gymnasium's ids take."""
    return ConfigManager().load_env_config(config).changed(fields).to_dict()
