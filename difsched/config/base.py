"""What every configuration shares: dictionaries and YAML at the door, checks of fields."""

import sys
from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args, get_origin, get_type_hints

import yaml

from difsched.errors import InputError, choices, within
from difsched.utils.files import reading, write_text
from difsched.utils.plain import MAX_DEPTH, check_plain

Built = TypeVar("Built", bound="Config")
Item = TypeVar("Item")
#: Returns the value of a field, named first, as it is kept; raises InputError if it is not allowed.
Check = Callable[[str, Any], Any]

#: Bytes of the largest YAML file, and fields of its largest mapping, merged ones included.
MAX_YAML, MAX_FIELDS = 1 << 16, 256
#: Largest whole number of a configuration: more do not fit in 64 bits.
MAX_INT = 2**63 - 1


@dataclass(frozen=True)
class Config:
    """A frozen record of settings that is valid once it exists.

    A field says what it allows beside its type, ``B: Annotated[int, whole(1, 100)]``; what
    concerns several fields is checked in ``__post_init__``, after these.
    """

    #: Key under which a YAML file holds the fields; None where they stand at its top.
    section: ClassVar[str | None] = None
    #: What a YAML file says of its kind beside the fields, such as ``family: offline``.
    mark: ClassVar[dict[str, str]] = {}

    def __post_init__(self) -> None:
        """Check every field in order; raise InputError at the first that is not allowed."""
        kind = type(self)
        # The type checker takes a dataclass for its instances, which have no hash.
        for name, check in _checks(kind).items():  # type: ignore[arg-type]
            set_fields(self, **{name: check(name, getattr(self, name))})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build from a mapping of field names to values; what is left out takes its default.

        Raises
        ------
        InputError
            If a name is unknown, a field without a default is missing, or a value is not allowed.
        """
        if not isinstance(values, Mapping):
            raise InputError(f"{cls.__name__} needs a mapping of fields, not {_shown(values)}")
        known = [field.name for field in fields(cls)]
        needed = [f.name for f in fields(cls) if f.default is f.default_factory is MISSING]
        check_names(cls.__name__, values, known, needed)
        return cls(**values)

    @classmethod
    def from_yaml(cls, path: str | Path) -> Self:
        """Build from a YAML file; raises as :meth:`from_dict`, naming the file."""
        values = dict(read_fields(path, cls.section))
        with within(f"{path}: "):
            for name, kind in cls.mark.items():
                check_choice(name, values.pop(name, kind), [kind])
            return cls.from_dict(values)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return the record with some fields replaced; raises as :meth:`from_dict`."""
        return self.from_dict({**self.to_dict(), **values})

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain lists, numbers and words: what `from_dict` takes."""
        return _plain(asdict(self))

    def to_yaml(self, path: str | Path) -> None:
        """Write the fields as YAML, atomically: what `from_yaml` reads."""
        values = {**self.mark, **self.to_dict()}
        values = values if self.section is None else {self.section: values}
        write_text(path, yaml.safe_dump(values, sort_keys=False))


def set_fields(config: Config, /, **values: Any) -> None:
    """Put checked values into a frozen record that is being built."""
    for name, value in values.items():
        object.__setattr__(config, name, value)


@cache
def _checks(kind: type[Config]) -> dict[str, Check]:
    """Return field -> check of the fields that say what they allow, in order."""
    hints = get_type_hints(kind, include_extras=True)
    own = {field.name: hints[field.name] for field in fields(kind)}
    return {name: get_args(h)[1] for name, h in own.items() if get_origin(h) is Annotated}


def build(kind: type[Built], name: str, values: Any) -> Built:
    """Return the record of a section of fields; a line about one of them begins with ``name``."""
    if not isinstance(values, Mapping):
        raise InputError(f"{name} = {_shown(values)}: must be a mapping of fields")
    with within(f"{name}."):
        return kind.from_dict(values)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


class _Loader(yaml.SafeLoader):
    """The safe loader, for mappings that name each key once and do not multiply by merging."""

    def fetch_flow_collection_start(self, kind: Any) -> None:
        super().fetch_flow_collection_start(kind)
        if self.flow_level > MAX_DEPTH:  # the scanner takes the square of it
            raise ValueError(f"it nests deeper than {MAX_DEPTH} levels")

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        _check_fields(node)
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"{key!r} is there twice")
        return node

    def flatten_mapping(self, node: Any) -> None:
        super().flatten_mapping(node)
        _check_fields(node)


def _check_fields(node: Any) -> None:
    if len(node.value) > MAX_FIELDS:
        raise ValueError(f"line {node.start_mark.line + 1}: more than {MAX_FIELDS} fields")


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file with the safe loader.

    Raises
    ------
    InputError
        If the file is missing, too large, or not YAML of plain values; see `check_plain`.
    """
    with reading(path, "YAML", MAX_YAML):
        return deepcopy(_parsed(Path(path).read_text(encoding="utf-8")))


@lru_cache(256)
def _parsed(text: str) -> Any:
    """Return the values of a text: a call reads the same few files a hundred times."""
    return check_plain(_Loader(text).get_single_data())


def read_fields(path: str | Path, section: str | None = None) -> dict[str, Any]:
    """Read a YAML file of fields, which may all stand under one key, ``section``.

    Raises
    ------
    InputError
        If it holds anything else; see `read_yaml`.
    """
    values = read_yaml(path)
    if section is not None and isinstance(values, dict):
        others = [key for key in values if key != section]
        if section in values and others:
            moved = ", ".join(map(str, others))
            raise InputError(f"{path}: {section} must hold all fields: move {moved} into it")
        if len(others) == 1 and isinstance(values[others[0]], dict):
            raise InputError(f"{path}: {others[0]}: the key of the fields must be {section}")
        values = values.get(section, values)
        if not isinstance(values, dict):
            raise InputError(f"{path}: {section} = {_shown(values)}: must be a mapping of fields")
    if not isinstance(values, dict):
        raise InputError(f"{path}: must be a mapping of fields")
    return values


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # more digits, or levels, than Python prints
        return f"a {type(value).__name__} too large to print"


def check_names(
    kind: str, values: Mapping[Any, Any], known: Collection[str], needed: Collection[str] = ()
) -> None:
    """Raise InputError unless a mapping has known names only, and all that are needed.

    ``kind`` says in the error what has these names.
    """
    for name in values:
        if name not in known:
            raise InputError(f"{name} is not a field of {kind}: {choices(name, known)}")
    for name in needed:
        if name not in values:
            raise InputError(f"{name} is missing from {kind}")


def check_int(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return ``value`` if it is a whole number in ``low..high``; raise InputError if not."""
    allowed = f"a whole number >= {low}" if high is None else f"a whole number in {low}..{high}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{name} = {_shown(value)}: must be {allowed}")
    if value > MAX_INT:
        allowed += " that fits in 64 bits"
    if not low <= value <= (MAX_INT if high is None else high):
        raise InputError(f"{name} = {_shown(value)}: must be {allowed}")
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
    # No infinity, and no whole number that is none as a float.
    if wrong or not low <= value <= min(high, sys.float_info.max) or (open_low and value == low):
        raise InputError(f"{name} = {_shown(value)}: must be {allowed}")
    return float(value)


def check_choice(name: str, value: Any, allowed: Collection[Any]) -> Any:
    """Return ``value`` if it is one of ``allowed``; raise InputError if not."""
    if value not in list(allowed):  # whatever is no key of a mapping, such as a list
        raise InputError(f"{name} = {_shown(value)}: {choices(value, allowed)}")
    return value


def check_flag(name: str, value: Any) -> bool:
    """Return ``value`` if it is true or false; raise InputError if not."""
    if not isinstance(value, bool):
        raise InputError(f"{name} = {_shown(value)}: must be true or false")
    return value


def check_mapping(name: str, value: Any) -> dict[str, Any]:
    """Return ``value`` if it is a mapping; raise InputError if not."""
    if not isinstance(value, dict):
        raise InputError(f"{name} = {_shown(value)}: must be a mapping")
    return value


def check_list(name: str, value: Any, most: int = 1000) -> list[Any]:
    """Return ``value`` as a list if it is a list or tuple of one to ``most`` entries."""
    if not isinstance(value, list | tuple) or not value:
        raise InputError(f"{name} = {_shown(value)}: must be a list of at least one entry")
    if len(value) > most:
        raise InputError(f"{name} has {len(value)} entries: must be at most {most}")
    return list(value)


def check_span(
    name: str, value: Any, low: float, high: float = float("inf"), *, open_low: bool = False
) -> tuple[float, float]:
    """Return ``value`` as (least, most) if it is two numbers as `check_number` allows, in order."""
    ends = check_list(name, value)
    if len(ends) != 2:
        raise InputError(f"{name} = {_shown(value)}: must be two numbers, low and high")
    least, most = (check_number(name, end, low, high, open_low=open_low) for end in ends)
    if least > most:
        raise InputError(f"{name} = {_shown(value)}: must be low <= high")
    return least, most


def check_distinct(name: str, value: Any, check: Callable[[str, Any], Item]) -> list[Item]:
    """Return ``value`` as a list of at least one entry, each checked and none there twice."""
    items = [check(name, item) for item in check_list(name, value)]
    for item in items:
        if items.count(item) > 1:
            raise InputError(f"{name} = {_shown(value)}: {item} is there twice")
    return items


def check_text(name: str, value: Any) -> str:
    """Return ``value`` if it is text; raise InputError if not."""
    if not isinstance(value, str):
        raise InputError(f"{name} = {_shown(value)}: must be text; put it in quotes")
    return value


def whole(low: int, high: int | None = None) -> Check:
    """Return the check of a whole number; see `check_int`."""
    return partial(check_int, low=low, high=high)


def number(low: float, high: float = float("inf"), *, open_low: bool = False) -> Check:
    """Return the check of a finite number, kept as a float; see `check_number`."""
    return partial(check_number, low=low, high=high, open_low=open_low)


def span(low: float, high: float = float("inf"), *, open_low: bool = False) -> Check:
    """Return the check of a range of numbers, kept as a tuple of floats; see `check_span`."""
    return partial(check_span, low=low, high=high, open_low=open_low)


def one_of(allowed: Collection[Any]) -> Check:
    """Return the check of a choice; see `check_choice`."""
    return partial(check_choice, allowed=allowed)


def distinct(check: Check) -> Check:
    """Return the check of a list of entries that differ; see `check_distinct`."""
    return partial(check_distinct, check=check)


def listed(check: Check, most: int = 1000) -> Check:
    """Return the check of a list, each of whose entries passes ``check``; see `check_list`."""
    return lambda name, value: [check(name, item) for item in check_list(name, value, most)]


def or_none(check: Check) -> Check:
    """Return the check of a field that may be left out: None, or what passes ``check``."""
    return lambda name, value: None if value is None else check(name, value)


def record(kind: type[Config]) -> Check:
    """Return the check of a section of fields, kept as a record of ``kind``; see `build`."""
    return lambda name, value: value if isinstance(value, kind) else build(kind, name, value)
