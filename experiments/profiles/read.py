"""A profile's YAML file, checked against the methods, studies and products of the suite."""

from collections.abc import Mapping
from dataclasses import fields, replace

from difsched.baselines.registry import METHODS
from difsched.config.base import (
    check_choice,
    check_mapping,
    check_names,
    distinct,
    read_fields,
    whole,
)
from difsched.errors import within
from experiments.paths import PROFILES
from experiments.products import PRODUCTS, SWEEPS
from experiments.profiles.profile import POSITIVE, Methods, Profile, Study, Sweep
from experiments.studies import STUDIES

#: What a YAML file of a profile may have, and must have.
ALLOWED = [one.name for one in fields(Profile) if one.name not in ("groups", "seeds")]
NEEDED = ("configs", "methods", "main", "sweeps", "studies", "multimodal", "expected_seconds")


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
        check_mapping("main", values["main"])
        with within("main."):
            check_names("main", values["main"], values["main"], ["evaluation"])
        profile = Profile.from_dict(values)
        check(profile)
    assert profile.methods is not None
    groups, seeds = grouped(profile.methods)
    return replace(profile, groups=groups, seeds=seeds)


def grouped(methods: Methods) -> tuple[dict[str, list[str]], dict[str, list[int]]]:
    """Return the ``groups`` of a profile's methods, and their ``seeds``.

    Methods that learn nothing share the group ``reference`` and have no seeds. Those that learn
    have a group each, or share the group ``learned``.
    """
    groups: dict[str, list[str]] = {}
    for name in methods.only or METHODS:
        learner = name if methods.jobs == "each" else "learned"
        groups.setdefault(learner if METHODS[name].training else "reference", []).append(name)
    seeds = {group: [0] if group == "reference" else methods.seeds for group in groups}
    return groups, seeds


def check(profile: Profile) -> None:
    """Raise InputError unless a profile's sections fit each other and the suite."""
    distinct(whole(0))("configs", profile.configs)
    assert profile.methods is not None
    for name in profile.methods.only or ():
        check_choice("methods.only", name, METHODS)
    untaught = [method.name for method in METHODS.values() if not method.learns]
    for sweep, along in profile.sweeps.items():
        for name in along.methods:
            check_choice(f"sweeps.{sweep}.methods", name, untaught)
    for study in profile.studies:
        check_choice("studies", study, STUDIES)
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


def job_kinds() -> list[str]:
    """Return the kinds of job whose seconds a profile may state: the rules of the Snakefile."""
    parts = ("datasets", "sweeps", "studies", "multimodal", "transfer")
    return [
        *("traffic", "agent", "dataset", "multimodal", "transfer", "aggregate"),
        *(f"main_{group}" for group in ("reference", "learned", *METHODS)),
        *(f"sweep_{sweep}" for sweep in SWEEPS),
        *(f"study_{study}" for study in STUDIES),
        *(f"aggregate_{part}" for part in parts),
        *PRODUCTS,
    ]
