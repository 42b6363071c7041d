"""Backlogs planned over many windows: the clairvoyant optimum of an episode, and look-ahead.

Work comes in cohorts: what arrives for a task in one window and has the same last window. With
y_kt of cohort k served in window t,

    max sum_kt w_i y_kt   with  sum_t y_kt <= amount_k  and  sum_kt s_ir y_kt <= v_r for all t, r,

i the task of cohort k. The optimum over all that will arrive bounds every policy, episode by
episode, for none can know more.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from difsched.env.alloc.backlog import BacklogScene
from difsched.env.alloc.columns import read
from difsched.env.alloc.config import AllocConfig
from difsched.env.alloc.draws import STAY, WORK, work_scale
from difsched.env.alloc.simulator import Simulator as Allocation
from difsched.errors import InputError
from difsched.family import Simulator
from difsched.typing import Floats

from .oracle import served_share
from .problem import Problem
from .programme import Rows, maximise

Ints = NDArray[np.int64]

#: By which share of its worth work counts less in each later window of a plan: breaks ties
#: in favour of serving now.
DELAY = 1e-4


@dataclass(frozen=True)
class Cohorts:
    """The structure of a plan: task, first and last window (inclusive) of each of K cohorts."""

    task: Ints
    first: Ints
    last: Ints

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """Return the cohort and the window of every variable."""
        lengths = self.last - self.first + 1
        cohort = np.repeat(np.arange(len(lengths)), lengths)
        start = np.repeat(np.cumsum(lengths) - lengths, lengths)
        return cohort, np.arange(len(cohort)) - start + self.first[cohort]


@cache
def arriving(tasks: int, windows: int, wait: int) -> Cohorts:
    """Return the cohorts of an episode from empty queues: one a task and window, by window."""
    first, task = np.divmod(np.arange(windows * tasks), tasks)
    return Cohorts(task, first, np.minimum(first + wait, windows - 1))


@dataclass(frozen=True)
class Plan:
    """What is served when.

    Attributes
    ----------
    served : (E, H, T) ndarray of float
        Work of each task served in each window; served oldest first it is the plan.
    value : (E,) ndarray of float
        Worth of it all.
    bound : (E,) ndarray of float
        No plan is worth more: the dual's value, valid whatever the solver's prices.
    """

    served: Floats
    value: Floats
    bound: Floats


def schedule(
    cohorts: Cohorts, amount: Floats, worth: Floats, share: Floats, supply: Floats, delay: float = 0
) -> Plan:
    """Return the best plan of E episodes that have the same cohorts.

    Parameters
    ----------
    amount : (E, K) ndarray of float
        Work of each cohort, >= 0.
    worth : (E, T) ndarray of float
        w, of a unit of work.
    share : (E, T, R) ndarray of float
        s, what a unit of work spends of each resource.
    supply : (E, R) ndarray of float
        v of every window.
    delay : float
        Share of its worth by which a unit counts less in each later window; 0 for the optimum.
    """
    cohort, window = cohorts.pairs
    task = cohorts.task[cohort]
    episodes, resources = supply.shape
    windows = int(cohorts.last.max()) + 1
    variables, kinds = np.arange(len(cohort)), np.arange(resources)
    places = (window[:, None] * resources + kinds).ravel()
    rows = Rows(
        np.concatenate([places, windows * resources + cohort]),
        np.concatenate([np.repeat(variables, resources), variables]),
        np.concatenate(
            [share[:, task].reshape(episodes, -1), np.ones((episodes, len(cohort)))], axis=1
        ),
    )
    limit = np.concatenate([np.tile(supply, windows), amount], axis=1)
    gain = worth[:, task]
    point, price = maximise(gain * (1 - delay * window), rows, limit, amount[:, cohort])
    served = np.zeros((windows, worth.shape[1], episodes))
    np.add.at(served, (window, task), point.T)
    bound = _bound(gain, share[:, task], window, cohort, limit, price, resources)
    return Plan(np.moveaxis(served, -1, 0), (gain * point).sum(axis=1), bound)


def _bound(
    gain: Floats,
    usage: Floats,
    window: Ints,
    cohort: Ints,
    limit: Floats,
    price: Floats,
    resources: int,
) -> Floats:
    """Return the dual's value (E,) at the prices of the resources, each cohort's the best."""
    episodes, cohorts = len(gain), int(cohort.max()) + 1
    scarce = price[:, :-cohorts].reshape(episodes, -1, resources)
    profit = gain - (usage * scarce[:, window]).sum(axis=-1)
    best = np.zeros((cohorts, episodes))
    np.maximum.at(best, cohort, profit.T)
    multipliers = np.concatenate([price[:, :-cohorts], best.T], axis=1)
    bound: Floats = (limit * multipliers).sum(axis=1)
    return bound


def hindsight(work: Floats, worth: Floats, share: Floats, supply: Floats, wait: int) -> Plan:
    """Return the best that could have been served, all arrivals known from the start.

    Parameters
    ----------
    work : (E, L, T) ndarray of float
        New work in every window of E episodes.
    worth, share, supply
        As in `schedule`.
    wait : int
        Windows that work can wait.
    """
    episodes, windows, tasks = work.shape
    cohorts = arriving(tasks, windows, wait)
    return schedule(cohorts, work.reshape(episodes, -1), worth, share, supply)


class HindsightPolicy:
    """Serves the best plan of whole episodes, all arrivals known; see `Clairvoyant`.

    Parameters
    ----------
    config : AllocConfig
        Of the ``backlog`` mode.
    """

    def __init__(self, config: AllocConfig) -> None:
        self.config = config
        self.served: Floats = np.empty((0, 0, config.tasks))
        self.window = 0

    def foresee(self, simulator: Simulator) -> None:
        """Plan the episodes of an allocation simulator from empty queues."""
        assert isinstance(simulator, Allocation) and isinstance(simulator.scene, BacklogScene)
        scene, config = simulator.scene, self.config
        work = scene.work[:, : config.episode]
        plan = hindsight(work, scene.worth, scene.share, scene.supply, config.wait)
        self.served, self.window = plan.served, 0

    def act(self, observation: Floats) -> Floats:
        """Return the shares (W, T) of queues that the plan serves in the next window.

        Raises
        ------
        InputError
            If no plan is left.
        """
        if self.window == self.served.shape[1]:
            raise InputError(
                "hindsight has no plan: it decides where evaluation shows it the future"
            )
        served = self.served[: len(observation), self.window]
        self.window += 1
        whole = np.asarray(read(observation, "work", self.config)).sum(axis=-1)
        return served_share(served, whole)


def expected_work(observation: Floats, config: AllocConfig, windows: int) -> Floats:
    """Return the mean of the new work in the coming windows, (W, windows, T).

    Work is on in a window if it arrives in it, and stays on or off with probability .8, so its
    distance from a half shrinks by .6 a window.
    """
    new = np.asarray(read(observation, "work", config))[..., 0]
    scale = work_scale(config, np.asarray(read(observation, "supply", config)))
    ahead = np.arange(1, windows + 1)[:, None]
    on = 0.5 + (np.where(new > 0, 0.5, -0.5)[:, None] * (2 * STAY - 1) ** ahead)
    return on * (sum(WORK) / 2) * scale[:, None, None]


def look_ahead(
    observation: Floats, config: AllocConfig, windows: int = 4, future: Floats | None = None
) -> Floats:
    """Return the shares of queues (W, T) that the best plan of some windows serves in its first.

    Model predictive control: in the next window it is planned anew.

    Parameters
    ----------
    observation : (W, T, F) ndarray of float
        Of the ``backlog`` mode.
    windows : int
        H >= 1, the current one included.
    future : (W, H - 1, T) ndarray of float, optional
        New work that the plan counts on; its mean if left out.

    Raises
    ------
    InputError
        If there is no window to plan.
    """
    if windows < 1:
        raise InputError(f"windows = {windows!r}: must be a whole number, at least 1")
    problem = Problem.of(observation, config)
    queue = np.asarray(read(observation, "work", config))
    share = np.asarray(read(observation, "share", config))
    copies, tasks, ages = queue.shape
    if future is None:
        future = expected_work(observation, config, windows - 1)
    # Queues may wait until they have the age `wait`; the plan ends before some of them must go.
    left = np.tile(np.arange(ages - 1, -1, -1), tasks)
    coming = arriving(tasks, windows - 1, config.wait) if windows > 1 else None
    cohorts = Cohorts(np.repeat(np.arange(tasks), ages), 0 * left, np.minimum(left, windows - 1))
    if coming is not None:
        last = np.minimum(coming.first + config.wait, windows - 2) + 1
        cohorts = Cohorts(
            np.concatenate([cohorts.task, coming.task]),
            np.concatenate([cohorts.first, coming.first + 1]),
            np.concatenate([cohorts.last, last]),
        )
    amount = np.concatenate([queue.reshape(copies, -1), future.reshape(copies, -1)], axis=1)
    # Not from what the queues cost: an empty one has no price, but its task a future.
    cost = np.asarray(read(observation, "cost", config))
    priority = np.asarray(read(observation, "priority", config))
    worth = priority - config.charge * (share @ cost[..., None])[..., 0]
    plan = schedule(cohorts, amount, worth, share, problem.supply, delay=DELAY)
    return served_share(plan.served[:, 0], queue.sum(axis=-1))
