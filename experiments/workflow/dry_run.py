"""What a call would do: Snakemake's dry run on a mirror of the records, so that nothing is written.

Even its dry run keeps notes in its folder; the mirror takes them.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.terminal import aligned
from experiments.paths import ROOT, WORK
from experiments.phrases import counted, duration
from experiments.products import wanted_rules
from experiments.profiles.resolve import Spec
from experiments.workflow.progress import Progress, kind_seconds, round_estimate
from experiments.workflow.snakemake import Event, Workflow, command, counts, is_problem

RECORDS = (".snakemake/metadata", ".snakemake/incomplete")


def plan(spec: Spec, targets: list[str], at_a_time: int) -> tuple[Progress, list[str]] | None:
    """Return the counts and the labels of the jobs that the targets need.

    Prints the workflow's own error and returns None if it has one.
    """
    events = _events(spec, targets, at_a_time)
    if events is None:
        return None
    progress = Progress(spec.expected_seconds(), at_a_time)
    for event in events:
        if event["event"] == "run_info":
            progress.plan(counts(event))
    return progress, [event["rule_msg"] for event in events if event["event"] == "job_info"]


def outdated(spec: Spec) -> set[str]:
    """Return the names of the CSV files that are there, but that a call would make again.

    Raises
    ------
    InputError
        If the workflow cannot say.
    """
    events = _events(spec, ["all"], 1)
    if events is None:
        raise InputError(f"{spec.workspace}: what is up to date cannot be told")
    made = (Path(file) for event in events for file in event.get("output") or ())
    return {file.name for file in made if file.suffix == ".csv" and (WORK / file).is_file()}


def _events(spec: Spec, targets: list[str], at_a_time: int) -> list[Event] | None:
    """Return the events of a dry run; print the workflow's own error, and return None, if any."""
    found: list[Event] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = mirror(Path(temporary))
        spec_file = Path(temporary) / "spec.json"
        spec.write(spec_file)
        rules = wanted_rules(targets)
        workflow = Workflow(command(spec, spec_file, folder, rules, at_a_time, dry_run=True))
        found += workflow.events(lambda: None)
        status, errors = workflow.close()
    if status != 0:
        problems = [event["text"] for event in found if is_problem(event)]
        print("\n".join([*problems, errors]), file=sys.stderr)
        return None
    return found


def mirror(folder: Path) -> Path:
    """Lay out the repository's results in ``folder``: records copied, everything else linked.

    Returns the mirror of ``artifacts/work``.
    """
    work = folder / WORK.relative_to(ROOT)
    work.mkdir(parents=True)
    for shared in (ROOT / "paper", WORK.parent / "aggregates", WORK.parent / "report"):
        if shared.is_dir():
            (folder / shared.relative_to(ROOT)).symlink_to(shared)
    for workspace in WORK.glob("[!.]*/"):
        (work / workspace.name).symlink_to(workspace)
    for records in RECORDS:
        if (WORK / records).is_dir():
            shutil.copytree(WORK / records, work / records)
    return work


def summary(progress: Progress) -> str:
    """Return a table by kind of job, their number and their minutes of one core, and the estimate.

    Kinds that differ in one configuration, study or number of users are one.
    """
    kinds: dict[str, list[float]] = {}
    for rule, count in progress.waiting.items():
        seconds = count * kind_seconds(rule, progress.expected, {})
        row = kinds.setdefault(_kind(rule), [0, 0.0])
        row[0] += count
        row[1] += seconds
    longest = sorted(kinds.items(), key=lambda item: item[1][1], reverse=True)
    rows = [["kind", "jobs", "minutes of one core"]]
    rows += [[kind, f"{count:.0f}", f"{took / 60:.1f}"] for kind, (count, took) in longest]
    estimate = duration(round_estimate(progress.left()))
    return (
        f"{aligned(rows)}\n{counted(progress.total, 'job')} would run: about {estimate} "
        f"with {counted(progress.jobs, 'job')} at a time"
    )


def _kind(rule: str) -> str:
    """Return a rule's kind: ``main_dql_set_slice_n8`` -> ``main``, ``table1`` -> ``table``."""
    return re.split(r"_|\d", rule)[0]
