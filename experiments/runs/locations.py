"""Where results are: the workspaces of fresh runs, and the committed reference."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from difsched.errors import InputError
from difsched.utils.files import read_json
from experiments.paths import AGGREGATES, DEFAULT_PROFILE, LOGS, REFERENCE, WORK, Layout, shown


@dataclass(frozen=True)
class Place:
    """A workspace and the aggregates made from it.

    Attributes
    ----------
    workspace, aggregates : Path
        Folders.
    profile : str
        Name of the profile.
    """

    workspace: Path
    aggregates: Path
    profile: str

    @classmethod
    def fresh(cls, workspace: Path) -> Self:
        """Return the place of a workspace under ``artifacts/work``."""
        try:
            traffic = read_json(workspace / "spec.json")["traffic_id"]
        except (KeyError, TypeError):
            raise InputError(f"{shown(workspace)}/spec.json is no specification") from None
        profile = workspace.name.removesuffix(f"-{traffic}")
        return cls(workspace, AGGREGATES / workspace.name, profile)

    @property
    def name(self) -> str:
        """The workspace as a reader knows it."""
        return shown(self.workspace)

    @property
    def title(self) -> str:
        """What its numbers are, in words."""
        if self.workspace == LOGS:
            return "committed reference"
        note = "" if self.profile == DEFAULT_PROFILE else ": shows that it works, no result"
        return f"{self.profile} profile{note}"

    def command(self, product: str) -> str:
        """Return the command line that makes a product of this place."""
        words = ["./run_all.sh", product]
        if self.profile != DEFAULT_PROFILE:
            words += ["--profile", self.profile]
        traces = read_json(self.workspace / "spec.json")["traces"]
        return " ".join([*words, *(["--traces", traces] if traces else [])])


def reference() -> Place:
    """Return the committed reference.

    Raises
    ------
    InputError
        If it is not there.
    """
    if not (LOGS / "spec.json").is_file():
        raise InputError(f"there is no reference: {shown(LOGS)} holds no spec.json")
    return Place(LOGS, REFERENCE / "aggregates", DEFAULT_PROFILE)


def fresh(profile: str | None = None) -> list[Place]:
    """Return the workspaces that calls have made, the one used last first.

    Parameters
    ----------
    profile : str, optional
        Name of the profile; any without it.

    Raises
    ------
    InputError
        If there is none of that profile.
    """
    specs = sorted(WORK.glob("*/spec.json"), key=_used, reverse=True)
    places = [Place.fresh(path.parent) for path in specs]
    found = [place for place in places if profile in (None, place.profile)]
    if profile is not None and not found:
        allowed = ", ".join(sorted({place.profile for place in places})) or "none was"
        raise InputError(f"--profile {profile!r}: must be one that was run: {allowed}")
    return found


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the options of :func:`find`."""
    parser.add_argument("--reference", action="store_true", help="look in the committed reference")
    parser.add_argument("--profile", metavar="NAME", help="look in this profile's last run")


def find(tables: Sequence[str], profile: str | None, reference_only: bool) -> Place:
    """Return where to look for numbers: the last run that has them, else the reference.

    Parameters
    ----------
    tables : sequence of str
        Names of CSV files, without suffix, that have to be there.
    profile : str or None
        Look in runs of this profile only.
    reference_only : bool
        Look in the committed reference only.

    Raises
    ------
    InputError
        If there is no such place.
    """
    if reference_only:
        if profile:
            raise InputError("--profile: must be left out with --reference")
        return reference()
    for place in fresh(profile):
        if all((place.aggregates / f"{table}.csv").is_file() for table in tables):
            return place
    if profile:
        raise InputError(f"--profile {profile!r}: its last run did not get as far as these numbers")
    return reference()


def _used(spec: Path) -> float:
    """Return when a workspace was last worked in: specified, or given a manifest."""
    manifests = Layout(spec.parent).job_manifest("any").parent
    return max(path.stat().st_mtime for path in (spec, manifests) if path.exists())
