"""The committed reference, made from a complete full run: compact logs, tables, figures, paper.

``./run_all.sh publish`` copies what stands behind the numbers: every run's folder without its
weights, the datasets' cards, the traffic. The completion records then vouch for the files that are
left, and keep the checksums of the weights, so that whoever trains again can compare. The logs are
committed as packs; see `experiments.runs.packs`.
``./run_all.sh publish alloc`` does so for the runs of a problem family alone, the slice or another,
and ``./run_all.sh publish dql_set ablation mec_proposals`` for pieces (see
`experiments.publication.pieces`): all other runs stay what they are.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from difsched.config.base import check_choice
from difsched.errors import InputError
from difsched.run_ids import experiment_of, family_of, study_job
from difsched.utils.files import check_output, read_json, write_json
from experiments.aggregate.records import read_record
from experiments.aggregate.reference import aggregate
from experiments.aggregate.results import Made
from experiments.claims.inputs import superseded
from experiments.claims.page import main as write_claims
from experiments.paths import FULL, LOGS, REFERENCE, ROOT, Layout, shown
from experiments.products import FURTHER, PRODUCTS
from experiments.profiles.profile import Profile
from experiments.provenance.fingerprint import FOLDER as CODE
from experiments.publication import build
from experiments.publication.figures import main as render_all
from experiments.publication.models import write_models
from experiments.publication.pieces import jobs_of, pieces_of, with_piece
from experiments.runs.packs import loosen, write_packs
from experiments.runs.reference import FRESH
from experiments.runs.run import RECORD, audit, read_manifest, write_manifest
from experiments.runs.workspace import Workspace
from experiments.studies import FAMILY_STUDIES


def main(argv: list[str]) -> int:
    """Make ``artifacts/reference`` anew, or families of it; return the exit status."""
    check_output("folder", REFERENCE, "folder")
    if not (FULL / "spec.json").is_file():
        raise InputError(f"{FULL} is missing: ./run_all.sh makes it")
    families = (Profile.TOP, *FURTHER)
    pieces = pieces_of(Workspace(FULL).profile)
    for name in argv:
        check_choice("publish", name, (*families, *pieces))
    build.check_tex()
    check_complete(FULL, argv)
    loosen()
    for name in argv:
        (pack_family if name in families else pack_piece)(FULL, LOGS, name)
    if not argv:
        pack(FULL, LOGS)
    if status := render_all([]) or build.main([]):
        return status
    products = [ROOT / file for product in PRODUCTS.values() for file in product.files]
    kept = {
        "aggregates": sorted(FRESH.glob("*.csv")),
        "tables": [path for path in products if path.match("tables/*.tex")],
        "figures": [path for path in products if path.suffix in (".pdf", ".png", ".gif")],
        ".": [ROOT / "paper" / "main.pdf"],
    }
    for name, paths in kept.items():
        for path in paths:
            (REFERENCE / name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, REFERENCE / name / path.name)
    write_packs()
    write_json(REFERENCE / "machine.json", machine(LOGS))
    write_models()
    write_claims()
    for run, reason in superseded(LOGS).items():
        print(f"{run} {reason}: publish {experiment_of(run)}, or what it tested, anew")
    return 0


def check_complete(source: Path, names: Sequence[str]) -> None:
    """Raise InputError unless all that is to be copied of a workspace is there and whole.

    That is every run behind a table, and whatever else a manifest names, such as the runs of a
    study that stands behind no table.

    Parameters
    ----------
    source : Path
        The workspace.
    names : sequence of str
        Families and pieces; none: all.
    """
    layout = Workspace(source)
    families = [name for name in names if name in (Profile.TOP, *FURTHER)]
    for name in families:
        _part(layout, name)
    found: dict[str, str] = {}
    if families or not names:
        with TemporaryDirectory() as tables:
            found = aggregate(source, Path(tables), families)
    manifests = [path for name in families for path in _manifests(layout, name)]
    for name in [name for name in names if name not in families]:
        for path in map(layout.job_manifest, jobs_of(layout.profile, name)):
            if path.is_file():
                manifests.append(path)
            else:
                found[path.stem] = "its manifest is missing"
    for path in manifests if names else layout.manifests():
        found |= {folder.name: fault for folder, fault in audit(path).items() if fault}
    if found:
        name, reason = next(iter(sorted(found.items())))
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise InputError(f"{shown(source)}: {name}: {reason}{more}; ./run_all.sh makes them")


def pack(source: Path, logs: Path) -> None:
    """Copy the compact logs of a workspace.

    Raises
    ------
    InputError
        If a run that a manifest names is not whole.
    """
    runs = {path.stem: read_manifest(path) for path in Layout(source).manifests()}
    shutil.rmtree(logs, ignore_errors=True)
    cards, traffic = Layout(source).datasets_folder / "*.json", Layout(source).traffic_path("*")
    _copy_files(source, logs, Layout(source).spec_path, cards, traffic, source / CODE / "*.json")
    _copy_jobs(runs, logs)


def pack_family(source: Path, logs: Path, family: str) -> None:
    """Put the runs and cards of a family into logs, in the place of those that are there.

    Raises
    ------
    InputError
        If a run is not whole, or the workspace's profile leaves the family out.
    """
    there, new = Layout(logs), Layout(source)
    spec, part = read_json(there.spec_path), _part(new, family)
    runs = {path.stem: read_manifest(path) for path in _manifests(new, family)}
    _remove_jobs(_manifests(there, family))
    for path in there.datasets_folder.glob(there.card_path(family, "*").name):
        path.unlink()
    copied = [new.card_path(family, "*"), source / CODE / "*.json"]
    _copy_files(source, logs, *copied, *([new.traffic_path("*")] if family == Profile.TOP else []))
    _copy_jobs(runs, logs)
    families = spec["profile"].get("families", {})
    if family == Profile.TOP:
        spec["profile"] = {**part, "families": families}
    else:
        spec["profile"]["families"] = {**families, family: part}
    write_json(there.spec_path, spec)


def pack_piece(source: Path, logs: Path, piece: str) -> None:
    """Put the runs of a piece into logs, in the place of those that are there.

    Raises
    ------
    InputError
        If a run is not whole, or the logs' other runs learned from other datasets.
    """
    there, new = Workspace(logs), Workspace(source)
    if piece in new.profile.groups:
        check_same_datasets(there, new)
    runs = {job: read_manifest(new.job_manifest(job)) for job in jobs_of(new.profile, piece)}
    jobs = [*runs]
    if piece in pieces_of(there.profile):
        jobs += jobs_of(there.profile, piece)
    _remove_jobs(filter(Path.is_file, map(there.job_manifest, set(jobs))))
    _copy_files(source, logs, source / CODE / "*.json")
    _copy_jobs(runs, logs)
    merged = with_piece(there.spec["profile"], new.spec["profile"], piece)
    write_json(there.spec_path, {**there.spec, "profile": merged})


def check_same_datasets(there: Layout, new: Layout) -> None:
    """Raise InputError if a dataset of the slice is another one in a workspace than in the logs."""
    for path in sorted(new.datasets_folder.glob(new.card_path(Profile.TOP, "*").name)):
        old = there.datasets_folder / path.name
        if old.is_file() and read_json(old)["sha256"] != read_json(path)["sha256"]:
            raise InputError(
                f"{shown(path)}: sha256 is not that of {shown(old)}: other runs learned from "
                f"that; publish {Profile.TOP} as a whole"
            )


def _part(layout: Layout, family: str) -> Any:
    """Return what a workspace's profile says of a family."""
    profile = read_json(layout.spec_path)["profile"]
    if family == Profile.TOP:
        return profile
    part = profile.get("families", {}).get(family)
    if part is None:
        folder = shown(layout.spec_path.parent)
        raise InputError(f"{folder}: its profile runs no configuration of {family}")
    return part


def _manifests(layout: Layout, family: str) -> list[Path]:
    """Return the manifests of a family's runs, those of its studies among them."""
    return [path for path in layout.manifests() if _family_of_job(path.stem) == family]


def _family_of_job(job: str) -> str:
    """Return the problem family of a job: the slice's unless its name says another."""
    studies = {study_job(name, ""): of for name, of in FAMILY_STUDIES.items()}
    own = next((of for begin, of in studies.items() if job.startswith(begin)), None)
    return own or family_of(job) or Profile.TOP


def _remove_jobs(manifests: Iterable[Path]) -> None:
    """Remove jobs' manifests, and the runs that they name."""
    for path in manifests:
        for folder in read_manifest(path):
            shutil.rmtree(folder)
        path.unlink()


def _copy_files(source: Path, logs: Path, *patterns: Path) -> None:
    copied = (source.glob(str(pattern.relative_to(source))) for pattern in patterns)
    for path in chain(*copied):
        target = logs / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _copy_jobs(runs: Mapping[str, Sequence[Path]], logs: Path) -> None:
    for job, folders in runs.items():
        copies = [Layout(logs).run_path(folder.name) for folder in folders]
        for folder, copy in zip(folders, copies, strict=True):
            _copy_run(folder, copy)
        write_manifest(Layout(logs).job_manifest(job), copies)


def _copy_run(folder: Path, target: Path) -> None:
    record = read_json(folder / RECORD)
    # Weights are large; what Sacred measured is in metrics.jsonl, without the hour.
    large = {name: sum for name, sum in record["files"].items() if name.startswith("weights.")}
    kept = {n: sum for n, sum in record["files"].items() if n not in {*large, "metrics.json"}}
    target.mkdir(parents=True)
    for name in kept:
        shutil.copyfile(folder / name, target / name)
    omitted = {"omitted": large} if large else {}
    write_json(target / RECORD, {**record, "files": kept, **omitted})


def machine(logs: Path) -> dict[str, Any]:
    """Return where the runs of a workspace were made, what each family took, and with what.

    Not when: families are run, and run again, on days of their own.
    """
    folders = sorted(Layout(logs).runs_folder.iterdir())
    runs = [read_record(Made, folder / "run.json") for folder in folders]
    spent = [read_json(folder / "resources.json") for folder in folders]
    asked = read_json(Layout(logs).spec_path)["profile"].get("families", {})
    minutes = {family: 0.0 for family in (Profile.TOP, *asked)}
    for folder, run in zip(folders, spent, strict=True):
        minutes[family_of(folder.name) or "slice"] += run["cpu_seconds"] / 60
    return {
        "cpu": sorted({run.host.cpu for run in runs if run.host.cpu}),
        "os": sorted({run.host.os[-1] for run in runs if run.host.os}),
        "python": sorted({run.host.python_version for run in runs if run.host.python_version}),
        "packages": sorted({name for run in runs for name in run.experiment.dependencies}),
        "cores": os.cpu_count(),
        "runs": len(runs),
        "core_minutes": minutes,
        "peak_mib": max(run["peak_mib"] for run in spent),
    }
