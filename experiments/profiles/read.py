"""A profile's YAML file, checked against the methods, studies and products of the suite."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TypeVar

from difsched.baselines.offline import LEARNERS
from difsched.baselines.registry import METHODS, methods
from difsched.config import ConfigManager
from difsched.config.base import (
    check_choice,
    check_mapping,
    check_names,
    distinct,
    read_fields,
    whole,
)
from difsched.errors import InputError, within
from experiments.paths import PROFILES
from experiments.products import FURTHER, PRODUCTS, SWEEPS
from experiments.profiles.profile import POSITIVE, Part, Profile, Scaling, Study, Sweep
from experiments.studies import FAMILY_STUDIES, STUDIES, own_name

#: What a YAML file of a profile may have, and must have.
DERIVED = ("groups", "seeds")
ALLOWED = [one.name for one in fields(Profile) if one.name not in DERIVED]
NEEDED = ("configs", "methods", "main", "sweeps", "studies", "multimodal", "expected_seconds")
#: The same of the part of a further family.
PART = [one.name for one in fields(Part) if one.name not in DERIVED]
NEEDED_PART = ("configs", "methods", "main")

PartOf = TypeVar("PartOf", bound=Part)


def read_profile(name: str) -> Profile:
    """Return a profile, checked, with its groups of methods.

    Raises
    ------
    InputError
        If a section is missing or a value is not allowed; the line names file and field.
    """
    path = PROFILES / f"{name}.yaml"
    values = read_fields(path)
    with within(f"{path}: "):
        check_names("Profile", values, ALLOWED, NEEDED)
        if isinstance(values["sweeps"], Mapping):
            with within("sweeps."):
                check_names("the sweeps", values["sweeps"], SWEEPS, SWEEPS)
        _check_main(values["main"])
        _check_families(values.get("families", {}))
        profile = Profile.from_dict(values)
        check(profile)
    families = {name: grouped(name, part) for name, part in profile.families.items()}
    return replace(grouped(Profile.TOP, profile), families=families)


def grouped(family: str, part: PartOf) -> PartOf:
    """Return a family's part with the ``groups`` of its methods, and their ``seeds``.

    Methods that learn nothing share the group ``reference`` and have no seeds. Those that learn
    have a group each, or share the group ``learned``.
    """
    known, chosen = methods(family), part.methods
    assert chosen is not None
    groups: dict[str, list[str]] = {}
    seeds: dict[str, list[int]] = {}
    for name in chosen.only or known:
        learner = name if chosen.jobs == "each" else "learned"
        group = learner if known[name].training else "reference"
        groups.setdefault(group, []).append(name)
        own = chosen.group(name)
        wanted = chosen.seeds if own is None or own.seeds is None else own.seeds
        seeds[group] = [0] if group == "reference" else wanted
    return replace(part, groups=groups, seeds=seeds)


def _check_main(values: object) -> None:
    fields = check_mapping("main", values)
    with within("main."):
        known = ["evaluation", *ConfigManager().names("training")]
        check_names("main", fields, known, ["evaluation"])


def _check_families(values: object) -> None:
    """Raise InputError unless the parts of the families have what parts must have."""
    for name, part in check_mapping("families", values).items():
        check_choice("families", name, FURTHER)
        with within(f"families.{name}: "):
            check_names("Part", check_mapping(name, part), PART, NEEDED_PART)
            _check_main(part["main"])


def check(profile: Profile) -> None:
    """Raise InputError unless a profile's sections fit each other and the suite."""
    _check_part(Profile.TOP, profile)
    for family, part in profile.families.items():
        with within(f"families.{family}."):
            _check_part(family, part)
    untaught = [method.name for method in METHODS.values() if not method.learns]
    for sweep, along in profile.sweeps.items():
        for name in along.methods:
            check_choice(f"sweeps.{sweep}.methods", name, untaught)
        if isinstance(along, Scaling):
            _check_learned(f"sweeps.{sweep}.learned", along, profile)
    for study in profile.studies:
        check_choice("studies", study, STUDIES)
    for family, part in profile.families.items():
        known = [own_name(name) for name, of in FAMILY_STUDIES.items() if of == family]
        for study, one in part.studies.items():
            check_choice(f"families.{family}.studies", study, known)
            for config in one.configs:
                check_choice(f"families.{family}.studies.{study}.configs", config, part.configs)
    sections: dict[str, Mapping[str, Sweep | Study]]
    sections = {"sweeps": profile.sweeps, "studies": profile.studies}
    for place, section in sections.items():
        for name, options in section.items():
            for config in options.configs:
                check_choice(f"{place}.{name}.configs", config, profile.configs)
    with within("expected_seconds."):
        check_names("expected_seconds", profile.expected_seconds, job_kinds())
        for rule, seconds in profile.expected_seconds.items():
            POSITIVE(rule, seconds)


def _check_learned(place: str, sweep: Scaling, profile: Profile) -> None:
    """Raise InputError unless a sweep's learners have main runs on its configurations."""
    chosen = profile.methods.only if profile.methods else None
    for name in sweep.learned:
        check_choice(place, name, [one for one in LEARNERS if one in (chosen or LEARNERS)])
        for config in sweep.configs:
            with within(f"{place}: {name}: "):
                check_choice("configs", config, profile.on(name))


def _check_part(family: str, part: Part) -> None:
    distinct(whole(0))("configs", part.configs)
    assert part.methods is not None
    for name in part.methods.only or ():
        check_choice("methods.only", name, methods(family))
    for group in part.methods.groups:
        for name in group.methods:
            check_choice("methods.groups.methods", name, part.methods.only or methods(family))
        for config in group.configs:
            check_choice("methods.groups.configs", config, part.configs)
        if group.seeds is not None and part.methods.jobs == "together":
            raise InputError("methods.groups.seeds must be left out with jobs: together")


def job_kinds() -> list[str]:
    """Return the kinds of job whose seconds a profile may state: the rules of the Snakefile."""
    parts = ("datasets", "sweeps", "studies", "multimodal", "transfer")
    further = [
        kind
        for family in FURTHER
        for kind in (f"dataset_{family}", f"aggregate_{family}", *_main_kinds(family))
    ]
    return [
        *("traffic", "agent", "dataset", "multimodal", "transfer", "aggregate"),
        *(f"main_{group}" for group in ("reference", "learned", *METHODS)),
        *further,
        *(f"sweep_{sweep}" for sweep in SWEEPS),
        *(f"study_{study}" for study in (*STUDIES, *FAMILY_STUDIES)),
        *(f"aggregate_{part}" for part in parts),
        *PRODUCTS,
    ]


def _main_kinds(family: str) -> list[str]:
    return [f"main_{group}_{family}" for group in ("reference", "learned", *methods(family))]
