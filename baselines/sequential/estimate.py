"""Estimates that remember: success curves by what became of the last window's packets.

Who does not see the channel can tell it from acknowledgements, and this needs no model of it: the
logged outcomes are counted apart by what the last window was granted and what share of it was
acknowledged, and each bucket has a curve that is only assumed to rise.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.baselines.method import Method, Task
from difsched.baselines.sequential.deadlines import needs_memory, needs_waiting
from difsched.baselines.slice.bayes import PlugIn
from difsched.baselines.slice.curves import Curves
from difsched.baselines.slice.deadlines.rules import RoundRobinRule
from difsched.baselines.slice.estimate import fit_demand, fit_isotonic, isotonic_curves
from difsched.baselines.slice.rule import RulePolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import Past, past
from difsched.env.slice.dataset import OfflineDataset
from difsched.policy import Policy
from difsched.typing import Floats, Ints

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


def _curves(data: OfflineDataset, config: EnvironmentConfig) -> Curves:
    """Return what a log tells of the link: by memory where it is hidden, else by what is shown."""
    if config.history and not config.channel_information:
        return MemoryCurves.fit(data, config.B)
    return isotonic_curves(data.remember(0), config.B)


def _fit_memory(task: Task) -> Policy:
    needs_memory(task)
    data, config = task.dataset, task.config
    rule = PlugIn(fit_demand(data.remember(0)))
    return RulePolicy(rule, _curves(data, config), config.history)


def _fit_turns(task: Task) -> Policy:
    needs_waiting(task)
    config = task.config
    return RulePolicy(RoundRobinRule(), _curves(task.dataset, config), config.history)


SCHEDULERS = [
    Method(
        "estimate_memory",
        "Estimate (memory)",
        _fit_memory,
        "models",
        about="Rising links by what was acknowledged in the last window, then the oracle's solver",
    ),
    Method(
        "estimate_round_robin",
        "Estimate + round robin",
        _fit_turns,
        "models",
        about="Rising links, by memory where channels hide, in turns of D + 1 windows",
    ),
]
