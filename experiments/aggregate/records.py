"""Values of JSON made into records: every field is of the type that its class names, or refused."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from reprlib import repr as shown
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from difsched.errors import InputError, within
from difsched.utils.files import read_json

Built = TypeVar("Built")

WORDS: dict[type, str] = {
    **{str: "text", int: "a whole number", float: "a number", NoneType: "null"},
    **{tuple: "a list", Mapping: "a mapping"},
}


def read_record(kind: type[Built], path: Path) -> Built:
    """Return the record that a JSON file holds; see `record`.

    Raises
    ------
    InputError
        If the file or a field of it is missing, or not what it must be: file, field and value.
    """
    values = read_json(path)
    with within(f"{path}: "):
        return record(kind, values)


def record(kind: type[Built], values: object) -> Built:
    """Return a dataclass made of a mapping of its fields; what else the mapping has is left out.

    Types of fields are those of JSON, and ``None``; ``object`` is any of them; records, mappings
    of words and tuples of any length may hold further ones. A record may be ``None`` instead.

    Raises
    ------
    InputError
        If a field without a default is missing, or a value is of another type.
    """
    found = mapping(values)
    given = {
        name: take(found, name, hint)
        for name, (hint, default) in _types(kind).items()  # type: ignore[arg-type]  # it has a hash
        if name in found or not default
    }
    return kind(**given)


def mapping(values: object) -> Mapping[str, object]:
    """Return a mapping of fields; raise InputError if it is none."""
    if not isinstance(values, Mapping):
        raise InputError(f"{shown(values)}: must be a mapping of fields")
    return values


def take(values: Mapping[str, object], name: str, hint: Any) -> Any:
    """Return a field of a mapping as a value of a type; see `record`."""
    if name not in values:
        raise InputError(f"{name} is missing")
    return _typed(name, values[name], hint)


def _typed(name: str, value: Any, hint: Any) -> Any:
    kind, inner = get_origin(hint), get_args(hint)
    if kind is tuple and isinstance(value, list):
        if all(type(item) is inner[0] for item in value):  # as in the many long lists of numbers
            return tuple(value)
        return tuple(_typed(f"{name}[{at}]", item, inner[0]) for at, item in enumerate(value))
    if kind is Mapping and isinstance(value, Mapping):
        return {key: _typed(f"{name}.{key}", item, inner[1]) for key, item in value.items()}
    if kind is UnionType and isinstance(value, Mapping):
        hint = next((one for one in inner if is_dataclass(one)), hint)
    if is_dataclass(hint) and isinstance(value, Mapping):
        with within(f"{name}."):
            return record(cast(type, hint), value)
    allowed = inner if kind is UnionType else (kind or hint,)
    # A flag is no whole number; a whole number is a number.
    if object in allowed or type(value) in allowed or (type(value) is int and float in allowed):
        return value
    words = " or ".join(WORDS.get(one, "a mapping of fields") for one in allowed)
    raise InputError(f"{name} = {shown(value)}: must be {words}")


@cache
def _types(kind: type) -> dict[str, tuple[Any, bool]]:
    """Return the fields of a dataclass: the type of each, and whether it has a default."""
    hints = get_type_hints(kind)
    return {
        one.name: (hints[one.name], not one.default is one.default_factory is MISSING)
        for one in fields(kind)
    }
