"""A profile: how much of the suite a call computes, as a record of its sections.

Runs rest on this module: it knows of no method, study or product. Whether a profile fits those is
for `experiments.profiles.read`, and whether it fits the configurations for
`experiments.profiles.checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

from difsched.config.base import (
    Config,
    build,
    check_choice,
    check_list,
    check_mapping,
    check_text,
    distinct,
    number,
    one_of,
    or_none,
    record,
    whole,
)
from difsched.evaluation.windows import check_windows
from difsched.family import EPISODE_WINDOWS

JOBS = ("each", "together")

POSITIVE = number(0, 1e9, open_low=True)


def _check_windows(name: str, value: int) -> int:
    return check_windows(name, value, 2)


def _check_configs(name: str, value: Any) -> list[int]:
    return distinct(whole(0))(name, value) if value else []


def _check_learned(name: str, value: Any) -> list[str]:
    return distinct(check_text)(name, value) if value else []


Indices = Annotated[list[int], distinct(whole(0))]
Names = Annotated[list[str], distinct(check_text)]
Windows = Annotated[int, _check_windows]


@dataclass(frozen=True)
class Group(Config):
    """Methods that are scored on some of a family's configurations alone.

    Attributes
    ----------
    methods : list of str
        Each in no other group.
    configs : list of int
        Configurations of the family's part; none where the methods are left out.
    seeds : list of int or None
        Instead of those of all methods.
    """

    methods: Names
    configs: Annotated[list[int], _check_configs]
    seeds: Annotated[list[int] | None, or_none(distinct(whole(0)))] = None


def _check_groups(name: str, value: Any) -> list[Group]:
    if not value:
        return []
    found = [record(Group)(f"{name}[{n}]", one) for n, one in enumerate(check_list(name, value))]
    distinct(check_text)(f"{name}: methods", [method for one in found for method in one.methods])
    return found


@dataclass(frozen=True)
class Methods(Config):
    """Who is scored: ``only`` these methods or all, with which seeds, in how many jobs.

    Methods that are in one of the ``groups`` are scored on its configurations, all others on all.
    """

    seeds: Indices
    jobs: Annotated[str, one_of(JOBS)]
    only: Annotated[list[str] | None, or_none(distinct(check_text))] = None
    groups: Annotated[list[Group], _check_groups] = field(default_factory=list)

    def group(self, method: str) -> Group | None:
        """Return the group of a method, if it is in one."""
        return next((one for one in self.groups if method in one.methods), None)


@dataclass(frozen=True)
class Evaluation(Config):
    """Common test windows of a configuration.

    Attributes
    ----------
    n_windows : int
        Windows, in episodes of 20; where a family's test episodes are of another length, it has
        as many episodes.
    """

    n_windows: Windows = 2000

    def windows(self, length: int) -> int:
        """Return the windows of a configuration whose test episodes have so many."""
        return self.n_windows // EPISODE_WINDOWS * length


@dataclass(frozen=True)
class Main(Config):
    """The runs of all methods on all configurations.

    Attributes
    ----------
    evaluation : Evaluation
        What they are scored on.
    training : mapping
        Training configuration -> fields that replace those of its YAML; a YAML file has these
        names beside ``evaluation``.
    """

    evaluation: Evaluation = field(default_factory=Evaluation)
    training: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build from the section of a YAML file; raises InputError as `Config.from_dict` does."""
        training = {name: values[name] for name in values if name != "evaluation"}
        return cls(build(Evaluation, "evaluation", values.get("evaluation", {})), training)

    def to_dict(self) -> dict[str, Any]:
        """Return the section as a YAML file has it."""
        return {"evaluation": self.evaluation.to_dict(), **self.training}


@dataclass(frozen=True)
class Sweep(Config):
    """Methods on some configurations, along an axis of other slices.

    Attributes
    ----------
    axis : str
        The field that holds the points of the axis.
    """

    axis: ClassVar[str]

    configs: Indices
    methods: Names
    n_windows: Windows


@dataclass(frozen=True)
class Budgets(Sweep):
    """The sweep ``budget``: budgets of ``rbs_per_user`` times N."""

    axis: ClassVar[str] = "rbs_per_user"

    rbs_per_user: Annotated[list[float], distinct(POSITIVE)]


@dataclass(frozen=True)
class Scaling(Sweep):
    """The sweep ``scaling``: other numbers of ``users``, with as many RBs for each.

    ``learned`` are methods whose weights of the main runs decide there as they are, each seed's.
    """

    axis: ClassVar[str] = "users"

    users: Annotated[list[int], distinct(whole(1))]
    learned: Annotated[list[str], _check_learned] = field(default_factory=list)


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


@dataclass(frozen=True)
class Needs(Config):
    """What a call needs of the machine, MiB: 0 is not checked.

    Attributes
    ----------
    memory_mb_per_job : float
        Peak of the largest job.
    disk_mb : float
        All that the workspace will hold.
    """

    memory_mb_per_job: Annotated[float, number(0)] = 0.0
    disk_mb: Annotated[float, number(0)] = 0.0


KINDS: dict[str, type[Sweep]] = {"budget": Budgets, "scaling": Scaling}


def _check_sweeps(name: str, value: Any) -> Mapping[str, Sweep]:
    for sweep in check_mapping(name, value):
        check_choice(name, sweep, KINDS)
    return {sweep: record(KINDS[sweep])(f"{name}.{sweep}", value[sweep]) for sweep in value}


def _check_studies(name: str, value: Any) -> Mapping[str, Study]:
    check_mapping(name, value)
    return {study: record(Study)(f"{name}.{study}", value[study]) for study in value}


@dataclass(frozen=True)
class Part(Config):
    """How much is computed of a problem family.

    Attributes
    ----------
    configs : list of int
        Numbers of its configurations; none where a profile leaves the family out.
    methods : Methods or None
        Who is scored.
    main : Main
        What the main runs are trained and scored on.
    datasets : mapping
        Fields that replace those of its datasets' settings.
    groups : mapping
        Group of methods that are one job a configuration -> their names.
    seeds : mapping
        Group -> seeds of its methods.
    studies : mapping
        Study of the family -> what is run of it.
    """

    configs: Annotated[list[int], _check_configs] = field(default_factory=list)
    methods: Annotated[Methods | None, or_none(record(Methods))] = None
    main: Annotated[Main, record(Main)] = field(default_factory=Main)
    datasets: Annotated[Mapping[str, Any], check_mapping] = field(default_factory=dict)
    groups: Mapping[str, list[str]] = field(default_factory=dict)
    seeds: Mapping[str, list[int]] = field(default_factory=dict)
    studies: Annotated[Mapping[str, Study], _check_studies] = field(default_factory=dict)

    def every_method(self) -> set[str]:
        """Return the methods that are scored anywhere."""
        return {name for names in self.groups.values() for name in names if self.on(name)}

    def names(self, group: str, config: int) -> list[str]:
        """Return the methods of a group that are scored on a configuration."""
        return [name for name in self.groups[group] if config in self.on(name)]

    def on(self, method: str) -> list[int]:
        """Return the configurations on which a method is scored."""
        group = None if self.methods is None else self.methods.group(method)
        return self.configs if group is None else group.configs

    def groups_on(self, config: int) -> list[str]:
        """Return the groups of methods that have a job on a configuration."""
        return [group for group in self.groups if self.names(group, config)]

    def configs_of(self, group: str) -> list[int]:
        """Return the configurations on which a group of methods has a job."""
        return [config for config in self.configs if self.names(group, config)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: what `from_dict` takes, and ``spec.json`` holds."""
        return super().to_dict() | {"main": self.main.to_dict()}


def _check_families(name: str, value: Any) -> Mapping[str, Part]:
    check_mapping(name, value)
    return {family: record(Part)(f"{name}.{family}", value[family]) for family in value}


@dataclass(frozen=True)
class Profile(Part):
    """How much a call computes: the sections of a YAML file, and the jobs that follow from them.

    What stands at the top is of the slice; ``families`` has the parts of the others. The packaged
    files explain the sections. What a workspace's ``spec.json`` leaves out takes its default; see
    `experiments.profiles.read` for what a YAML file must have.
    """

    #: The family whose part is the profile itself.
    TOP: ClassVar[str] = "slice"

    sweeps: Annotated[Mapping[str, Sweep], _check_sweeps] = field(default_factory=dict)
    multimodal: Annotated[Multimodal | None, or_none(record(Multimodal))] = None
    families: Annotated[Mapping[str, Part], _check_families] = field(default_factory=dict)
    expected_seconds: Annotated[Mapping[str, float], check_mapping] = field(default_factory=dict)
    note: Annotated[str, check_text] = ""
    needs: Annotated[Needs, record(Needs)] = field(default_factory=Needs)

    def part(self, family: str) -> Part:
        """Return what is computed of a family: nothing where the profile leaves it out."""
        return self if family == self.TOP else self.families.get(family, Part())

    def every_study(self) -> dict[str, Study]:
        """Return what is run of the studies of all families, by their full names."""
        further = {
            f"{family}_{name}": study
            for family, part in self.families.items()
            for name, study in part.studies.items()
        }
        return {**self.studies, **further}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: what `from_dict` takes, and ``spec.json`` holds."""
        parts = {family: part.to_dict() for family, part in self.families.items()}
        return super().to_dict() | {"families": parts}
