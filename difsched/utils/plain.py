"""Plain values: what JSON and YAML files may hold."""

import json
import math
from typing import Any

#: Values in nested data, and levels of nesting.
MAX_VALUES, MAX_DEPTH = 2_000_000, 64


def check_plain(value: Any) -> Any:
    """Return ``value`` if it is plain: lists and mappings of words, finite numbers and flags.

    Raises
    ------
    ValueError
        If it holds anything else, an integer of more than 64 bits, more than ``MAX_VALUES`` values
        or more than ``MAX_DEPTH`` levels; one that occurs twice counts twice.
    """
    level, count = [value], 1
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                if not all(isinstance(key, str | int) for key in item):
                    raise ValueError("a key is neither a word nor a whole number")
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
            else:
                _check_scalar(item)
            if count + len(inner) > MAX_VALUES:
                raise ValueError(f"it holds more than {MAX_VALUES} values")
        if not inner:
            return value
        level, count = inner, count + len(inner)
    raise ValueError(f"it nests deeper than {MAX_DEPTH} levels")


def _check_scalar(value: Any) -> None:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("a whole number does not fit in 64 bits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a number is {value}: must be finite")
    elif not isinstance(value, str | None):
        raise ValueError(f"it holds a {type(value).__name__}: must be words, numbers and flags")


def from_json(text: str | bytes) -> Any:
    """Return the value of a JSON text, checked by :func:`check_plain`.

    Raises
    ------
    ValueError, RecursionError
        If it is not JSON, names a key twice, or is not plain.
    """
    return check_plain(json.loads(text, object_pairs_hook=_unique))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is there twice")
        found[key] = value
    return found
