"""What every job made, by checksum: so that damage is found, and made good, by the next call.

``records/JOB.json`` in a workspace is written when a job has ended well; see :class:`Record`. What
no record speaks of is taken as it is: files that were copied here, and jobs whose record was lost.
"""

import base64
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from difsched.errors import InputError
from difsched.utils.files import leftovers, read_json, sha256, write_json
from experiments.paths import Layout
from experiments.products import PRODUCTS

#: Snakemake's notes on the settings with which it made a file.
NOTES = Path(".snakemake", "metadata")


@dataclass(frozen=True)
class Record:
    """What a job made, and with what.

    Attributes
    ----------
    made : mapping
        Path, relative to the folder of all workspaces as Snakemake has it, -> SHA-256.
    peak_mib : float
        Its peak memory, MiB.
    rule : str
        The rule of the Snakefile.
    code : str
        Digest of the code that it executed; see :mod:`experiments.provenance.fingerprint`.
    """

    made: Mapping[str, str]
    peak_mib: float
    rule: str
    code: str


def write_record(workspace: Path, job: str, record: Record) -> None:
    """Write a job's record."""
    write_json(Layout(workspace).record_path(job), asdict(record))


def read_peak(log: Path) -> float | None:
    """Return the peak memory of the job with this log, MiB; None without a record."""
    record = _read(Layout(log.parents[1]).record_path(log.stem))
    return None if record is None else record.peak_mib


def read_records(workspace: Path) -> dict[str, Record]:
    """Return job -> its record; one that is damaged, or of other places, is left out."""
    read = {path.stem: _read(path) for path in _record_paths(workspace)}
    return {
        job: record
        for job, record in read.items()
        if record is not None and all(_belongs(name, workspace.name) for name in record.made)
    }


def _read(path: Path) -> Record | None:
    try:
        values = read_json(path)
        made = {str(name): str(digest) for name, digest in values["made"].items()}
        return Record(made, float(values["peak_mib"]), str(values["rule"]), str(values["code"]))
    except (InputError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _record_paths(workspace: Path) -> list[Path]:
    # Hidden ones are still being written.
    return sorted(Layout(workspace).record_path("any").parent.glob("[!.]*.json"))


def _belongs(path: str, workspace: str) -> bool:
    """Return whether jobs of a workspace write there: what they wrote may be removed."""
    places = (f"{workspace}/", f"../aggregates/{workspace}/")
    products = {f"../../{file}" for product in PRODUCTS.values() for file in product.files}
    return path in products or (path.startswith(places) and os.path.normpath(path) == path)


def digests(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return path -> SHA-256 of files in a folder.

    Raises
    ------
    InputError
        If one of them cannot be read.
    """
    return {path: sha256(folder / path) for path in paths}


def check_read(workspace: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return path -> SHA-256 of what a job reads.

    Raises
    ------
    InputError
        If a file is missing, or not as its job made it; the line names the file.
    """
    known = {
        path: digest
        for record in read_records(workspace).values()
        for path, digest in record.made.items()
    }
    found = digests(workspace.parent, paths)
    for path, digest in found.items():
        if known.get(path, digest) != digest:
            whole = os.path.normpath(workspace.parent / path)
            raise InputError(f"{whole} is damaged: call again, and it is made again")
    return found


def doubtful(workspace: Path, wanted: Collection[str]) -> dict[str, list[str]]:
    """Return the jobs that did not leave what is there now -> the files that differ.

    Parameters
    ----------
    workspace : Path
    wanted : collection of str
        The products that are asked for. Others are not looked at: the last call may have made them
        from another workspace.
    """
    folder = workspace.parent
    unreadable = {subject for _, subject in _unreadable_notes(folder)}
    found = {}
    for job, record in read_records(workspace).items():
        if job in PRODUCTS and job not in wanted:
            continue
        differ = [path for path, digest in record.made.items() if not _is(folder / path, digest)]
        if differ or not unreadable.isdisjoint(record.made):
            found[job] = differ
    return found


def discard(workspace: Path, wanted: Collection[str]) -> list[str]:
    """Remove all that doubtful jobs made, so that they run again.

    Returns
    -------
    list of str
        The damaged files. Products are not in it: they may well be another workspace's. A record
        that cannot be read is: from then on its job's files are taken as they are.
    """
    folder, records = workspace.parent, read_records(workspace)
    unread = [path for path in _record_paths(workspace) if path.stem not in records]
    damaged = [str(path.relative_to(folder)) for path in unread]
    for path in unread:
        path.unlink()
    for job, differ in doubtful(workspace, wanted).items():
        damaged += [name for name in differ if job not in PRODUCTS and (folder / name).is_file()]
        for name in records[job].made:
            (folder / name).unlink(missing_ok=True)
        Layout(workspace).record_path(job).unlink()
    for note, _ in list(_unreadable_notes(folder)):
        note.unlink()
    return damaged


def clear(workspace: Path, wanted: Collection[str]) -> None:
    """Remove the temporary files that killed writers left."""
    root = workspace.parents[2]
    products = {(root / file).parent for name in wanted for file in PRODUCTS[name].files}
    stores = set(Layout(workspace).stores())
    for place in (
        {workspace, root / "artifacts" / "aggregates" / workspace.name} | stores | products
    ):
        for left in leftovers(place):
            left.unlink()


def _is(path: Path, digest: str) -> bool:
    try:
        return sha256(path) == digest
    except InputError:
        return False


def _unreadable_notes(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield Snakemake's notes that it could not read, each with the file it is on."""
    for note in [path for path in (folder / NOTES).rglob("*") if path.is_file()]:
        try:
            if isinstance(json.loads(note.read_bytes().decode()), dict):
                continue
        except ValueError:
            pass
        # Long names are cut into folders, whose names begin with @.
        name = "".join(part.removeprefix("@") for part in note.relative_to(folder / NOTES).parts)
        try:
            yield note, base64.urlsafe_b64decode(name).decode()
        except ValueError:
            yield note, ""
