"""Numbered configurations of a problem family, from one YAML file beside its code."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from difsched.config.base import Config, check_mapping, check_names, check_text, read_yaml
from difsched.errors import InputError, choices, within

Kind = TypeVar("Kind", bound=Config)
FILE = "configurations.yaml"


@dataclass(frozen=True)
class Numbered(Generic[Kind]):
    """The configurations that a family runs: ``configurations.yaml`` in its folder.

    The file maps each number to a ``name`` and to the fields that differ from the record's
    defaults.

    Attributes
    ----------
    folder : Path
        Of the family.
    kind : type
        The record of a configuration.
    """

    folder: Path
    kind: type[Kind]

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    @cached_property
    def _entries(self) -> Mapping[int, Mapping[str, Any]]:
        entries = read_yaml(self.path)
        if not isinstance(entries, dict):
            raise InputError(f"{self.path}: must map numbers to fields")
        for number, entry in entries.items():
            with within(f"{self.path}: {number}: "):
                if isinstance(number, bool) or not isinstance(number, int):
                    raise InputError("must be a whole number")
                check_mapping("fields", entry)
                check_text("name", entry.get("name"))
        return entries

    def numbers(self) -> list[int]:
        """Return the numbers of the configurations, in order."""
        return sorted(self._entries)

    def names(self) -> dict[str, int]:
        """Return name -> number, in the order of the numbers."""
        return {self._entries[number]["name"]: number for number in self.numbers()}

    def name_of(self, number: int) -> str:
        """Return the name of a numbered configuration."""
        name: str = self._entries[number]["name"]
        return name

    def load(self, name: int | str) -> Kind:
        """Return the configuration of a number, a name, or a YAML file of fields.

        A file of one's own may say ``like``: the number or name of the configuration from which
        it differs.

        Raises
        ------
        InputError
            If there is no such configuration or a value of it is not allowed.
        """
        text = str(name)
        if text.endswith((".yaml", ".yml")):
            return self._of_file(Path(text))
        number = int(text) if text.isdecimal() else self.names().get(text, -1)
        if number not in self._entries:
            known = [*map(str, self.numbers()), *self.names()]
            raise InputError(f"configuration {text!r} does not exist: {choices(text, known)}")
        with within(f"{self.path}: {number}: "):
            return self.kind.from_dict(_without(self._entries[number], "name"))

    def _of_file(self, path: Path) -> Kind:
        values = read_yaml(path)
        with within(f"{path}: "):
            check_mapping("fields", values)
            base = self.load(values["like"]).to_dict() if "like" in values else {}
            fields = _without(values, "like")
            check_names(self.kind.__name__, fields, list(self.kind.__dataclass_fields__))
            return self.kind.from_dict({**base, **fields})


def _without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}
