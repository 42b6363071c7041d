"""What learners are tuned over, and the trials that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from difsched.baselines.method import Method
from difsched.config.base import (
    Config,
    check_choice,
    check_distinct,
    check_mapping,
    distinct,
    read_yaml,
    whole,
)
from difsched.errors import InputError, naming, within
from difsched.utils.seeding import seed_sequence

FILE = Path(__file__).with_name("spaces.yaml")
#: What a field's name begins with.
PARTS = ("model", "training")
#: Field -> values.
Fields = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Windows(Config):
    """Where a family's learners are tuned.

    Attributes
    ----------
    configs : list of int
        Numbers of configurations.
    n_windows : int
        Validation windows of each.
    """

    configs: Annotated[list[int], distinct(whole(0))]
    n_windows: Annotated[int, whole(20, 1_000_000)]


@dataclass(frozen=True)
class Spaces:
    """What ``spaces.yaml`` says.

    Attributes
    ----------
    trials, seed : int
        Trials of a method on a configuration, and the seed of each training.
    families : mapping
        Family -> `Windows`.
    shared : mapping
        Field -> values, for every method that has the field.
    methods : mapping
        Method -> field -> values.
    """

    trials: int
    seed: int
    families: Mapping[str, Windows]
    shared: Fields
    methods: Mapping[str, Fields]

    @classmethod
    @cache
    def load(cls, path: Path = FILE) -> "Spaces":
        """Return what a file says.

        Raises
        ------
        InputError
            If a section is missing or unknown, or a value is not allowed.
        """
        with naming(path):
            values = check_mapping("spaces", read_yaml(path))
            wanted = {"trials", "seed", "families", "shared", "methods"}
            if set(values) != wanted:
                raise InputError(f"must have the sections {', '.join(sorted(wanted))} alone")
            families = {}
            for name, entry in check_mapping("families", values["families"]).items():
                with within(f"families.{name}."):
                    families[name] = Windows.from_dict(entry)
            methods = check_mapping("methods", values["methods"])
            return cls(
                whole(1, 1000)("trials", values["trials"]),
                whole(0)("seed", values["seed"]),
                families,
                _fields("shared", values["shared"]),
                {name: _fields(f"methods.{name}", entry) for name, entry in methods.items()},
            )

    def fields(self, method: Method, family: str) -> Fields:
        """Return what a method is tuned over.

        Raises
        ------
        InputError
            If the method has no space, or one of its own fields is none of its settings.
        """
        check_choice("method", method.name, self.methods)
        settings = {kind: one.to_dict() for kind, one in method.settings(0, {}, family).items()}
        known = [f"{kind}.{name}" for kind, values in settings.items() for name in values]
        own = self.methods[method.name]
        for field in own:
            check_choice(f"methods.{method.name}", field, known)
        shared = {field: values for field, values in self.shared.items() if field in known}
        return {**shared, **own}

    def trial(self, method: Method, family: str, number: int) -> dict[str, Any]:
        """Return field -> value of a trial; none of trial 0, whose settings are as they are.

        The others are drawn without repetition, the same for every configuration and call.

        Raises
        ------
        InputError
            If there are fewer combinations than trials.
        """
        fields = self.fields(method, family)
        sizes = [len(values) for values in fields.values()]
        if (most := prod(sizes)) < self.trials - 1:
            raise InputError(
                f"methods.{method.name}: its fields have {most} combinations: must be at least "
                f"{self.trials - 1}, one a trial"
            )
        if number == 0:
            return {}
        generator = np.random.default_rng(seed_sequence(self.seed, "tuning", method.name))
        chosen = generator.permutation(most)[number - 1]
        places = np.unravel_index(chosen, sizes)
        return {
            field: values[place]
            for (field, values), place in zip(fields.items(), places, strict=True)
        }


def _fields(name: str, value: Any) -> Fields:
    """Return fields with their values, checked."""
    for field, values in check_mapping(name, value).items():
        if not field.startswith(tuple(f"{part}." for part in PARTS)):
            raise InputError(f"{name}: {field}: must begin with {' or '.join(PARTS)} and a dot")
        check_distinct(f"{name}.{field}", values, lambda _, one: one)
    fields: Fields = value
    return fields
