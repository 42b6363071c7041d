"""The oracle that knows what its forecasts are worth: least expected loss given what is seen.

Before a window the scheduler sees x_i of each user, its forecast and its demand in the window
before, and not the demands u_i. Grants with success probabilities p_i lose in expectation

    E[sum_i u_i (1 - p_i) / S | x] = sum_i w_i (1 - p_i),   w_i = E[u_i / S | x],   S = sum_j u_j,

where something is offered: the oracle's problem with w_i for the demand. Two approximations make
w_i computable. E[u_i | x_i] = m_i is a rising function of the best linear combination of what is
seen of the user (a single-index model), fitted on the training trace together with the variance
v_i around it. Users run through the trace from independent places, so given x their demands are
independent, and to second order in their errors

    w_i = ((1 + V / M^2) m_i - v_i / M) / M,   M = sum_j m_j,   V = sum_j v_j,

because a user's error also moves S: where two users have the same mean, the surer one counts more.
Of this only the ratios matter. With ``retransmit`` the packets that wait are known: they add to
m_i; that they can be sent once more is left out, as in every oracle here.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.method import Method, Task
from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.baselines.slice.rule import RulePolicy
from difsched.env.slice.columns import WAITING, Column
from difsched.env.slice.traffic.generator import Trace
from difsched.policy import Policy
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate

#: Windows behind each point of the fit, at least.
GROUP_WINDOWS = 100
#: Points at most: logged windows repeat those of a trace, so many tell less than it seems.
MAX_GROUPS = 128


@dataclass(frozen=True)
class DemandModel:
    """Mean and variance of a window's packets given their forecast and the window before.

    Attributes
    ----------
    weights : (3,) ndarray of float
        The index is ``weights @ (1, forecast, previous packets)``, packets.
    index : (K,) ndarray of float
        Points of the fit, rising; linear between them.
    mean : (K,) ndarray of float
        Packets expected there, never falling; beyond both ends it goes on as the index does.
    variance : (K,) ndarray of float
        Mean squared error of the mean there, packets squared; constant beyond both ends.
    """

    weights: Floats
    index: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def fit(cls, trace: Trace) -> Self:
        """Fit on a trace whose forecasts are out of sample."""
        # As in the simulator, the trace is a ring.
        return cls.fit_windows(trace.forecast, np.roll(trace.packets, 1), trace.packets)

    @classmethod
    def fit_windows(
        cls, forecast: NDArray[Any], previous: NDArray[Any], packets: NDArray[Any]
    ) -> Self:
        """Fit on windows (W,): their forecasts, packets of the windows before, and packets.

        Least squares give the index; means of groups of windows with similar index, made monotone
        by isotonic regression, give the mean.
        """
        seen = _inputs(forecast, previous)
        weights = np.linalg.lstsq(seen, packets.astype(np.float64))[0].astype(np.float64)
        index = seen @ weights
        group = _groups(index)
        size = np.bincount(group)
        centre = np.bincount(group, index) / size
        average = np.bincount(group, packets) / size
        from scipy.optimize import isotonic_regression  # slow to import

        mean = isotonic_regression(average, weights=size).x
        error = packets - _follow(index, centre, mean)
        return cls(weights, centre, mean, np.bincount(group, error**2) / size)

    def predict(self, forecast: NDArray[Any], previous: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return mean (>= 0, packets) and variance, each shaped as ``forecast``."""
        index = _inputs(forecast, previous) @ self.weights
        mean = np.maximum(_follow(index, self.index, self.mean), 0.0)
        return mean, np.interp(index, self.index, self.variance)

    def effective_demand(self, observation: NDArray[Any]) -> Floats:
        """Return what to solve for (W, N) given observations (W, N, F) of the simulator."""
        waiting = observation[..., WAITING].sum(axis=-1)
        mean, variance = self.predict(
            observation[..., Column.DEMAND] - waiting, observation[..., Column.PREVIOUS_DEMAND]
        )
        return effective_demand(mean + waiting, variance)


def _inputs(forecast: NDArray[Any], previous: NDArray[Any]) -> Floats:
    return np.stack([np.ones(forecast.shape), forecast, previous], axis=-1)


def _groups(index: Floats) -> NDArray[np.intp]:
    """Return the group of each window: about equally many neighbours in each, ties together."""
    groups = int(np.clip(len(index) // GROUP_WINDOWS, 1, MAX_GROUPS))
    shares = np.linspace(0, 1, groups + 1)[1:-1]
    edges = np.unique(np.quantile(index, shares, method="lower"))
    group: NDArray[np.intp] = np.searchsorted(edges, index, side="right")
    return np.unique(group, return_inverse=True)[1]


def _follow(index: Floats, points: Floats, mean: Floats) -> Floats:
    """Return the mean at an index: the index plus a correction interpolated between points."""
    return index + np.interp(index, points, mean - points)


def effective_demand(mean: Floats, variance: Floats) -> Floats:
    """Return what to solve for instead of the demand, proportional to E[u_i / sum_j u_j].

    Parameters
    ----------
    mean, variance : (W, N) ndarray of float
        Of each user's demand, packets >= 0 and packets squared; users independent.

    Returns
    -------
    (W, N) ndarray of float
        Packets, >= 0: the mean where it is certain, less where it is not.
    """
    total = mean.sum(axis=-1, keepdims=True)
    spread = total**2 + variance.sum(axis=-1, keepdims=True)
    less = variance * total / np.where(spread > 0, spread, 1.0)
    return np.maximum(mean - less, 0.0)


@dataclass(frozen=True)
class PlugIn:
    """Delivers most of the demand that is expected: the window's knapsack; a `Rule`.

    Attributes
    ----------
    demand : DemandModel
        What forecasts are worth.
    """

    demand: DemandModel

    def decide(self, observation: NDArray[Any], curves: Floats) -> Ints:
        """Return grants (W, N); see `Rule.decide`."""
        return allocate(self.demand.effective_demand(observation)[..., None] * curves)


@dataclass(frozen=True)
class BayesPolicy:
    """Solves each window for the effective demand under a demand model.

    Attributes
    ----------
    budget : int
        RBs a slot, spent whole.
    model : DemandModel
        What forecasts are worth.
    """

    budget: int
    model: DemandModel

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return RBs (W, N) for observations (W, N, F) of the simulator; see `Policy.act`."""
        effective = self.model.effective_demand(observation)
        slope, midpoint = observation[..., Column.SLOPE], observation[..., Column.MIDPOINT]
        return maximize_sigmoids(effective, slope, midpoint, self.budget, "dp").allocation


def _bayes(task: Task) -> Policy:
    config, model = task.config, DemandModel.fit(task.traffic.train)
    if config.link_curves is not None:
        return RulePolicy.told(config, PlugIn(model))
    return BayesPolicy(config.B, model)


SCHEDULERS = [
    Method(
        "oracle_bayes",
        "Oracle (Bayes)",
        _bayes,
        "oracles",
        information="predicted",
        about="The least expected loss given what is seen, by a model of demand",
        memory=False,
    )
]
