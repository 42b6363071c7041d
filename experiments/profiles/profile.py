"""A profile: how much of the suite a call computes, checked section by section.

Whether its values and those of the studies fit the configurations is for
`experiments.profiles.checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from difsched.config.base import (
    Config,
    build,
    check_choice,
    check_distinct,
    check_int,
    check_mapping,
    check_names,
    check_number,
    check_text,
    read_yaml,
)
from difsched.errors import within
from difsched.evaluation.windows import EPISODE_WINDOWS, check_windows
from experiments.paths import PROFILES
from experiments.products import PRODUCTS, SWEEPS
from experiments.runs.machine import Needs
from experiments.studies import STUDIES

JOBS = ("each", "together")

check_index = partial(check_int, low=0)


def _check_windows(value: int) -> None:
    check_windows("n_windows", value, 2 * EPISODE_WINDOWS)


def check_method(name: str, value: Any) -> str:
    """Return ``value`` if it is the name of a method of the registry."""
    from difsched.baselines.registry import METHODS  # slow to import

    return str(check_choice(name, value, METHODS))


def check_untaught(name: str, value: Any) -> str:
    """Return ``value`` if it is the name of a method that needs neither data nor training."""
    from difsched.baselines.registry import METHODS  # slow to import

    untaught = [method.name for method in METHODS.values() if not method.learns]
    return str(check_choice(name, value, untaught))


@dataclass(frozen=True)
class Methods(Config):
    """Who is scored: ``only`` these methods or all, with which seeds, in how many jobs."""

    seeds: list[int]
    jobs: str
    only: list[str] | None = None

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_distinct("seeds", self.seeds, check_index)
        check_choice("jobs", self.jobs, JOBS)
        if self.only is not None:
            check_distinct("only", self.only, check_method)


@dataclass(frozen=True)
class Evaluation(Config):
    """Common test windows of a configuration."""

    n_windows: int

    def __post_init__(self) -> None:
        """Check the field; raise InputError if it is not allowed."""
        _check_windows(self.n_windows)


@dataclass(frozen=True)
class Budgets(Config):
    """The sweep ``budget``: methods on configurations with budgets of ``rbs_per_user`` times N."""

    configs: list[int]
    methods: list[str]
    rbs_per_user: list[float]
    n_windows: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_distinct("configs", self.configs, check_index)
        check_distinct("methods", self.methods, check_untaught)
        check_distinct("rbs_per_user", self.rbs_per_user, _check_positive)
        _check_windows(self.n_windows)


@dataclass(frozen=True)
class Scaling(Config):
    """The sweep ``scaling``: methods on configurations with other numbers of ``users``."""

    configs: list[int]
    methods: list[str]
    users: list[int]
    n_windows: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_distinct("configs", self.configs, check_index)
        check_distinct("methods", self.methods, check_untaught)
        check_distinct("users", self.users, partial(check_int, low=1))
        _check_windows(self.n_windows)


@dataclass(frozen=True)
class Study(Config):
    """Which variants of a study, ``only`` these or all, on which configurations and seeds."""

    configs: list[int]
    seeds: list[int]
    only: list[str] | None = None

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_distinct("configs", self.configs, check_index)
        check_distinct("seeds", self.seeds, check_index)
        if self.only is not None:
            check_distinct("only", self.only, check_text)


@dataclass(frozen=True)
class Cloning(Config):
    """Training of a clone; its data hold 10,000 actions."""

    gradient_steps: int
    batch_size: int

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_int("gradient_steps", self.gradient_steps, 1, 1_000_000_000)
        check_int("batch_size", self.batch_size, 1, 10_000)


@dataclass(frozen=True)
class Ties(Cloning):
    """Training of the clones on near-tied windows of some configurations."""

    configs: list[int]

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_distinct("configs", self.configs, check_index)


@dataclass(frozen=True)
class Multimodal(Config):
    """Cloning of data with several modes (F3)."""

    seeds: list[int]
    mixtures: Mapping[str, Any]
    ties: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        check_distinct("seeds", self.seeds, check_index)
        build(Cloning, "mixtures", self.mixtures)
        build(Ties, "ties", self.ties)


KINDS: dict[str, type[Config]] = {"budget": Budgets, "scaling": Scaling}


@dataclass(frozen=True)
class Profile(Config):
    """The sections of a profile's YAML; the packaged ones explain them."""

    configs: list[int]
    methods: Mapping[str, Any]
    main: Mapping[str, Any]
    sweeps: Mapping[str, Any]
    studies: Mapping[str, Any]
    multimodal: Mapping[str, Any]
    expected_seconds: Mapping[str, float]
    note: str = ""
    datasets: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every section; raise InputError at the first field that is not allowed."""
        check_text("note", self.note)
        check_distinct("configs", self.configs, check_index)
        build(Methods, "methods", self.methods)
        check_mapping("main", self.main)
        build(Evaluation, "main.evaluation", self.main.get("evaluation"))
        check_mapping("sweeps", self.sweeps)
        with within("sweeps."):
            check_names("the sweeps", self.sweeps, SWEEPS, SWEEPS)
        for name, options in self.sweeps.items():
            build(KINDS[name], f"sweeps.{name}", options)
            self._check_configs(f"sweeps.{name}", options)
        check_mapping("studies", self.studies)
        for name, options in self.studies.items():
            check_choice("studies", name, STUDIES)
            build(Study, f"studies.{name}", options)
            self._check_configs(f"studies.{name}", options)
        build(Multimodal, "multimodal", self.multimodal)
        check_mapping("datasets", self.datasets)
        build(Needs, "needs", self.needs)
        check_mapping("expected_seconds", self.expected_seconds)
        with within("expected_seconds."):
            check_names("expected_seconds", self.expected_seconds, job_kinds())
            for rule, seconds in self.expected_seconds.items():
                _check_positive(rule, seconds)

    def _check_configs(self, place: str, options: Mapping[str, Any]) -> None:
        """Raise InputError unless the configurations of a section are the profile's."""
        for config in options["configs"]:
            check_choice(f"{place}.configs", config, self.configs)


def _check_positive(name: str, value: Any) -> float:
    return check_number(name, value, 0, 1e9, open_low=True)


def job_kinds() -> list[str]:
    """Return the kinds of job whose seconds a profile may state: the rules of the Snakefile."""
    from difsched.baselines.registry import METHODS  # slow to import

    parts = ("datasets", "sweeps", "studies", "multimodal", "transfer")
    return [
        *("traffic", "agent", "dataset", "multimodal", "transfer", "aggregate"),
        *(f"main_{group}" for group in ("reference", "learned", *METHODS)),
        *(f"sweep_{sweep}" for sweep in SWEEPS),
        *(f"study_{study}" for study in STUDIES),
        *(f"aggregate_{part}" for part in parts),
        *PRODUCTS,
    ]


def read_profile(name: str) -> dict[str, Any]:
    """Return the checked values of a profile, with its ``groups`` and ``seeds``.

    Raises
    ------
    InputError
        If a section is missing or a value is not allowed; the line names file and field.
    """
    path = PROFILES / f"{name}.yaml"
    values = read_yaml(path)
    with within(f"{path}: "):
        Profile.from_dict(values)
    groups, seeds = group_methods(values["methods"])
    return {**values, "groups": groups, "seeds": seeds}


def group_methods(
    options: Mapping[str, Any],
) -> tuple[dict[str, list[str]], dict[str, list[int]]]:
    """Return group -> methods and group -> seeds: a group is one job a configuration.

    Methods that learn nothing share the group ``reference`` and have no seeds. Those that learn
    have a group each, or share the group ``learned``.
    """
    from difsched.baselines.registry import METHODS  # slow to import

    groups: dict[str, list[str]] = {}
    for name in options.get("only") or METHODS:
        learner = name if options["jobs"] == "each" else "learned"
        groups.setdefault(learner if METHODS[name].training else "reference", []).append(name)
    return groups, {g: [0] if g == "reference" else list(options["seeds"]) for g in groups}
