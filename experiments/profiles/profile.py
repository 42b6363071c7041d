"""A profile: how much of the suite a call computes, checked section by section.

Whether its values and those of the studies fit the configurations is for
`experiments.profiles.checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from difsched.config.base import (
    Config,
    build,
    check_choice,
    check_mapping,
    check_names,
    check_text,
    distinct,
    number,
    one_of,
    or_none,
    read_yaml,
    record,
    whole,
)
from difsched.errors import within
from difsched.evaluation.windows import EPISODE_WINDOWS, check_windows
from experiments.paths import PROFILES
from experiments.products import PRODUCTS, SWEEPS
from experiments.runs.machine import Needs
from experiments.studies import STUDIES

JOBS = ("each", "together")

POSITIVE = number(0, 1e9, open_low=True)


def _check_windows(name: str, value: int) -> int:
    return check_windows(name, value, 2 * EPISODE_WINDOWS)


def check_method(name: str, value: Any) -> str:
    """Return ``value`` if it is the name of a method of the registry."""
    from difsched.baselines.registry import METHODS  # slow to import

    return str(check_choice(name, value, METHODS))


def check_untaught(name: str, value: Any) -> str:
    """Return ``value`` if it is the name of a method that needs neither data nor training."""
    from difsched.baselines.registry import METHODS  # slow to import

    untaught = [method.name for method in METHODS.values() if not method.learns]
    return str(check_choice(name, value, untaught))


Indices = Annotated[list[int], distinct(whole(0))]
Untaught = Annotated[list[str], distinct(check_untaught)]
Windows = Annotated[int, _check_windows]


@dataclass(frozen=True)
class Methods(Config):
    """Who is scored: ``only`` these methods or all, with which seeds, in how many jobs."""

    seeds: Indices
    jobs: Annotated[str, one_of(JOBS)]
    only: Annotated[list[str] | None, or_none(distinct(check_method))] = None


@dataclass(frozen=True)
class Evaluation(Config):
    """Common test windows of a configuration."""

    n_windows: Windows


@dataclass(frozen=True)
class Budgets(Config):
    """The sweep ``budget``: methods on configurations with budgets of ``rbs_per_user`` times N."""

    configs: Indices
    methods: Untaught
    rbs_per_user: Annotated[list[float], distinct(POSITIVE)]
    n_windows: Windows


@dataclass(frozen=True)
class Scaling(Config):
    """The sweep ``scaling``: methods on configurations with other numbers of ``users``."""

    configs: Indices
    methods: Untaught
    users: Annotated[list[int], distinct(whole(1))]
    n_windows: Windows


@dataclass(frozen=True)
class Study(Config):
    """Which variants of a study, ``only`` these or all, on which configurations and seeds."""

    configs: Indices
    seeds: Indices
    only: Annotated[list[str] | None, or_none(distinct(check_text))] = None


@dataclass(frozen=True)
class Cloning(Config):
    """Training of a clone; its data hold 10,000 actions."""

    gradient_steps: Annotated[int, whole(1, 1_000_000_000)]
    batch_size: Annotated[int, whole(1, 10_000)]


@dataclass(frozen=True)
class Ties(Cloning):
    """Training of the clones on near-tied windows of some configurations."""

    configs: Indices


@dataclass(frozen=True)
class Multimodal(Config):
    """Cloning of data with several modes (F3)."""

    seeds: Indices
    mixtures: Annotated[Cloning, record(Cloning)]
    ties: Annotated[Ties, record(Ties)]


Sweep = Budgets | Scaling
KINDS: dict[str, type[Budgets | Scaling]] = {"budget": Budgets, "scaling": Scaling}


def _check_main(name: str, value: Any) -> Mapping[str, Any]:
    main = check_mapping(name, value)
    return {**main, "evaluation": build(Evaluation, f"{name}.evaluation", main.get("evaluation"))}


def _check_sweeps(name: str, value: Any) -> Mapping[str, Sweep]:
    check_mapping(name, value)
    with within(f"{name}."):
        check_names("the sweeps", value, SWEEPS, SWEEPS)
    return {sweep: build(KINDS[sweep], f"{name}.{sweep}", value[sweep]) for sweep in value}


def _check_studies(name: str, value: Any) -> Mapping[str, Study]:
    check_mapping(name, value)
    for study in value:
        check_choice(name, study, STUDIES)
    return {study: build(Study, f"{name}.{study}", value[study]) for study in value}


def _check_seconds(name: str, value: Any) -> Mapping[str, float]:
    check_mapping(name, value)
    with within(f"{name}."):
        check_names(name, value, job_kinds())
        return {rule: POSITIVE(rule, seconds) for rule, seconds in value.items()}


@dataclass(frozen=True)
class Profile(Config):
    """The sections of a profile's YAML; the packaged ones explain them."""

    configs: Indices
    methods: Annotated[Methods, record(Methods)]
    main: Annotated[Mapping[str, Any], _check_main]
    sweeps: Annotated[Mapping[str, Sweep], _check_sweeps]
    studies: Annotated[Mapping[str, Study], _check_studies]
    multimodal: Annotated[Multimodal, record(Multimodal)]
    expected_seconds: Annotated[Mapping[str, float], _check_seconds]
    note: Annotated[str, check_text] = ""
    datasets: Annotated[Mapping[str, Any], check_mapping] = field(default_factory=dict)
    needs: Annotated[Needs, record(Needs)] = field(default_factory=Needs)

    def __post_init__(self) -> None:
        """Check every section; raise InputError at the first field that is not allowed."""
        super().__post_init__()
        for section in ("sweeps", "studies"):
            for name, options in getattr(self, section).items():
                for config in options.configs:
                    check_choice(f"{section}.{name}.configs", config, self.configs)


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
