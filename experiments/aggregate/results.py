"""What the folder of a run says of it, read and checked at this one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from difsched.errors import within
from difsched.family import Family, References, family_named
from difsched.typing import Floats
from difsched.utils.files import read_json
from experiments.aggregate.records import mapping, read_record, take
from experiments.aggregate.rows import RunKey

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Setting:
    """What ``config.json`` of a run on a configuration says.

    Attributes
    ----------
    family, config : str, int
        The configuration.
    environment : mapping
        Its fields.
    """

    family: str
    config: int
    environment: Mapping[str, object]

    @property
    def references(self) -> References:
        """What scores stand on there."""
        family = family_named(self.family)
        return family.references(family.parse(self.environment))


@dataclass(frozen=True)
class MethodSetting(Setting):
    """What ``config.json`` of a run of one method says, besides."""

    method: str
    seed: int

    def key(self, folder: Path) -> RunKey:
        """Return what names the run in a folder."""
        return RunKey(folder.name, self.method, self.family, self.config, self.seed)


@dataclass(frozen=True)
class Distribution:
    """A distribution over the test episodes: means, and the standard errors of these."""

    mean: Floats
    error: Floats


@dataclass(frozen=True)
class Result:
    """What a run did on the test episodes.

    Attributes
    ----------
    information : str or None
        What the policy saw, in a family that tells kinds of information apart.
    means : mapping
        The measures of the family: its cost, and the metrics that its configuration has.
    by_episode : mapping of str to (E,) ndarray
        The measures that are kept by episode.
    distributions : mapping
        What has more than one number an episode.
    """

    information: str | None
    means: Mapping[str, float]
    by_episode: Mapping[str, Floats]
    distributions: Mapping[str, Distribution]

    @classmethod
    def of(cls, values: Mapping[str, object], family: Family) -> Self:
        """Return the result of ``result.json``, as `Scores.summary` makes it."""

        def numbers(name: str) -> Floats:
            return np.array(take(values, name, Numbers))

        there = [family.cost, *(metric for metric in family.metrics if metric.name in values)]
        kept = [metric.name for metric in there if metric.by_episode]
        told = {metric.point[0] for metric in there if metric.point}
        told |= {metric.grouped for metric in there if metric.by_group}
        return cls(
            take(values, "information", str | None),
            {metric.name: take(values, metric.name, float) for metric in there},
            {name: numbers(f"{name}_by_episode") for name in kept},
            {name: Distribution(numbers(name), numbers(f"{name}_error")) for name in told},
        )


@dataclass(frozen=True)
class Run:
    """A run of a method on a configuration.

    Attributes
    ----------
    key : RunKey
        What names it.
    references : References
        What its score stands on.
    result : Result or None
        None where the method cannot serve the configuration.
    not_served : str or None
        Why it cannot.
    """

    key: RunKey
    references: References
    result: Result | None
    not_served: str | None = None


@dataclass(frozen=True)
class Point:
    """A point of a learning curve, as in a line of ``metrics.jsonl``.

    Attributes
    ----------
    amount, windows : int
        Length of the training, and windows on which it was scored.
    means : mapping
        Measure -> its mean.
    groups : mapping
        Measure -> its mean (G,) of each group of entities, of those that are told by group.
    """

    amount: int
    windows: int
    means: Mapping[str, float]
    groups: Mapping[str, Numbers]

    @classmethod
    def of(cls, values: Mapping[str, object], family: Family) -> Self:
        """Return the point of a line, with the measures that it has; the cost is always told."""
        cost = {family.cost.name: take(values, family.cost.name, float)}
        told = [metric.name for metric in family.metrics if metric.name in values]
        return cls(
            take(values, "amount", int),
            take(values, "windows", int),
            cost | {name: take(values, name, float) for name in told},
            {
                metric.name: take(values, metric.grouped, Numbers)
                for metric in family.metrics
                if metric.by_group and metric.grouped in values
            },
        )


@dataclass(frozen=True)
class Resources:
    """What the machine spent on a run, as in ``resources.json``."""

    peak_mib: float


@dataclass(frozen=True)
class Host:
    """The machine that a run was made on."""

    cpu: str | None = None
    os: tuple[str, ...] = ()
    python_version: str | None = None


@dataclass(frozen=True)
class Experiment:
    """The code that a run executed: its packages, such as ``numpy==2.4.6``."""

    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """Where, with what and with which loss a run was made, as in ``run.json``."""

    host: Host
    experiment: Experiment = Experiment()
    result: float | None = None


def unit_of(training: str | None) -> str:
    """Return what the training of a method is counted in."""
    return "windows of interaction" if training == "online" else "gradient steps"


def read_run(folder: Path) -> Run:
    """Return the run in a folder.

    Raises
    ------
    InputError
        If something that belongs to it is missing or of another kind; the line names the file.
    """
    path = folder / "config.json"
    config = read_record(MethodSetting, path)
    with within(f"{path}: "):
        family, references = family_named(config.family), config.references
    path = folder / "result.json"
    values = read_json(path)
    with within(f"{path}: "):
        found = mapping(values)
        if "not_served" in found:
            return Run(config.key(folder), references, None, take(found, "not_served", str))
        return Run(config.key(folder), references, Result.of(found, family))
