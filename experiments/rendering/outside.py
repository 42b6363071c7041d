"""Results of others: ``results/*.json``, shown in the tables behind ours and marked as theirs.

A file is one method of somebody on configurations of one family::

    {
      "method": "Their rule",
      "by": "A. Author, Some University",
      "family": "slice",
      "source": "doi or address of the code",
      "windows": 2000,
      "results": [{"config": 3, "loss": 0.093, "half_width": 0.002, "seeds": 5}]
    }

``loss`` is the family's mean cost on the common test windows, the slice's packet-loss ratio in
0..1, and ``half_width`` that of its 95 % interval, if it is known. ``windows`` says how many test
windows: a table shows what was measured on as many as its own. Scores follow from the loss and our
references. Nothing of it was run here.

``./run_all.sh --method FILE.py:CLASS --by "A. Author, Some University"`` writes such a file.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from difsched.config.base import (
    Config,
    check_choice,
    check_number,
    check_text,
    listed,
    number,
    one_of,
    or_none,
    record,
    whole,
)
from difsched.errors import InputError, within
from difsched.family import FAMILIES
from difsched.utils.files import read_json
from experiments.paths import ROOT

FOLDER = ROOT / "results"
#: Characters of a method's and an author's name: they stand in a table.
LONGEST = 40
#: Families whose cost is a share.
SHARES = ("slice",)


def check_name(name: str, value: Any, longest: int = LONGEST) -> str:
    """Return a text, stripped, if it can stand in a table; raise InputError if not."""
    text = check_text(name, value).strip()
    if not (text.isprintable() and 0 < len(text) <= longest):
        raise InputError(f"{name} = {value!r}: must be 1..{longest} printable characters")
    return text


@dataclass(frozen=True)
class Reported(Config):
    """What others report of their method on one configuration.

    Attributes
    ----------
    config : int
        Its number in the family.
    loss : float
        Mean cost on the common test windows.
    half_width : float, optional
        Of its 95 % interval.
    seeds : int
        Trainings behind it.
    """

    config: Annotated[int, whole(0, 10_000)]
    loss: Annotated[float, number(-1e9, 1e9)]
    half_width: Annotated[float | None, or_none(number(0, 1e9))] = None
    seeds: Annotated[int, whole(1, 10_000)] = 1


@dataclass(frozen=True)
class Outside(Config):
    """A file of results; see the module."""

    method: Annotated[str, check_name]
    by: Annotated[str, check_name]
    family: Annotated[str, one_of(FAMILIES)]
    windows: Annotated[int, whole(1)]
    results: Annotated[list[Reported], listed(record(Reported))]
    source: Annotated[str, partial(check_name, longest=300)] = "not said"

    def __post_init__(self) -> None:
        """Check the fields, then each result against the family."""
        super().__post_init__()
        allowed, seen = FAMILIES[self.family].configurations(), set()
        with within("results."):
            for one in self.results:
                check_choice("config", one.config, allowed)
                if one.config in seen:
                    raise InputError(f"config = {one.config}: is there twice: must be there once")
                if self.family in SHARES:
                    check_number("loss", one.loss, 0, 1)
                seen.add(one.config)

    @property
    def label(self) -> str:
        """What a table calls it."""
        return f"{self.method} ({self.by})"


def outside(family: str | None = None, folder: Path | None = None) -> dict[str, Outside]:
    """Return file -> results of others, of a family or all, in the order of the files' names.

    Raises
    ------
    InputError
        At the first file that is not as the module says; the line names file, field, value and
        what is allowed.
    """
    found: dict[tuple[str, str], str] = {}
    entries = {}
    for path in sorted((FOLDER if folder is None else folder).glob("*.json")):
        values = read_json(path)
        with within(f"{FOLDER.name}/{path.name}: "):
            one = Outside.from_dict(values)
            key = one.family, one.label
            if key in found:
                raise InputError(f"method = {one.method!r}: {found[key]} has one of {one.by}, too")
        found[key] = path.name
        entries[path.name] = one
    return {name: one for name, one in entries.items() if family in (None, one.family)}
