"""The resolved specification of a call: its profile, its traffic and its workspace."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from difsched.config import ConfigManager, EnvironmentConfig, ExperimentConfig
from difsched.config.base import (
    check_choice,
    check_int,
    check_list,
    check_mapping,
    check_number,
    read_yaml,
)
from difsched.errors import InputError
from difsched.utils.files import to_json, write_text
from experiments.paths import AGGREGATES, WORK
from experiments.progress import DEFAULT_SECONDS
from experiments.studies import chosen
from experiments.targets import SWEEPS

PROFILES = Path(__file__).parent / "profiles"
FIELDS = ("configs", "methods", "sweeps", "studies", "multimodal", "expected_seconds")
JOBS = ("each", "together")


@dataclass(frozen=True)
class Spec:
    """What a call computes.

    Attributes
    ----------
    name : str
        Folder name of the workspace: profile and traffic.
    values : dict
        What ``spec.json`` holds: ``profile`` (the YAML's values), ``traces`` (folder or None),
        ``traffic_id`` and, with results of other code, ``kept`` (see :meth:`keeping`).
    users : tuple of int
        Users in the slice of each of the profile's configurations.
    """

    name: str
    values: dict[str, Any]
    users: tuple[int, ...]

    @property
    def profile(self) -> dict[str, Any]:
        """The values of the profile."""
        profile: dict[str, Any] = self.values["profile"]
        return profile

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
        given: dict[str, float] = self.profile["expected_seconds"]
        mean = sum(self.users) / len(self.users)
        return given | {
            main_rule(group, n): given.get(f"main_{group}", DEFAULT_SECONDS) * n / mean
            for group in self.profile["groups"]
            for n in set(self.users)
        }

    def write(self, path: Path) -> None:
        """Write ``spec.json`` unless the file already says the same."""
        text = to_json(self.values)
        # As bytes: a damaged file need not be UTF-8.
        if not path.is_file() or path.read_bytes() != text.encode():
            write_text(path, text)


def main_rule(group: str, users: int) -> str:
    """Return the name of the rule for a group of methods on slices with so many users."""
    return f"main_{group}_n{users}"


def resolve(profile: str, traces: Path | None) -> Spec:
    """Return the specification of a profile and a traffic source.

    Raises
    ------
    InputError
        If the profile's values or the folder's traces are not allowed.
    """
    settings = read_profile(profile)
    manager = ConfigManager()
    experiments = [manager.load_experiment_config(index) for index in settings["configs"]]
    environments = _environments(manager, experiments)
    traffic_id = "builtin" if traces is None else _identify(traces, environments)
    folder = None if traces is None else str(traces)
    values = {"profile": settings, "traces": folder, "traffic_id": traffic_id}
    users = tuple(environments[experiment.env].N_user for experiment in experiments)
    return Spec(f"{profile}-{traffic_id}", values, users)


def _environments(
    manager: ConfigManager, experiments: list[ExperimentConfig]
) -> dict[int, EnvironmentConfig]:
    """Return the environments of experiments and their datasets; check their agents, too."""
    datasets = [manager.load_dataset_config(experiment.dataset) for experiment in experiments]
    numbers = {part.env for part in experiments} | {part.env for part in datasets}
    environments = {number: manager.load_env_config(number) for number in sorted(numbers)}
    for agent in {index for env in environments.values() for index in env.sub_agents_idx}:
        manager.load_agent_config(agent)
    return environments


def _identify(traces: Path, environments: dict[int, EnvironmentConfig]) -> str:
    """Return a name for the contents of the trace files, all of them read and checked once."""
    from difsched.env.slice.traffic import load_traffic, trace_digest  # slow to import

    identity = f"traces-{trace_digest(traces)[:8]}"
    flows = {(env.dataflow, env.LEN_window) for env in environments.values()}
    for dataflow, length in sorted(flows):
        load_traffic(dataflow, window_length=length, traces=traces)
    return identity


def read_profile(name: str) -> dict[str, Any]:
    """Return the checked values of a profile.

    Raises
    ------
    InputError
        If a section is missing or a value is not allowed; the line names the file.
    """
    path = PROFILES / f"{name}.yaml"
    values = read_yaml(path)
    try:
        _check_profile(values)
        groups, seeds = group_methods(values["methods"])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return {**values, "groups": groups, "seeds": seeds}


def group_methods(options: Any) -> tuple[dict[str, list[str]], dict[str, list[int]]]:
    """Return group -> methods and group -> seeds: a group is one job a configuration.

    Methods that learn nothing share the group ``reference`` and have no seeds. Those that learn
    have a group each, or share the group ``learned``.

    Parameters
    ----------
    options : mapping
        ``seeds``, list of int; ``jobs``, "each" or "together"; ``only``, names, all when left out.

    Raises
    ------
    InputError
        If a value is not allowed.
    """
    from baselines.registry import METHODS, find  # slow to import

    if not isinstance(options, Mapping):
        raise InputError(f"methods = {options!r}: must be a mapping")
    jobs = check_choice("methods.jobs", options.get("jobs"), JOBS)
    seeds = [
        check_int("methods.seeds", s, 0) for s in check_list("methods.seeds", options.get("seeds"))
    ]
    groups: dict[str, list[str]] = {}
    for method in map(find, check_list("methods.only", options.get("only", list(METHODS)))):
        learner = method.name if jobs == "each" else "learned"
        groups.setdefault(learner if method.training else "reference", []).append(method.name)
    return groups, {group: [0] if group == "reference" else seeds for group in groups}


def _check_profile(values: Any) -> None:
    if not isinstance(values, Mapping):
        raise InputError(f"a profile is a mapping of sections: {', '.join(FIELDS)}")
    for name in FIELDS:
        if name not in values:
            raise InputError(f"{name} is missing")
    for config in check_list("configs", values["configs"]):
        check_int("configs", config, 0)
    for name in ("sweeps", "studies", "multimodal", "expected_seconds"):
        if not isinstance(values[name], Mapping):
            raise InputError(f"{name} = {values[name]!r}: must be a mapping")
    for sweep in SWEEPS:
        options = values["sweeps"].get(sweep)
        if not isinstance(options, Mapping):
            raise InputError(f"sweeps.{sweep} = {options!r}: must be a mapping")
        for config in check_list(f"sweeps.{sweep}.configs", options.get("configs")):
            check_choice(f"sweeps.{sweep}.configs", config, values["configs"])
    for study, options in values["studies"].items():
        if not isinstance(options, Mapping):
            raise InputError(f"studies.{study} = {options!r}: must be a mapping")
        chosen(study, options)
        for config in check_list(f"studies.{study}.configs", options.get("configs")):
            check_choice(f"studies.{study}.configs", config, values["configs"])
        for seed in check_list(f"studies.{study}.seeds", options.get("seeds")):
            check_int(f"studies.{study}.seeds", seed, 0)
    for rule, seconds in values["expected_seconds"].items():
        check_number(f"expected_seconds.{rule}", seconds, 0, open_low=True)
    _check_test_windows(values)


def _check_test_windows(values: Mapping[str, Any]) -> None:
    """Check the numbers of common test windows: whole episodes, two or more."""
    from difsched.evaluation.windows import EPISODE_WINDOWS, check_windows  # slow to import

    main = check_mapping("main", values.get("main", {}))
    sections = {"main.evaluation": check_mapping("main.evaluation", main.get("evaluation", {}))}
    sections |= {f"sweeps.{sweep}": values["sweeps"][sweep] for sweep in SWEEPS}
    for name, options in sections.items():
        if "n_windows" in options:
            check_windows(f"{name}.n_windows", options["n_windows"], 2 * EPISODE_WINDOWS)


def digest(*parts: Any) -> str:
    """Return 16 hexadecimal digits that change whenever a part does.

    A part is made of plain values (as JSON has them) and of paths, each of which stands for its
    file's text.
    """
    text = json.dumps(parts, sort_keys=True, default=lambda path: path.read_text(encoding="utf-8"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
