"""The runs of a family by method and configuration, and their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from difsched.baselines.method import Method
from difsched.baselines.references import no_scale, reference_methods
from difsched.baselines.registry import methods
from difsched.evaluation.across import normalised_score
from difsched.evaluation.crossed import leave_one_out
from difsched.family import References
from difsched.typing import Floats
from experiments.aggregate.results import Result, Run
from experiments.aggregate.rows import ConfigId


@dataclass(frozen=True)
class MethodRuns:
    """All runs of one method on one configuration, in the order of their seeds.

    Attributes
    ----------
    method, family, config : str, str, int or str
        What ran.
    learns : bool
        Whether another seed gives another policy.
    references : References
        What its scores stand on.
    results : dict of str to Result
        One a run, by its id.
    """

    method: str
    family: str
    config: ConfigId
    learns: bool
    references: References
    results: dict[str, Result]

    def by_episode(self, name: str = "loss") -> Floats:
        """Return a measure (S, E): one row a seed, one column an episode."""
        return np.array([result.by_episode[name] for result in self.results.values()])

    @property
    def information(self) -> str | None:
        """What its policies see."""
        return self.any.information

    @property
    def episodes(self) -> int:
        """Number of test episodes E."""
        return len(self.any.by_episode["loss"])

    @property
    def seeds(self) -> int:
        """Number of runs S."""
        return len(self.results)

    @property
    def any(self) -> Result:
        """The result of one of the runs."""
        return next(iter(self.results.values()))

    @property
    def known(self) -> float:
        """1, or NaN where one run cannot tell how much runs differ: a factor of half widths."""
        return nan if self.learns and self.seeds == 1 else 1.0


@dataclass(frozen=True)
class Scored:
    """Normalised scores of all runs of a method on a configuration.

    Attributes
    ----------
    scores : (S,) ndarray
        One a seed.
    left_out : (E, S) ndarray
        The same without test episode e, from the losses of all three methods.
    """

    scores: Floats
    left_out: Floats


class FamilyRuns:
    """The runs of a family, by method and configuration, and what they are scored against.

    Parameters
    ----------
    family : str
        Its name.
    runs : sequence of Run
        Those that are not served have no figures and are left out.

    Attributes
    ----------
    methods : dict of str to Method
        Those that ran, in the order of the tables.
    configs : list
        Those on which one ran, numbers in their order.
    """

    def __init__(self, family: str, runs: Sequence[Run]) -> None:
        self.family = family
        self._known = methods(family)
        self._parts: dict[tuple[str, ConfigId], MethodRuns] = {}
        for run in runs:
            if run.result is not None:
                key = (run.key.method, run.key.config)
                learns = self._known[run.key.method].training is not None
                new = MethodRuns(key[0], family, key[1], learns, run.references, {})
                self._parts.setdefault(key, new).results[run.key.run] = run.result
        ran = {method for method, _ in self._parts}
        self.methods = {name: method for name, method in self._known.items() if name in ran}
        found = {config for _, config in self._parts}
        self.configs = sorted(found, key=lambda config: (len(str(config)), str(config)))

    def on(self, config: ConfigId) -> list[MethodRuns]:
        """Return the runs on a configuration, by method in the order of the tables."""
        return [self._parts[m, config] for m in self.methods if (m, config) in self._parts]

    def every(self) -> list[MethodRuns]:
        """Return all runs, by configuration and method."""
        return [runs for config in self.configs for runs in self.on(config)]

    def scores(self) -> dict[str, float]:
        """Return run -> score, where there is one."""
        return {
            run: float(score)
            for runs in self.every()
            if (scored := self.score(runs)) is not None
            for run, score in zip(runs.results, scored.scores, strict=True)
        }

    def scored(self, method: str) -> dict[ConfigId, Scored]:
        """Return configuration -> scores of a method, where there are any."""
        parts = [self._parts.get((method, config)) for config in self.configs]
        scores = {runs.config: self.score(runs) for runs in parts if runs is not None}
        return {config: scored for config, scored in scores.items() if scored is not None}

    def score(self, runs: MethodRuns) -> Scored | None:
        """Return the scores of a method's runs, or None where it has none; see `unscored`."""
        references = self.references(runs)
        losses = [part.by_episode() for part in (runs, *references) if part is not None]
        if runs.references.none is not None or len(losses) < 3:
            return None
        scores = normalised_score(*(loss.mean(axis=1) for loss in losses))
        left_out = normalised_score(*map(leave_one_out, losses))
        # A scale that hangs on one episode is none.
        if np.isnan(scores).any() or np.isnan(left_out).any():
            return None
        return Scored(scores, left_out)

    def unscored(self, runs: MethodRuns) -> str | None:
        """Return why a method's runs have no scores, None where they have."""
        if self.score(runs) is not None:
            return None
        if runs.references.none is not None:
            return runs.references.none
        references = self._references(runs)
        for one in references:
            if (one.name, runs.config) not in self._parts:
                return f"{one.label} did not run"
        return no_scale(*references)

    def references(self, runs: MethodRuns) -> tuple[MethodRuns | None, MethodRuns | None]:
        """Return the runs that score 0 and 100 where a method's do; None where they did not run."""
        zero, hundred = (self._parts.get((m.name, runs.config)) for m in self._references(runs))
        return zero, hundred

    def _references(self, runs: MethodRuns) -> tuple[Method, Method]:
        """Return the methods of score 0 and 100 of a method's runs."""
        return reference_methods(runs.references, self._known, runs.information)
