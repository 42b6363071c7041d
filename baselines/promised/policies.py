"""Schedulers that keep floors: by virtual queues, by multipliers, and with the future known."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.promised.dual import check_feasible, plan, solve
from difsched.baselines.promised.problem import FloorProblem
from difsched.baselines.slice.bayes import DemandModel
from difsched.baselines.slice.curves import class_of
from difsched.baselines.slice.oracle_policies import oracle_of
from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import DEBT, Column
from difsched.env.slice.debt import PATIENCE, worth
from difsched.env.slice.link.curves import link_curves
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Trace
from difsched.errors import InputError
from difsched.policy import Policy
from difsched.typing import Floats, Ints

#: Training windows for which multipliers are solved, and their relative error.
SAMPLE, ERROR = 96, 1e-3
#: Least and largest step of who collects data, relative to the rule's.
STEPS = (0.2, 5.0)


@dataclass(frozen=True)
class VirtualQueuePolicy:
    """Follows a policy that takes a user's packets for worth more, the more it is owed.

    Drift plus penalty (Neely 2010, section 4.5): each window solves for what it delivers plus, for
    every user, its debt times what it gets, and needs to know nothing of the windows to come.

    Attributes
    ----------
    policy : Policy
        The oracle's solver: packets are weights to it.
    """

    policy: Policy

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N) for observations with debts; see `Policy.act`."""
        return _weighted(self.policy, observation, worth(observation[..., DEBT]))


class Iterates:
    """Virtual queues of various step sizes, one an episode: who collects data under floors.

    Debts are multipliers times a constant, and their course is a dual method's; the step decides
    how fast they follow. Slow ones leave debts, fast ones take turns: many modes, few of them good.

    Parameters
    ----------
    config : EnvironmentConfig
        The slice; it promises a floor.
    generator : numpy.random.Generator
        Where steps are drawn from.

    Raises
    ------
    InputError
        If the slice promises none.
    """

    def __init__(self, config: EnvironmentConfig, generator: np.random.Generator) -> None:
        if config.floor is None:
            raise InputError("behaviour = primal_dual: needs a slice with a floor")
        self.policy, self.generator = oracle_of(config), generator
        self._step: Floats | None = None

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N) for observations with debts; see `Policy.act`."""
        if self._step is None:
            low, high = np.log(STEPS)
            self._step = np.exp(self.generator.uniform(low, high, (len(observation), 1)))
        owed = worth(observation[..., DEBT]) - 1
        return _weighted(self.policy, observation, 1 + self._step * owed)


@dataclass(frozen=True)
class OwedDemand(DemandModel):
    """A model of demand that counts packets by what their users are owed."""

    def effective_demand(self, observation: NDArray[Any]) -> Floats:
        """Return what to solve for (W, N); see `DemandModel.effective_demand`."""
        return super().effective_demand(observation[..., :DEBT]) * worth(observation[..., DEBT])

    @classmethod
    def of(cls, model: DemandModel) -> "OwedDemand":
        """Return a model's own."""
        return cls(model.weights, model.index, model.mean, model.variance)


@dataclass(frozen=True)
class PrimalDualPolicy:
    """Weighs packets by the multipliers of the long run, and corrects them by what is owed.

    The multipliers are those of the Lagrangian's dual on windows of the training trace, users in
    the channel classes that they show where these never change, else in classes drawn at random.

    Attributes
    ----------
    policy : Policy
        The oracle's solver.
    config : EnvironmentConfig
    packets : (M, N) ndarray of float
        Training windows as the scheduler sees them.
    classes : (M, N) ndarray of int
        Random channel classes.
    """

    policy: Policy
    config: EnvironmentConfig
    packets: Floats
    classes: Ints
    _found: dict[bytes, Floats] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls, policy: Policy, config: EnvironmentConfig, trace: Trace, generator: np.random.Generator
    ) -> "PrimalDualPolicy":
        """Return the policy of a slice, its sample drawn from the training trace.

        Raises
        ------
        InputError
            If nobody could keep the floors in these windows.
        """
        shown = trace.forecast if config.information == "predicted" else trace.packets
        shape = SAMPLE, config.N_user
        packets = np.maximum(generator.choice(shown, shape), 0.0).astype(np.float64)
        classes = generator.integers(len(config.sigmoid_k_list), size=shape)
        made = cls(policy, config, packets, classes)
        check_feasible(made.problem(None), "floor")
        return made

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N) for observations with debts; see `Policy.act`."""
        known = np.stack([self.config.sigmoid_k_list, self.config.sigmoid_s_list], axis=-1)
        classes = class_of(observation, known)
        prices = np.stack([self._price(row) for row in classes])
        return _weighted(self.policy, observation, worth(observation[..., DEBT] + prices))

    def problem(self, classes: Ints | None) -> FloorProblem:
        """Return the problem of the sample, users in classes (N,) or, None, in random ones."""
        rows = self.classes if classes is None else np.tile(classes, (len(self.packets), 1))
        return FloorProblem(
            self.packets, link_curves(self.config), rows, np.array(self.config.floors)
        )

    def _price(self, classes: Ints) -> Floats:
        """Return the debt of each user (N,), packets, that stands for its multiplier."""
        static = self.config.channel_stay == 1
        label = classes.tobytes() if static else b""
        if label not in self._found:
            found = solve(self.problem(classes if static else None), tolerance=ERROR)
            kind = np.stack([self.config.floors, classes if static else 0 * classes], axis=-1)
            # Users with the same promise and channel are alike: one price for all of them.
            _, alike = np.unique(kind, axis=0, return_inverse=True)
            mean = np.bincount(alike, found.multipliers) / np.bincount(alike)
            self._found[label] = mean[alike] * self.config.N_user * PATIENCE
        return self._found[label]


class TimeSharingPlan:
    """The optimum of each episode, its demand and channels known: a `Clairvoyant`.

    Parameters
    ----------
    windows : int
        T, of an episode.
    """

    def __init__(self, windows: int) -> None:
        self.windows = windows
        self._grants: list[Ints] = []

    def foresee(self, simulator: Any) -> None:
        """Plan the coming episodes; see `Clairvoyant.foresee`."""
        problems = episodes(simulator.simulator, self.windows)
        grants = np.stack([plan(problem, solve(problem)) for problem in problems])
        self._grants = list(grants.swapaxes(0, 1))

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return the grants (W, N) of the next window."""
        return self._grants.pop(0)[: len(observation)]


class TimeSharingBound:
    """What no scheduler that keeps the floors can beat, episode by episode: a `Bound`.

    Parameters
    ----------
    windows : int
        T, of an episode.
    """

    def __init__(self, windows: int) -> None:
        self.windows = windows

    def losses(self, simulator: Any) -> Floats:
        """Return the least loss (E, T), the same in all windows of an episode; see `Bound`."""
        problems = episodes(simulator.simulator, self.windows)
        least = [problem.loss(solve(problem).bound) for problem in problems]
        return np.repeat(np.array(least)[:, None], self.windows, axis=1)

    def act(self, observation: NDArray[Any]) -> Ints:
        """Raise InputError: a bound decides nothing."""
        raise InputError("floor_bound: no policy, it says what none can do better than")


def episodes(simulator: Simulator, windows: int) -> list[FloorProblem]:
    """Return the problems of the coming episodes of so many windows of a simulator, only read."""
    ahead = deepcopy(simulator)
    nothing = np.zeros(ahead.shape, dtype=np.int64)
    packets, classes = [], []
    for _ in range(windows):
        classes.append(ahead.classes)
        packets.append(ahead.advance(nothing).demand)
    curves, floor = link_curves(simulator.config), np.array(simulator.config.floors)
    demand, label = np.stack(packets, axis=1).astype(np.float64), np.stack(classes, axis=1)
    return [
        FloorProblem(of_one, curves, shown, floor)
        for of_one, shown in zip(demand, label, strict=True)
    ]


def _weighted(policy: Policy, observation: NDArray[Any], weight: Floats) -> Ints:
    seen = np.array(observation[..., :DEBT], dtype=np.float64)
    seen[..., Column.DEMAND] *= weight
    grants: Ints = policy.act(seen)
    return grants
