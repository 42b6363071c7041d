"""A claim as ``artifacts/claims.yml`` writes it, checked at the door."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from difsched.config.base import Config, check_choice, check_flag, check_number
from difsched.errors import InputError
from experiments.aggregate.query import REDUCTIONS, Select
from experiments.claims.sections import where

#: Stands for the results of all runs, compared with those of the reference.
RESULTS = "runs/*/result.json"
#: Bounds of a claim: the field, how it reads, and what it asks of a number.
BOUNDS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "at_least": ("at least", operator.ge),
    "at_most": ("at most", operator.le),
    "above": ("above", operator.gt),
    "below": ("below", operator.lt),
    "equals": ("equal to", operator.eq),
}


@dataclass(frozen=True)
class Claim(Config):
    """A sentence and a test of it; ``artifacts/claims.yml`` explains the fields.

    ``paper`` are labels of the paper's text that say it.
    ``minutes``, ``memory`` and ``disk`` (MB) are what ``command`` takes on 2 cores.
    """

    id: str
    statement: str
    paper: Sequence[str]
    command: str
    minutes: float
    memory: float
    disk: float
    file: str
    column: str
    select: Select
    minus: Mapping[str, Any] | None = None
    per: Sequence[str] = ()
    reduce: str = "mean"
    groups: str = "every"
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    equals: float | None = None
    tolerance: float | None = None
    profile: str = "full"
    supported: bool = True
    finding: str = ""

    def __post_init__(self) -> None:
        _check_text("id", self.id, "[a-z0-9]+(-[a-z0-9]+)*", "words of a-z and 0-9 joined by -")
        for name in ("statement", "command", "column"):
            _check_text(name, getattr(self, name))
        for name in ("minutes", "memory", "disk"):
            check_number(name, getattr(self, name), 0, open_low=True)
        _check_rows("", self.file, self.select)
        if self.minus is not None:
            _check_minus(self.minus)
        if not isinstance(self.paper, list | tuple) or not self.paper:
            raise InputError(f"paper = {self.paper!r}: must be a list of the paper's labels")
        where(self.paper)
        if not isinstance(self.per, list | tuple) or not all(isinstance(c, str) for c in self.per):
            raise InputError(f"per = {self.per!r}: must be a list of columns")
        check_choice("reduce", self.reduce, REDUCTIONS)
        check_choice("groups", self.groups, ("every", "some"))
        check_choice("profile", self.profile, ("full", "any"))
        check_flag("supported", self.supported)
        self._check_test()
        if not self.supported:
            _check_text("finding", self.finding)
        elif self.finding:
            raise InputError("finding: must be left out of a claim that is supported")

    def _check_test(self) -> None:
        for name, bound in self.bounds.items():
            check_number(name, bound, float("-inf"))
        if self.tolerance is not None:
            check_number("tolerance", self.tolerance, 0)
        if self.file == RESULTS:
            if self.bounds or self.tolerance is None:
                raise InputError(f"tolerance: file = {RESULTS} needs it, and no other bound")
        elif not self.bounds:
            raise InputError(f"a bound is missing: one of {', '.join(BOUNDS)}")
        if self.tolerance is not None and self.profile == "any":
            raise InputError("tolerance: must be left out where profile = any")

    @property
    def bounds(self) -> dict[str, float]:
        """The bounds that it has: field -> value."""
        given = {name: getattr(self, name) for name in BOUNDS}
        return {name: bound for name, bound in given.items() if bound is not None}

    def holds(self, number: float) -> bool:
        """Return whether a number keeps every bound."""
        return all(BOUNDS[name][1](number, bound) for name, bound in self.bounds.items())

    @property
    def test(self) -> str:
        """What is asked of its numbers, in words."""
        if self.file == RESULTS:
            return f"equal bytes, or equal {self.column}"
        bounds = " and ".join(f"{BOUNDS[name][0]} {bound:g}" for name, bound in self.bounds.items())
        groups = f" for {self.groups} {' and '.join(self.per)}" if self.per else ""
        return f"{bounds}{groups}"

    @property
    def expected(self) -> str:
        """Its test, and how close to the reference a fresh run must come."""
        if self.tolerance is None:
            return self.test
        return f"{self.test}; within {self.tolerance:g} of the reference"

    @property
    def evidence(self) -> str:
        """The numbers that it rests on: file, column and rows."""
        text = f"{self.file}: {self.column}{_words(self.select)}"
        if self.minus:
            text += f" minus {self.minus.get('file', self.file)}{_words(self.minus['select'])}"
        return text


def _check_text(name: str, value: Any, pattern: str = r"\S.*", allowed: str = "one line") -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise InputError(f"{name} = {value!r}: must be {allowed}")


def _check_rows(prefix: str, file: Any, select: Any) -> None:
    allowed = f"the name of a CSV file, or {RESULTS}"
    _check_text(f"{prefix}file", file, rf"[a-z_]+\.csv|{re.escape(RESULTS)}", allowed)
    if not isinstance(select, Mapping) or not all(isinstance(name, str) for name in select):
        raise InputError(f"{prefix}select = {select!r}: must map columns to values")
    for name, value in select.items():
        values = value if isinstance(value, list) and value else [value]
        if not all(value is None or isinstance(value, str | int | float) for value in values):
            raise InputError(f"{prefix}select.{name} = {value!r}: must be a value or a list")


def _check_minus(minus: Any) -> None:
    if not isinstance(minus, Mapping) or not {"select"} <= set(minus) <= {"file", "select"}:
        raise InputError(f"minus = {minus!r}: must map select, and file if it is another")
    _check_rows("minus.", minus.get("file", "same.csv"), minus["select"])


def _words(select: Select) -> str:
    """Return the selected values in words: ``, method dql_set, config 0 1 2``."""
    parts = [
        f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"
        if value is not None
        else f"{name} empty"
        for name, value in select.items()
    ]
    return "".join(f", {part}" for part in parts)
