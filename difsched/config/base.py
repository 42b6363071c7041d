"""What every configuration shares: dictionaries and YAML at the door, checks of fields."""

from collections.abc import Collection, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import yaml

from difsched.errors import InputError
from difsched.utils.files import write_text


@dataclass(frozen=True)
class Config:
    """A frozen record of settings that is valid once it exists."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build from a mapping of field names to values.

        Raises
        ------
        InputError
            If a name is unknown, a field without a default is missing, or a value is not allowed.
        """
        if not isinstance(values, Mapping):
            raise InputError(f"{cls.__name__} needs a mapping of fields, not {values!r}")
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                raise InputError(f"{name} is not a field of {cls.__name__}: {', '.join(known)}")
        for field in fields(cls):
            if field.default is MISSING and field.name not in values:
                raise InputError(f"{field.name} is missing from {cls.__name__}")
        return cls(**values)

    @classmethod
    def from_yaml(cls, path: str | Path) -> Self:
        """Build from a YAML file; raises as :meth:`from_dict`, naming the file."""
        try:
            return cls.from_dict(read_yaml(path))
        except InputError as error:
            raise InputError(
                str(error) if str(path) in str(error) else f"{path}: {error}"
            ) from None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain lists, numbers and words: what `from_dict` takes."""
        return _plain(asdict(self))

    def to_yaml(self, path: str | Path) -> None:
        """Write the fields as YAML, atomically: what `from_yaml` reads."""
        write_text(path, yaml.safe_dump(self.to_dict(), sort_keys=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file with the safe loader.

    Raises
    ------
    InputError
        If the file is missing or is not YAML of plain values.
    """
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as YAML: {reason}") from None


def check_int(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return ``value`` if it is a whole number in ``low..high``; raise InputError if not."""
    allowed = f"a whole number >= {low}" if high is None else f"a whole number in {low}..{high}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} = {value!r}: must be {allowed}")
    if value < low or (high is not None and value > high):
        raise InputError(f"{name} = {value!r}: must be {allowed}")
    return value


def check_number(
    name: str, value: Any, low: float, high: float = float("inf"), *, open_low: bool = False
) -> float:
    """Return ``value`` as a float if it is a finite number in ``[low, high]``, or ``(low, high]``.

    Raises
    ------
    InputError
        If it is not.
    """
    allowed = f"a number {'>' if open_low else '>='} {low:g}"
    if high != float("inf"):
        allowed += f" and <= {high:g}"
    wrong = isinstance(value, bool) or not isinstance(value, int | float)
    if wrong or not low <= value <= high or value == float("inf") or (open_low and value == low):
        raise InputError(f"{name} = {value!r}: must be {allowed}")
    return float(value)


def check_choice(name: str, value: Any, allowed: Collection[Any]) -> Any:
    """Return ``value`` if it is one of ``allowed``; raise InputError if not."""
    if value not in allowed:
        raise InputError(f"{name} = {value!r}: must be one of {', '.join(map(str, allowed))}")
    return value


def check_flag(name: str, value: Any) -> bool:
    """Return ``value`` if it is true or false; raise InputError if not."""
    if not isinstance(value, bool):
        raise InputError(f"{name} = {value!r}: must be true or false")
    return value


def check_list(name: str, value: Any) -> list[Any]:
    """Return ``value`` as a list if it is a list or tuple of at least one entry."""
    if not isinstance(value, list | tuple) or not value:
        raise InputError(f"{name} = {value!r}: must be a list of at least one entry")
    return list(value)
