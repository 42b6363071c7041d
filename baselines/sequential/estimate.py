"""Estimates that remember: success curves by what became of the last window's packets.

Who does not see the channel can tell it from acknowledgements, and this needs no model of it: the
logged outcomes are counted apart by what the last window was granted and what share of it was
acknowledged, and each bucket has a curve that is only assumed to rise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.slice.bayes import DemandModel
from difsched.baselines.slice.deadlines.rules import RoundRobinPolicy, Rule
from difsched.baselines.slice.estimate import fit_demand, fit_isotonic
from difsched.env.slice.columns import Past, past
from difsched.env.slice.dataset import OfflineDataset
from difsched.policy import Policy
from difsched.typing import Floats, Ints
from difsched.utils.knapsack import allocate

#: Buckets of the last grant, and of the share acknowledged: about equally full in the log.
PARTS = 6


@dataclass(frozen=True)
class MemoryCurves:
    """Success curves by bucket of the last window; where nothing was sent, one of its own.

    Attributes
    ----------
    history : int
        Windows K that an observation shows, >= 1; the last of them is used.
    grants, shares : (PARTS - 1,) ndarray of float
        Edges of the buckets: RBs, and shares acknowledged.
    curves : (PARTS^2 + 1, B + 1) ndarray of float
        Success probability of each bucket with 0..B RBs.
    """

    history: int
    grants: Floats
    shares: Floats
    curves: Floats

    @classmethod
    def fit(cls, data: OfflineDataset, budget: int) -> "MemoryCurves":
        """Count a log's outcomes by bucket and fit a rising curve to each."""
        last = _last(data.observation, data.history)
        told = last[last[..., Past.SENT] > 0]
        inner = np.linspace(0, 1, PARTS + 1)[1:-1]
        grants, shares = (
            np.quantile(told[:, column], inner) for column in (Past.GRANTED, Past.ACKNOWLEDGED)
        )
        empty = cls(data.history, grants, shares, np.empty(0))
        cell = empty.bucket(data.observation) * (budget + 1) + data.allocation
        shape = (PARTS**2 + 1, budget + 1)
        sent, delivered = (
            np.bincount(cell.ravel(), packets.ravel().astype(np.float64), shape[0] * shape[1])
            .astype(np.float64)
            .reshape(shape)
            for packets in (data.sent, data.delivered)
        )
        # A bucket that nobody was in is taken for all of them.
        unseen = ~sent.any(axis=1)
        sent[unseen], delivered[unseen] = sent.sum(axis=0), delivered.sum(axis=0)
        curves = [fit_isotonic(*pair, budget) for pair in zip(sent, delivered, strict=True)]
        return cls(data.history, grants, shares, np.array(curves))

    def bucket(self, observation: NDArray[Any]) -> Ints:
        """Return the bucket (W, N) of each user's last window."""
        granted, share, sent = np.moveaxis(_last(observation, self.history), -1, 0)
        row = np.searchsorted(self.grants, granted, side="right")
        column = np.searchsorted(self.shares, share, side="right")
        return np.where(sent > 0, row * PARTS + column, PARTS**2).astype(np.int64)

    def of(self, observation: NDArray[Any]) -> Floats:
        """Return the curves (W, N, B + 1) of what is seen."""
        curves: Floats = self.curves[self.bucket(observation)]
        return curves


def _last(observation: NDArray[Any], history: int) -> Floats:
    """Return the last window's columns (..., 3) of a history."""
    start = past(history).start
    return observation[..., start : start + len(Past) or None].astype(np.float64)


@dataclass(frozen=True)
class PlugIn:
    """Delivers most of the estimated demand: the window's knapsack; a `Rule`.

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
class MemoryPolicy:
    """A rule told by estimated curves what grants are worth.

    Attributes
    ----------
    rule : Rule
    curves : MemoryCurves
    """

    rule: Rule
    curves: MemoryCurves

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        seen = observation[..., : past(self.curves.history).start]
        return self.rule.decide(seen, self.curves.of(observation))


def _fit(make: Callable[[OfflineDataset, int], Rule]) -> Callable[[Task], Policy]:
    def fit(task: Task) -> Policy:
        config = task.config
        if config.channel_information:
            raise NotServed("channel shown")
        if not config.history:
            raise NotServed("no history")
        data = task.dataset
        curves = MemoryCurves.fit(data, config.B)
        return MemoryPolicy(make(data.remember(0), config.B), curves)

    return fit


SCHEDULERS = [
    Method(
        "estimate_memory",
        "Estimate (memory)",
        _fit(lambda data, budget: PlugIn(fit_demand(data))),
        "offline",
        about="Rising links by what was acknowledged in the last window, then the oracle's solver",
    ),
    Method(
        "estimate_round_robin",
        "Estimate (memory) + round robin",
        _fit(lambda data, budget: RoundRobinPolicy(budget)),
        "offline",
        about="The same links, and turns of D + 1 windows: a fit that knows of deadlines",
    ),
]
