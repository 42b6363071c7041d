"""What other code made is found, and named with what has changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from difsched.utils.files import read_json, write_json
from experiments.provenance.fingerprint import Code, code_of
from experiments.runs.run import RECORD, track, write_manifest
from experiments.workflow.job_records import Record, write_record
from experiments.workflow.stale import kept, made, remade, since, stale_jobs, stale_runs

CODE = code_of("difsched.errors")
OLDER = Code(CODE.roots, {**CODE.parts, "difsched/errors.py": "0" * 16})
GONE = Code(("experiments.gone",), {"difsched/errors.py": "0" * 16})


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Two jobs with two runs each: of today's code and older code, and of older code alone."""
    groups = {"reference": (CODE, OLDER), "bc": (OLDER, OLDER)}
    for group, codes in groups.items():
        folders = [run(tmp_path, f"main-{group}-slice0-s{i}", code) for i, code in enumerate(codes)]
        job = f"main-{group}-slice0"
        write_manifest(tmp_path / "manifests" / f"{job}.json", folders)
        write_record(tmp_path, job, Record({}, 1.0, f"main_{group}_slice_n8", OLDER.digest))
    CODE.write(tmp_path)
    write_record(tmp_path, "traffic-fr", Record({}, 1.0, "traffic", CODE.digest))
    write_record(tmp_path, "table2", Record({}, 1.0, "table2", OLDER.digest))
    return tmp_path


def run(workspace: Path, name: str, code: Code) -> Path:
    def body(folder: Path) -> float:
        write_json(folder / "result.json", {})
        return 0.0

    return track("main", workspace, name, {"seed": 0}, body, code)


def test_jobs_and_runs_of_other_code_are_found(workspace: Path) -> None:
    changed = ("difsched/errors.py",)
    found = {
        job: (stale.change, len(stale.runs)) for job, stale in stale_jobs(made(workspace)).items()
    }
    assert found == {
        "main-bc-slice0": (changed, 2),
        "main-reference-slice0": (changed, 1),
        "table2": (changed, 0),
    }
    assert stale_runs(workspace) == {
        name: changed
        for name in ("main-bc-slice0-s0", "main-bc-slice0-s1", "main-reference-slice0-s1")
    }


def test_a_call_says_what_it_makes_again_and_why(workspace: Path) -> None:
    assert remade(stale_jobs(made(workspace)), ["main_bc_slice_n8", "traffic"]) == [
        "2 runs of bc: difsched/errors.py changed"
    ]
    assert remade(
        stale_jobs(made(workspace)), ["main_bc_slice_n8", "main_reference_slice_n8", "table2"]
    ) == [
        "3 runs of bc, reference: difsched/errors.py changed",
        "table2: difsched/errors.py changed",
    ]
    assert remade(stale_jobs(made(workspace)), []) == []


def test_results_can_be_kept_and_products_not(workspace: Path) -> None:
    assert kept(workspace) == {
        "main-bc-slice0": OLDER.digest,
        "main-reference-slice0": OLDER.digest,
    }


def test_verify_names_the_modules_that_have_changed(workspace: Path) -> None:
    [line] = since(workspace)
    assert line == ("changed since 3 runs of bc, reference were made: difsched/errors.py (3 runs)")


def test_a_run_without_a_record_of_its_code_is_named(workspace: Path) -> None:
    folder = workspace / "runs" / "main-bc-slice0-s0"
    record = read_json(folder / RECORD)
    del record["code"]
    write_json(folder / RECORD, record)
    folders = [folder, folder.with_name("main-bc-slice0-s1")]
    write_manifest(workspace / "manifests" / "main-bc-slice0.json", folders)
    assert "no record of the code that made 1 run of bc" in since(workspace)


def test_a_module_that_is_gone_has_changed(workspace: Path) -> None:
    folder = run(workspace, "main-sac-slice0-s0", GONE)
    write_manifest(workspace / "manifests" / "main-sac-slice0.json", [folder])
    assert stale_runs(workspace)["main-sac-slice0-s0"] == ("experiments.gone",)


def test_nothing_is_said_where_nothing_has_changed(tmp_path: Path) -> None:
    folder = run(tmp_path, "main-bc-slice0-s0", CODE)
    write_manifest(tmp_path / "manifests" / "main-bc-slice0.json", [folder])
    assert since(tmp_path) == []
    assert replace(CODE, kept=True).accepts("0" * 16)
