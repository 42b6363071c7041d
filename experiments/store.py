"""Run folders: what a run leaves behind, and how to tell that it is whole.

A run is one (experiment, method, configuration, seed). Its folder holds

=================  ================================================================================
config.json        its whole configuration (Sacred)
run.json           when, where and with which versions it ran (Sacred)
cout.txt           what it printed (Sacred)
metrics.jsonl      its learning curve, one JSON object a line
result.json        its final result; the same bytes for the same configuration
cost.json          what it cost: seconds, weights
weights.*          what it learned
complete.json      its completion record, written last: digest of the configuration, checksums
=================  ================================================================================

A folder without a valid completion record is no run: it is ignored, and replaced when it is asked
for again.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sacred import SETTINGS, Experiment
from sacred.observers import FileStorageObserver

from difsched.errors import InputError
from difsched.utils.files import read_json, sha256, to_json, write_json

# Printed text is caught in Python alone: file descriptors stay those of the job's log.
SETTINGS.CAPTURE_MODE = "sys"

RECORD = "complete.json"
#: Packages whose versions a run records: results may depend on them.
PACKAGES = ("cvxpy", "gymnasium", "numpy", "pandas", "scipy", "stable-baselines3", "torch")


def track(
    name: str,
    workspace: Path,
    run_id: str,
    config: Mapping[str, Any],
    body: Callable[[Path], float | None],
    products: Sequence[Path] = (),
) -> Path:
    """Make a run and track it with Sacred, unless this very run is complete already.

    Parameters
    ----------
    name : str
        Name of the experiment.
    workspace : Path
        The run's folder is ``workspace/runs/run_id``.
    run_id : str
        Readable name, such as ``main-dql-c3-s1``.
    config : mapping
        Everything that the result depends on, ``seed`` included, as plain values.
    body : callable
        Does the work: takes the run's folder, writes its files, returns the headline figure, if
        there is one.
    products : sequence of Path
        Files outside the folder that the run makes; without them it is not complete.

    Returns
    -------
    Path
        The run's folder, complete.
    """
    folder = workspace / "runs" / run_id
    settings = config_digest(config)
    if is_complete(folder, settings) and all(path.exists() for path in products):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    experiment = Experiment(name, save_git_info=False)
    experiment.add_config(dict(config))
    for package in PACKAGES:
        # Sacred knows no local labels such as +cpu.
        experiment.add_package_dependency(package, version(package).partition("+")[0])
    experiment.observers.append(FileStorageObserver(folder.parent, copy_sources=False))
    experiment.main(lambda: body(folder))
    experiment.run(options={"--id": run_id, "--loglevel": "WARNING"})
    files = {path.name: sha256(path) for path in sorted(folder.iterdir())}
    write_json(folder / RECORD, {"run": run_id, "settings": settings, "files": files})
    return folder


def config_digest(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a configuration's JSON."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()


def is_complete(folder: Path, settings: str | None = None) -> bool:
    """Return whether a run is whole: its record is there and every checksum holds.

    With ``settings`` (see :func:`config_digest`) it must be the run of that configuration, too.
    """
    try:
        record = read_json(folder / RECORD)
        whole = all(sha256(folder / name) == digest for name, digest in record["files"].items())
    except (InputError, OSError, KeyError, TypeError, AttributeError):
        return False
    return whole and settings in (None, record["settings"])


def append_metrics(folder: Path, values: Mapping[str, Any]) -> None:
    """Add a line to the run's learning curve."""
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(values, sort_keys=True, allow_nan=False) + "\n")


def write_manifest(path: Path, folders: list[Path]) -> None:
    """Write which runs a job made, in order, with the checksums of their completion records."""
    write_json(path, {"runs": [[folder.name, sha256(folder / RECORD)] for folder in folders]})


def read_manifest(path: Path) -> list[Path]:
    """Return the run folders of a manifest, in order.

    Raises
    ------
    InputError
        If the manifest is damaged, or a run of it is missing, incomplete or another one.
    """
    try:
        runs = [(str(run_id), str(digest)) for run_id, digest in read_json(path)["runs"]]
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path} is not a manifest of runs") from None
    folders = [path.parents[1] / "runs" / run_id for run_id, _ in runs]
    for folder, (_, digest) in zip(folders, runs, strict=True):
        if not is_complete(folder) or sha256(folder / RECORD) != digest:
            raise InputError(f"{folder} is not the complete run that {path.name} names")
    return folders


def prune(workspace: Path) -> None:
    """Remove manifests whose runs are missing or damaged, so that their jobs run again."""
    for path in sorted((workspace / "manifests").glob("*.json")):
        try:
            read_manifest(path)
        except InputError:
            path.unlink()
