"""The slice as Gymnasium environments: one copy or many, one window a step."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import ArrayLike, NDArray

from difsched.config import EnvironmentConfig
from difsched.config.base import check_int
from difsched.env.slice.allocation import (
    project_to_budget,
    round_to_budget,
    sum_resolution,
)
from difsched.env.slice.simulator import Simulator, Step
from difsched.env.slice.traffic.generator import TrafficGenerator, load_traffic
from difsched.env.slice.view import seen_traffic
from difsched.errors import InputError
from difsched.utils.seeding import seed_sequence
from difsched.views.copies import STREAM, Info, Window, spaces
from difsched.views.gymnasium_view import GymnasiumView
from difsched.views.registration import select
from difsched.views.vector_view import VectorView

#: Requests between which sums and quotients are finite.
LEAST_ASKED, MOST_ASKED = 1e-300, 1e300


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
    traffic = load_traffic(
        config.dataflow,
        window_length=config.LEN_window,
        traces=config.traces,
        seed=config.randomSeed,
    )
    return TrafficGenerator(seen_traffic(config, traffic).train)


def user_info(step: Step, grants: NDArray[np.int64], over: NDArray[np.bool_], r_bar: float) -> Info:
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


def reset_info(copies: int, users: int) -> Info:
    """Return what `user_info` would before any window has passed: the same entries, all zero.

    Whoever records ``info`` needs the same entries from ``reset`` and ``step``.
    """
    nothing = np.zeros((copies, users), dtype=np.int64)
    zeros = np.zeros(copies)
    step = Step(zeros, zeros, nothing, nothing, nothing, nothing)
    info = user_info(step, nothing, zeros > 0, 0.0)
    return {name: np.zeros_like(values) for name, values in info.items()}


class SliceCopies:
    """Copies of a slice, whose requests need not spend the budget; see `Copies`.

    Parameters
    ----------
    env_config : mapping
        The fields of :class:`~difsched.config.EnvironmentConfig`.
    traffic_generator : TrafficGenerator or None
        The trace that users run through; None: the training trace of ``dataflow``.
    number : int
        Copies W, >= 1.
    outcomes : {"sampled", "expected"}
        Binomial draws, or their means in closed form.
    """

    def __init__(
        self,
        env_config: Mapping[str, Any],
        traffic_generator: TrafficGenerator | None,
        number: int = 1,
        outcomes: str = "sampled",
    ) -> None:
        self.config = config = EnvironmentConfig.from_dict(env_config)
        self.number = check_int("num_envs", number, 1)
        self.observation_space, self.action_space = spaces(config)
        self._simulator = Simulator(
            config,
            traffic_generator or training_traffic(config),
            number,
            outcomes=outcomes,
            seed=seed_sequence(config.randomSeed, STREAM),
        )
        self._passed = 0
        self._over_budget_count = np.zeros(number, dtype=np.int64)

    def start(self, seed: np.random.SeedSequence | None = None) -> tuple[NDArray[np.float32], Info]:
        """Start an episode; see `Copies.start`."""
        self._passed = 0
        self._over_budget_count[:] = 0
        info = reset_info(*self._simulator.shape)
        info["over_budget_count"] = self._over_budget_count.copy()
        return self._simulator.reset(seed).astype(np.float32), info

    def step(self, action: NDArray[Any]) -> Window:
        """Grant RBs for the coming window and let it pass; see `Copies.step`."""
        grants, over = grant(action, self._simulator.shape, self.config.B)
        step = self._simulator.advance(grants)
        self._passed += 1
        self._over_budget_count += over
        info = user_info(step, grants, over, self.config.r_bar)
        info["over_budget_count"] = self._over_budget_count.copy()
        truncated = self._passed >= self.config.LEN_episode
        return Window(step.observation.astype(np.float32), step.reward, truncated, info)


class Environment(GymnasiumView):
    """One slice, sampled outcomes, episodes of ``LEN_episode`` windows.

    ==================  ========================================================================
    observation         (N, 4 + D + 3 K) float32, D = ``retransmit``, K = ``history``, per user:
                        demand of the coming window (forecast or truth, and all that wait;
                        packets), demand of the last window (packets), channel k (1/RB) and s
                        (RB; the means over the classes without ``channel_information``),
                        packets that wait by age, and of each window of the history grant (RBs),
                        share acknowledged, packets sent
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

    def __init__(
        self, env_config: Mapping[str, Any], traffic_generator: TrafficGenerator | None = None
    ) -> None:
        super().__init__(SliceCopies(env_config, traffic_generator))


class VectorEnvironment(VectorView):
    """``num_envs`` independent copies of :class:`Environment`; see `VectorView`.

    Parameters
    ----------
    env_config, traffic_generator
        As of :class:`Environment`.
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

    def __init__(
        self,
        env_config: Mapping[str, Any],
        traffic_generator: TrafficGenerator | None = None,
        num_envs: int = 1,
        outcomes: str = "sampled",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    ) -> None:
        copies = SliceCopies(env_config, traffic_generator, num_envs, outcomes)
        super().__init__(copies, autoreset_mode)


def slice_fields(config: Any = "default", **fields: Any) -> dict[str, Any]:
    """Return the fields of a configuration with some replaced, what the environments take.

    See `difsched.views.registration.select`.
    """
    chosen: dict[str, Any] = select("slice", config, **fields).to_dict()
    return chosen
