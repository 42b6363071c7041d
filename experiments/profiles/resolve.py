"""The resolved specification of a call: its profile, its traffic and its workspace."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Self

from difsched.config import ConfigManager, EnvironmentConfig, ExperimentConfig
from difsched.family import FAMILIES
from difsched.utils.files import to_json, write_text
from experiments.paths import AGGREGATES, WORK
from experiments.profiles.checks import check_configurations, check_plan
from experiments.profiles.profile import Profile
from experiments.profiles.read import read_profile

DEFAULT_SECONDS = 5.0


@dataclass(frozen=True)
class Spec:
    """What a call computes.

    Attributes
    ----------
    name : str
        Folder name of the workspace: profile and traffic.
    values : dict
        What ``spec.json`` holds: ``profile`` (see `Profile`), ``traces`` (folder or None),
        ``traffic_id`` and, with results of other code, ``kept`` (see :meth:`keeping`).
    sizes : mapping
        Family -> entities of each of the profile's configurations, such as users of a slice.
    """

    name: str
    values: dict[str, Any]
    sizes: Mapping[str, tuple[int, ...]]

    @cached_property
    def profile(self) -> Profile:
        """The profile."""
        return Profile.from_dict(self.values["profile"])

    @property
    def workspace(self) -> Path:
        """Folder of everything that this specification computes."""
        return WORK / self.name

    @property
    def aggregates(self) -> Path:
        """Folder of the CSV files made from the workspace."""
        return AGGREGATES / self.name

    def keeping(self, results: Mapping[str, str]) -> Self:
        """Return the specification that keeps results of other code.

        Parameters
        ----------
        results : mapping
            Job -> digest of the code that made its results; without any nothing changes.
        """
        return replace(self, values=self.values | {"kept": dict(results)}) if results else self

    def expected_seconds(self) -> dict[str, float]:
        """Return rule name -> seconds that one of its jobs is expected to take.

        The profile gives one figure a group, the mean over its configurations; runs with more
        users take longer, about in proportion.
        """
        given = self.profile.expected_seconds
        expected = dict(given)
        for family, sizes in self.sizes.items():
            own = f"dataset_{family}", "dataset"
            expected[dataset_rule(family)] = _first(given, *own)
            for group, size in product(self.profile.part(family).groups, sorted(set(sizes))):
                seconds = _first(given, f"main_{group}_{family}", f"main_{group}")
                mean = sum(sizes) / len(sizes)
                expected[main_rule(group, family, size)] = seconds * size / mean
        return expected

    def write(self, path: Path) -> None:
        """Write ``spec.json`` unless the file already says the same."""
        text = to_json(self.values)
        # As bytes: a damaged file need not be UTF-8.
        if not path.is_file() or path.read_bytes() != text.encode():
            write_text(path, text)


def _first(given: Mapping[str, float], *kinds: str) -> float:
    """Return the seconds of the first of some kinds of job of which a profile has them."""
    return next((given[kind] for kind in kinds if kind in given), DEFAULT_SECONDS)


def main_rule(group: str, family: str, size: int) -> str:
    """Return the name of the rule for a group of methods on configurations of a size."""
    return f"main_{group}_{family}_n{size}"


def dataset_rule(family: str) -> str:
    """Return the name of the rule that collects a family's datasets."""
    return f"dataset_{family}"


def resolve(profile: str, traces: Path | None) -> Spec:
    """Return the specification of a profile and a traffic source.

    Raises
    ------
    InputError
        If the profile's values, or a study's or a configuration's, or the folder's traces are not
        allowed.
    """
    manager = ConfigManager()
    check_configurations(manager)
    settings = read_profile(profile)
    check_plan(profile, settings, manager)
    experiments = [manager.load_experiment_config(index) for index in settings.configs]
    environments = _environments(manager, experiments)
    traffic_id = "builtin" if traces is None else _identify(traces, environments)
    folder = None if traces is None else str(traces)
    values = {"profile": settings.to_dict(), "traces": folder, "traffic_id": traffic_id}
    sizes = {Profile.TOP: tuple(environments[part.env].N_user for part in experiments)}
    for family, part in settings.families.items():
        sizes[family] = tuple(
            map(FAMILIES[family].entities, map(FAMILIES[family].load, part.configs))
        )
    return Spec(f"{profile}-{traffic_id}", values, sizes)


def _environments(
    manager: ConfigManager, experiments: list[ExperimentConfig]
) -> dict[int, EnvironmentConfig]:
    """Return the environments of experiments and their datasets."""
    datasets = [manager.load_dataset_config(experiment.dataset) for experiment in experiments]
    numbers = {part.env for part in experiments} | {part.env for part in datasets}
    return {number: manager.load_env_config(number) for number in sorted(numbers)}


def _identify(traces: Path, environments: dict[int, EnvironmentConfig]) -> str:
    """Return a name for the contents of the trace files, all of them read and checked once."""
    from difsched.env.slice.traffic.generator import load_traffic, trace_digest  # slow to import

    identity = f"traces-{trace_digest(traces)[:8]}"
    flows = {(env.dataflow, env.LEN_window) for env in environments.values()}
    for dataflow, length in sorted(flows):
        load_traffic(dataflow, window_length=length, traces=traces)
    return identity


def digest(*parts: Any) -> str:
    """Return 16 hexadecimal digits that change whenever a part does.

    A part is made of plain values (as JSON has them) and of paths, each of which stands for its
    file's text.
    """
    text = json.dumps(
        parts,
        sort_keys=True,
        allow_nan=False,
        default=lambda path: path.read_text(encoding="utf-8"),
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]
