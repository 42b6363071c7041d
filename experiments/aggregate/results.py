"""The runs of a profile by method and configuration, and their scores."""

from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from difsched.baselines.registry import METHODS
from difsched.env.slice.family import PACKETS_WAIT
from difsched.evaluation.across import normalised_score
from difsched.evaluation.crossed import leave_one_out
from difsched.evaluation.scoring import NO_SCALE
from difsched.typing import Floats

Rows = list[dict[str, Any]]

#: The oracle with the same information: the best that a method can be scored against.
BEST = {"predicted": "oracle_predicted", "perfect": "oracle"}


@dataclass(frozen=True)
class Trial:
    """All runs of one method on one configuration, in the order of their seeds.

    Attributes
    ----------
    method, config : str, int
        What ran.
    results : list of dict
        A result a run, with the ``retransmit`` of its slice.
    """

    method: str
    config: int
    results: Rows

    @property
    def family(self) -> str:
        """The problem family of the configuration."""
        family: str = self.results[0]["family"]
        return family

    def by_episode(self, name: str = "loss") -> Floats:
        """Return a measure (S, E): one row a seed, one column an episode."""
        return np.array([result[f"{name}_by_episode"] for result in self.results])

    @property
    def seeds(self) -> int:
        """Number of runs S."""
        return len(self.results)

    @property
    def learns(self) -> bool:
        """Whether another seed gives another policy."""
        return METHODS[self.method].training is not None

    @property
    def known(self) -> float:
        """1, or NaN where one run cannot tell how much runs differ: a factor of half widths."""
        return nan if self.learns and self.seeds == 1 else 1.0


@dataclass(frozen=True)
class Scored:
    """Normalised scores of a trial.

    Attributes
    ----------
    scores : (S,) ndarray
        One a seed.
    left_out : (E, S) ndarray
        The same without test episode e, from the losses of all three methods.
    """

    scores: Floats
    left_out: Floats


class Trials:
    """The trials of a profile, by method and configuration, and what they are scored against.

    Parameters
    ----------
    results : list of dict
        The result of every run of a family with its ``method``, ``family``, ``config`` and
        ``seed``, and with the ``retransmit`` of its slice if that is not 0; those with
        ``not_served`` have no figures and are no trials.
    """

    def __init__(self, results: Rows) -> None:
        self._trials: dict[tuple[str, int], Trial] = {}
        for result in results:
            if result.get("not_served") is None:
                key = (result["method"], result["config"])
                self._trials.setdefault(key, Trial(*key, [])).results.append(result)
        self.configs = sorted({config for _, config in self._trials})
        self.methods = [name for name in METHODS if name in {method for method, _ in self._trials}]

    @property
    def family(self) -> str:
        """The problem family of all the runs."""
        return next(iter(self._trials.values())).family

    def on(self, config: int) -> list[Trial]:
        """Return the trials on a configuration in the order of the tables."""
        return [self._trials[m, config] for m in self.methods if (m, config) in self._trials]

    def scored(self, method: str) -> dict[int, Scored]:
        """Return configuration -> scores of a method, where there are any."""
        found = {}
        for config in self.configs:
            scored = self.score(self._trials.get((method, config)))
            if scored is not None:
                found[config] = scored
        return found

    def score(self, trial: Trial | None) -> Scored | None:
        """Return a trial's scores, or None where it has none; see `unscored`."""
        if trial is None or trial.results[0].get("retransmit", 0):
            return None
        references = self._references(trial)
        if len(references) < 2:
            return None
        losses = [trial.by_episode(), *references]
        scores = normalised_score(*(loss.mean(axis=1) for loss in losses))
        left_out = normalised_score(*map(leave_one_out, losses))
        # A scale that hangs on one episode is none.
        if np.isnan(scores).any() or np.isnan(left_out).any():
            return None
        return Scored(scores, left_out)

    def unscored(self, trial: Trial) -> str | None:
        """Return why a trial has no scores, None where it has."""
        if self.score(trial) is not None:
            return None
        if trial.results[0].get("retransmit", 0):
            return PACKETS_WAIT
        if len(self._references(trial)) < 2:
            return "the equal split or the oracle with the same information did not run"
        return NO_SCALE

    def _references(self, trial: Trial) -> list[Floats]:
        """Return the losses (1, E) of score 0 and 100, of those that ran."""
        best = BEST[trial.results[0]["information"]]
        needed = [self._trials.get((name, trial.config)) for name in ("equal", best)]
        return [reference.by_episode() for reference in needed if reference is not None]


def by_family(results: Rows) -> list[Trials]:
    """Return the trials of each problem family, in the order in which the results have them."""
    parts: dict[str, Rows] = {}
    for result in results:
        parts.setdefault(result["family"], []).append(result)
    return [Trials(part) for part in parts.values()]
