"""Run folders: what a run leaves behind, and how to tell that it is whole.

A run is one (experiment, method, configuration, seed). Its folder holds

=================  ================================================================================
config.json        its whole configuration (Sacred)
run.json           when, where and with which versions it ran (Sacred)
cout.txt           what it printed (Sacred), if anything
metrics.jsonl      its learning curve, one JSON object a line
result.json        its final result; the same bytes for the same configuration
cost.json          what it cost to fit and to decide: seconds, milliseconds, weights
resources.json     what the machine spent on it: seconds, processor seconds, peak memory
weights.*          what it learned
complete.json      its completion record, written last: digests of its configuration and of the code
                   that made it (``code/DIGEST.json`` of the workspace has the modules), revision,
                   checksums
=================  ================================================================================

A folder without a valid completion record is no run: it is ignored, and replaced when it is asked
for again.
"""

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from difsched.errors import InputError
from difsched.utils.files import read_json, sha256, to_json, write_json
from experiments.paths import Layout, layout_of
from experiments.provenance.fingerprint import Code, revision
from experiments.runs.machine import peak_mib

if TYPE_CHECKING:
    from experiments.runs.sacred_experiment import Asked

RECORD = "complete.json"
#: What a run has learned; the committed logs keep its checksum alone.
WEIGHTS = "weights.safetensors"
#: Files that Sacred writes itself.
SACRED = ("config.json", "run.json", "cout.txt", "metrics.json")
#: Sacred's run that is under way.
_RUN: ContextVar[Any] = ContextVar("run", default=None)
#: What run ids and names of their files look like: nothing that leads out of a folder.
_WORD = re.compile(r"\w[\w.-]*", re.ASCII)


def track(
    name: str,
    workspace: Path,
    run_id: str,
    config: Mapping[str, Any],
    body: Callable[[Path], float | None],
    code: Code,
    products: Sequence[Path] = (),
    asked: "Asked | None" = None,
) -> Path:
    """Make a run and track it with Sacred, unless this very run is complete already.

    A run that other code made is another run.

    Parameters
    ----------
    name : str
        Name of the experiment.
    workspace : Path
        The run's folder is ``workspace/runs/run_id``.
    run_id : str
        Readable name, such as ``main-dql-slice3-s1``.
    config : mapping
        Everything that the result depends on, ``seed`` included, as plain values.
    body : callable
        Does the work: takes the run's folder, writes its files, returns the headline figure, if
        there is one.
    code : Code
        What the run executes.
    products : sequence of Path
        Files outside the folder that the run makes; without them it is not complete.
    asked : Asked, optional
        What a command line of Sacred asks of the run besides.

    Returns
    -------
    Path
        The run's folder, complete.
    """
    folder = Layout(workspace).run_path(run_id)
    settings, again = config_digest(config), asked is not None and asked.again
    whole = is_complete(folder, settings, code) and all(path.exists() for path in products)
    if whole and not again:
        return folder
    if folder.exists():
        shutil.rmtree(folder)
    from experiments.runs.sacred_experiment import Asked, experiment_of  # slow to import

    asked = asked or Asked()
    experiment = experiment_of(name, config, code, folder.parent, asked.observers)

    @experiment.main
    def make(_run: Any) -> float | None:
        token = _RUN.set(_run)
        try:
            figure = body(folder)
        finally:
            _RUN.reset(token)
        for path in sorted(folder.iterdir()):
            if path.name not in SACRED:
                _run.add_artifact(path)
        return figure

    clocks = time.perf_counter(), time.process_time()
    meta = {"named_configs": list(asked.named_configs)}
    experiment.run(meta_info=meta, options={**asked.options, "--id": run_id})
    for unused in ("cout.txt", "metrics.json"):
        if (folder / unused).read_text(encoding="utf-8") in ("", "{}"):
            (folder / unused).unlink()
    write_json(folder / "resources.json", _resources(*clocks))
    files = {path.name: sha256(path) for path in sorted(folder.iterdir())}
    code.write(workspace)
    record = {"run": run_id, "settings": settings, "code": code.digest, "revision": revision()}
    write_json(folder / RECORD, {**record, "files": files})
    return folder


def _resources(started: float, cpu_started: float) -> dict[str, float]:
    """Return seconds since both clocks' readings, and the process's peak memory so far."""
    return {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu_started,
        "peak_mib": peak_mib(),
    }


def config_digest(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a configuration's JSON."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()


def asked_digest(config: Mapping[str, Any]) -> str:
    """Return the digest of what a run was asked for: its configuration but for its inputs.

    Their checksums, such as that of traffic, are not the same on all machines.
    """
    return config_digest({name: value for name, value in config.items() if name != "inputs"})


def checksums(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksum of each file by a run's record, of those left out of the logs, too."""
    return {**record["files"], **record.get("omitted", {})}


def is_complete(folder: Path, settings: str | None = None, code: Code | None = None) -> bool:
    """Return whether a run is whole: its record is there, is its own, and every checksum holds.

    The record must name ``config.json``, and no more than plain files of the folder itself. With
    ``settings`` (see :func:`config_digest`) it must be the run of that configuration, and with
    ``code`` one that this code made, too.
    """
    try:
        record = read_json(folder / RECORD)
        files, own = record["files"], record["run"] == folder.name
        plain = all(_WORD.fullmatch(name) and not (folder / name).is_symlink() for name in files)
        if not own or not plain or "config.json" not in files:
            return False
        whole = all(sha256(folder / name) == digest for name, digest in files.items())
        made_so = code is None or code.accepts(record.get("code"))
        return whole and made_so and settings in (None, record["settings"])
    except (InputError, OSError, KeyError, TypeError, AttributeError):
        return False


def append_metrics(folder: Path, values: Mapping[str, Any]) -> None:
    """Add a line to the run's learning curve, and tell Sacred its numbers, at their ``amount``."""
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(values, sort_keys=True, allow_nan=False) + "\n")
    run = _RUN.get()
    if run is None:
        return
    nested = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    numbers = {f"{key}.{name}": v for key, inner in nested.items() for name, v in inner.items()}
    for name, value in {**values, **numbers}.items():
        if name != "amount" and isinstance(value, int | float):
            run.log_scalar(name, value, values["amount"])


def write_manifest(path: Path, folders: list[Path]) -> None:
    """Write which runs a job made, in order, with the checksums of their completion records."""
    write_json(path, {"runs": [[folder.name, sha256(folder / RECORD)] for folder in folders]})


def audit(path: Path) -> dict[Path, str | None]:
    """Return the run folders of a manifest, in order, and what is wrong with each, if anything.

    Raises
    ------
    InputError
        If the manifest is missing or damaged.
    """
    runs = named(path)
    folders = {layout_of(path).run_path(run_id): digest for run_id, digest in runs}
    return {folder: _fault(folder, digest) for folder, digest in folders.items()}


def named(path: Path) -> list[tuple[str, str]]:
    """Return the runs of a manifest, in order, each with the checksum of its completion record.

    Raises
    ------
    InputError
        If the manifest is missing or damaged.
    """
    values = read_json(path)
    try:
        runs = [(run_id, digest) for run_id, digest in values["runs"]]
        wrong = [run_id for run_id, _ in runs if not _WORD.fullmatch(run_id) or len(run_id) > 200]
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path} is not a manifest of runs") from None
    if wrong:
        raise InputError(f"{path} names the run {wrong[0]!r}: must be letters, digits, _, - and .")
    return runs


def _fault(folder: Path, digest: str) -> str | None:
    if not folder.is_dir():
        return "is missing"
    if not is_complete(folder):
        return "is incomplete, or a file of it was changed"
    if sha256(folder / RECORD) != digest:
        return "is another run than its manifest names"
    return None


def read_manifest(path: Path) -> list[Path]:
    """Return the run folders of a manifest, in order.

    Raises
    ------
    InputError
        If the manifest is damaged, or a run of it is missing, incomplete or another one.
    """
    folders = audit(path)
    for folder, fault in folders.items():
        if fault is not None:
            raise InputError(f"{folder} {fault} ({path.name})")
    return list(folders)


def prune(workspace: Path) -> list[Path]:
    """Remove manifests whose runs are missing or damaged, so that their jobs run again.

    Returns
    -------
    list of Path
        The runs and manifests that are not whole.

    Raises
    ------
    InputError
        If one cannot be removed: it is a folder, or the place is read-only.
    """
    found: list[Path] = []
    for path in Layout(workspace).manifests():
        try:
            faulty = [folder for folder, fault in audit(path).items() if fault is not None]
        except InputError:
            faulty = [path]
        if faulty:
            _remove(path)
        found += faulty
    return found


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise InputError(f"{path} cannot be removed: {error.strerror}") from None
