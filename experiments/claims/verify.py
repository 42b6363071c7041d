"""Checks the claims: ``./run_all.sh verify``, or ``verify --reference``.

A fresh run is checked by the aggregates that it left; the committed reference by aggregates made
here and now from its logs.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import pandas as pd
from rich.table import Table

from difsched.errors import InputError
from difsched.utils.files import read_json, refusing
from difsched.utils.terminal import OneLineParser
from experiments.aggregate.query import Aggregates
from experiments.aggregate.reference import aggregate
from experiments.claims import models
from experiments.claims.check import FAIL, NOT_RUN, PASS, Verdict, check, load
from experiments.claims.inputs import superseded
from experiments.claims.sections import where
from experiments.paths import Layout
from experiments.profiles.resolve import Spec, resolve
from experiments.rendering.screen import Screen
from experiments.runs import locations
from experiments.runs.reference import EXCLUDED
from experiments.runs.run import audit
from experiments.workflow.dry_run import outdated
from experiments.workflow.stale import since

#: Columns of a line on code.
WIDTH = 100
STATUSES = (PASS, FAIL, NOT_RUN)
COLORS = {PASS: "green", FAIL: "red", NOT_RUN: "yellow"}
COLUMNS = ("Status", "Claim", "Measured", "Expected", "File", "In the paper")
#: Whether claims are supported -> their heading, and what the closing line calls them.
SECTIONS = {
    True: ("Claims", "claims"),
    False: (
        "Not supported: PASS says that the evidence against the statement was found again",
        "findings against statements that are not supported",
    ),
}


def main(argv: list[str]) -> int:
    """Check the claims and print a table; return 0 if nothing fails and something passes, or 1."""
    parser = OneLineParser(
        prog="./run_all.sh verify", description="Check the claims of artifacts/claims.yml."
    )
    parser.add_argument("--reference", action="store_true", help="check the committed reference")
    parser.add_argument("--profile", metavar="NAME", help="check this profile's last run")
    options = parser.parse_args(argv)
    if options.reference and options.profile:
        raise InputError("--profile: must be left out with --reference")
    claims = load()
    with tempfile.TemporaryDirectory() as made:
        if options.reference:
            place = locations.reference()
            aggregates = Path(made)
            aggregate(place.workspace, aggregates)
        else:
            place = _last(options.profile)
            aggregates = place.aggregates
        old = set() if options.reference else outdated(specification(place))
        verdicts = check(claims, aggregates, place.workspace, outdated=old)
        wrong = {"log": excluded(aggregates, place.workspace)}
        if options.reference:
            wrong["model"] = models.faults(Aggregates(aggregates), place.workspace)
        wrong["run"] = superseded(place.workspace)
    show(verdicts)
    for kind, faults in wrong.items():
        for name, reason in faults.items():
            print(f"  {FAIL:<8} {kind} {name} {reason}")
    if options.reference and (lacking := models.missing(place.workspace)):
        text = f"{', '.join(lacking)}: not published; ./run_all.sh models makes them"
        print(fill(text, WIDTH, initial_indent="  models   ", subsequent_indent=" " * 11))
    changes = since(place.workspace)
    for line in changes:
        print(fill(line, WIDTH, initial_indent="  code     ", subsequent_indent=" " * 11))
    if changes:
        print("           ./run_all.sh check makes runs again, to compare")
    if kept := read_json(place.workspace / "spec.json").get("kept"):
        print(f"  kept     though other code made them: the results of {', '.join(kept)}")
    print(f"\n{summary(verdicts, wrong['log'], place.name)}")
    statuses = [verdict.status for verdict in verdicts]
    failed = FAIL in statuses or any(wrong.values())
    return 0 if PASS in statuses and not failed else 1


def specification(place: locations.Place) -> Spec:
    """Return what a call like the one that made a place would compute now."""
    made = read_json(place.workspace / "spec.json")
    with refusing(place.workspace / "spec.json", "a specification"):
        traces = None if made["traces"] is None else Path(made["traces"])
        spec = resolve(place.profile, traces)
        return spec.keeping(made.get("kept") or {})


def _last(profile: str | None) -> locations.Place:
    """Return the place of the most recent run."""
    found = locations.fresh(profile)
    if not found:
        raise InputError("nothing was run yet: ./run_all.sh runs it; or check with --reference")
    return found[0]


def excluded(aggregates: Path, workspace: Path) -> dict[str, str]:
    """Return the logs that are missing or changed, each with what is wrong.

    Parameters
    ----------
    aggregates : Path
        ``excluded.csv`` in it, if there is one, lists what the CSV files lack.
    workspace : Path
        Its runs are compared with its manifests.
    """
    faults: dict[str, str] = {}
    if (aggregates / EXCLUDED).is_file():
        rows = pd.read_csv(aggregates / EXCLUDED)
        faults |= dict(zip(rows["run"].astype(str), rows["reason"].astype(str), strict=True))
    for manifest in Layout(workspace).manifests():
        try:
            found = audit(manifest)
        except InputError:
            faults[manifest.stem] = "its manifest is damaged"
        else:
            faults |= {run.name: fault for run, fault in found.items() if fault is not None}
    return faults


def show(verdicts: Sequence[Verdict]) -> None:
    """Print the verdicts: a table in a terminal, else plain lines."""
    console = Screen()
    for supported, (title, _) in SECTIONS.items():
        rows = [verdict for verdict in verdicts if verdict.claim.supported is supported]
        if not rows:
            continue
        if not console.is_terminal:
            print(title, *map(_line, rows), sep="\n")
            continue
        table = Table(*COLUMNS, title=title, title_justify="left")
        for verdict in rows:
            status = f"[{COLORS[verdict.status]}]{verdict.status}"
            table.add_row(status, *(text.replace("[", r"\[") for text in _cells(verdict)))
        console.print(table)


def _cells(verdict: Verdict) -> tuple[str, str, str, str, str]:
    claim = verdict.claim
    name = claim.id if claim.supported else f"not supported: {claim.id}"
    return name, verdict.measured, verdict.expected, claim.file, where(claim.paper)


def _line(verdict: Verdict) -> str:
    name, measured, expected, file, place = _cells(verdict)
    return f"  {verdict.status:<8} {name}: {measured} | expected {expected} | {file} | {place}"


def summary(verdicts: Sequence[Verdict], faults: dict[str, str], name: str) -> str:
    """Return the closing lines."""
    parts = [name]
    for supported, (_, title) in SECTIONS.items():
        found = [one.status for one in verdicts if one.claim.supported is supported]
        counts = ", ".join(f"{found.count(status)} {status}" for status in STATUSES)
        parts.append(f"  {len(found)} {title}: {counts}")
    return "\n".join([*parts, *([f"  {len(faults)} logs missing or changed"] if faults else [])])
