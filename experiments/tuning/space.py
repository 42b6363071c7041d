"""What learners are tuned over, and the trials that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    before : dict
        Method -> field -> the value that it had before its trials chose another one.
    """

    configs: Annotated[list[int], distinct(whole(0))]
    n_windows: Annotated[int, whole(20, 1_000_000)]
    before: Annotated[dict[str, Any], check_mapping] = field(default_factory=dict)


@dataclass(frozen=True)
class Spaces:
    """What ``spaces.yaml`` says.

    Attributes
    ----------
    trials : int
        Trials of a method on a configuration.
    seeds : list of int
        Of trainings: the first one of every trial; the others where two trials are told apart.
    families : mapping
        Family -> `Windows`.
    shared : mapping
        Field -> values, for every method that has the field.
    methods : mapping
        Method -> field -> values.
    """

    trials: int
    seeds: Sequence[int]
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
            wanted = {"trials", "seeds", "families", "shared", "methods"}
            if set(values) != wanted:
                raise InputError(f"must have the sections {', '.join(sorted(wanted))} alone")
            families = {}
            for name, entry in check_mapping("families", values["families"]).items():
                with within(f"families.{name}."):
                    families[name] = Windows.from_dict(entry)
            methods = check_mapping("methods", values["methods"])
            return cls(
                whole(1, 1000)("trials", values["trials"]),
                distinct(whole(0))("seeds", values["seeds"]),
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
        known = settings_of(method, family)
        own = self.methods[method.name]
        for name in own:
            check_choice(f"methods.{method.name}", name, known)
        shared = {name: values for name, values in self.shared.items() if name in known}
        return {**shared, **own}

    def trial(self, method: Method, family: str, number: int) -> dict[str, Any]:
        """Return field -> value of a trial.

        Trial 0 has the settings from before the trials. The others are drawn without repetition,
        the same for every configuration, seed and call.

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
            now = settings_of(method, family)
            return {name: now[name] for name in fields} | self._before(method, family, fields)
        generator = np.random.default_rng(seed_sequence(self.seeds[0], "tuning", method.name))
        chosen = generator.permutation(most)[number - 1]
        places = np.unravel_index(chosen, sizes)
        return {
            name: values[place]
            for (name, values), place in zip(fields.items(), places, strict=True)
        }

    def _before(self, method: Method, family: str, fields: Fields) -> dict[str, Any]:
        """Return field -> value of what a method's trials have changed."""
        place, entries = f"families.{family}.before", self.families[family].before
        for name in entries:
            check_choice(place, name, self.methods)
        own = check_mapping(f"{place}.{method.name}", entries.get(method.name, {}))
        for name in own:
            check_choice(f"{place}.{method.name}", name, fields)
        return own


def settings_of(method: Method, family: str) -> dict[str, Any]:
    """Return field -> value of the settings that a method has now."""
    return {
        f"{part}.{name}": value
        for part, settings in method.settings(0, {}, family).items()
        for name, value in settings.to_dict().items()
    }


def _fields(name: str, value: Any) -> Fields:
    """Return fields with their values, checked."""
    for entry, values in check_mapping(name, value).items():
        if not entry.startswith(tuple(f"{part}." for part in PARTS)):
            raise InputError(f"{name}: {entry}: must begin with {' or '.join(PARTS)} and a dot")
        check_distinct(f"{name}.{entry}", values, lambda _, one: one)
    fields: Fields = value
    return fields
