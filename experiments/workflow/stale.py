"""Results that other code made than what is here: which they are, and what has changed since."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from difsched.errors import InputError
from difsched.run_ids import subject_of
from difsched.utils.files import read_json
from experiments.paths import ROOT, Layout, layout_of
from experiments.phrases import counted, some
from experiments.products import PRODUCTS
from experiments.provenance.fingerprint import code_of, read_code
from experiments.provenance.imports import Sources
from experiments.runs.run import RECORD, named
from experiments.workflow.job_records import Record, read_records

#: What has changed where no record of the code is left.
UNKNOWN = ("code that is not on record",)
#: Modules and packages that are not what they were, for each digest of code.
Changes = dict[str | None, tuple[str, ...]]


@dataclass(frozen=True)
class StaleJob:
    """A job whose results were made by other code.

    Attributes
    ----------
    rule : str
        The rule of the Snakefile.
    code : str
        Digest of the code that made them.
    change : tuple of str
        What has changed of it.
    runs : mapping
        Those of its runs of which anything has changed -> what has.
    """

    rule: str
    code: str
    change: tuple[str, ...]
    runs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Made:
    """What the jobs of a workspace have made so far.

    A job that begins removes its record: who asks what it makes again notes this before.

    Attributes
    ----------
    workspace : Path
    records : mapping
        Job -> its record.
    codes : mapping
        Job -> run -> digest of the run's code; of jobs that make runs.
    """

    workspace: Path
    records: Mapping[str, Record]
    codes: Mapping[str, Mapping[str, str | None]]


def made(workspace: Path) -> Made:
    """Return what the jobs of a workspace have made so far."""
    records = read_records(workspace)
    codes = {job: _codes(Layout(workspace).job_manifest(job)) for job in records}
    return Made(workspace, records, codes)


def stale_jobs(found: Made) -> dict[str, StaleJob]:
    """Return job -> what has changed of the code that made its results, where anything has."""
    runs = [code for codes in found.codes.values() for code in codes.values()]
    jobs = [record.code for record in found.records.values()]
    changes = _changes(found.workspace, [*jobs, *runs])
    return {
        job: StaleJob(
            record.rule,
            record.code,
            changes[record.code],
            {run: changes[code] for run, code in found.codes[job].items() if changes[code]},
        )
        for job, record in found.records.items()
        if changes[record.code]
    }


def stale_runs(workspace: Path) -> dict[str, tuple[str, ...]]:
    """Return run -> what has changed of the code that made it, where anything has."""
    manifests = Layout(workspace).manifests()
    codes = {run: code for path in manifests for run, code in _codes(path).items()}
    changes = _changes(workspace, codes.values())
    return {run: changes[code] for run, code in codes.items() if changes[code]}


def kept(workspace: Path) -> dict[str, str]:
    """Return job -> digest of the code that made its results, where that is not what is here.

    What is made from results in seconds, CSV files and products, follows the code in any case.
    """
    return {
        job: stale.code
        for job, stale in stale_jobs(made(workspace)).items()
        if job not in PRODUCTS and not job.startswith("aggregate")
    }


def remade(jobs: Mapping[str, StaleJob], rules: Collection[str]) -> list[str]:
    """Return lines on what jobs of some rules make again because the code has changed.

    Parameters
    ----------
    jobs : mapping
        Of :func:`stale_jobs`.
    rules : collection of str
        Names of the rules whose jobs are about to run.
    """
    found: dict[tuple[str, ...], list[str]] = {}
    others: dict[tuple[str, ...], list[str]] = {}
    for job, stale in jobs.items():
        if stale.rule not in rules:
            continue
        for run, change in stale.runs.items():
            found.setdefault(change, []).append(run)
        if not stale.runs:
            others.setdefault(stale.change, []).append(job)
    lines = [f"{describe(names)}: {changed(change)}" for change, names in found.items()]
    return lines + [f"{some(names)}: {changed(change)}" for change, names in others.items()]


def since(workspace: Path) -> list[str]:
    """Return lines on what has changed since the runs of a workspace were made, if anything has.

    Each module stands with the number of the runs behind which it is.
    """
    changes = stale_runs(workspace)
    lost = [run for run, change in changes.items() if change == UNKNOWN]
    known = {run: change for run, change in changes.items() if change != UNKNOWN}
    behind = Counter(part for change in known.values() for part in change)
    lines = [f"no record of the code that made {describe(lost)}"] if lost else []
    if behind:
        lines.append(f"changed since {describe(list(known))} were made: {_behind(behind)}")
    return lines


def _behind(behind: Mapping[str, int]) -> str:
    return ", ".join(f"{part} ({counted(n, 'run')})" for part, n in sorted(behind.items()))


def describe(runs: Collection[str]) -> str:
    """Return how many runs there are, and of what: ``"14 runs of iql"``."""
    stems = list(map(subject_of, runs))
    return f"{counted(len(runs), 'run')} of {some(list(dict.fromkeys(stems)))}"


def changed(parts: Collection[str]) -> str:
    """Return what has changed, as the end of a line."""
    return f"{some(list(parts))} changed"


def _changes(workspace: Path, digests: Iterable[str | None]) -> Changes:
    sources = Sources(ROOT)
    return {digest: _change(workspace, digest, sources) for digest in dict.fromkeys(digests)}


def _change(workspace: Path, digest: str | None, sources: Sources) -> tuple[str, ...]:
    """Return what differs between the code with a digest and the same modules' code of today."""
    if digest is None:
        return UNKNOWN
    try:
        made_by = read_code(workspace, digest)
    except InputError:
        return UNKNOWN
    try:
        return tuple(code_of(*made_by.roots, sources=sources).differs(made_by))
    except InputError:  # a module is gone, or has a syntax error
        return tuple(made_by.roots)


def _codes(manifest: Path) -> Mapping[str, str | None]:
    """Return run -> digest of its code, of the runs of a manifest; none without one."""
    try:
        runs = [run for run, _ in named(manifest)]
    except InputError:
        return {}
    return {run: _code(layout_of(manifest).run_path(run) / RECORD) for run in runs}


def _code(record: Path) -> str | None:
    try:
        values = read_json(record)
        return str(values["code"])
    except (InputError, KeyError, TypeError):
        return None
