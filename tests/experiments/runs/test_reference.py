"""The committed logs: what is whole is read, the rest is named, and the tables are theirs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from difsched.errors import InputError
from difsched.utils.files import read_json, sha256, write_json
from experiments.aggregate.reference import aggregate
from experiments.paths import LOGS, REFERENCE
from experiments.provenance.fingerprint import code_of
from experiments.publication import publish
from experiments.publication.publish import check_complete, pack, pack_family
from experiments.runs.reference import EXCLUDED, Salvage
from experiments.runs.run import audit, is_complete, track, write_manifest

CONFIG = {"method": "dql_set", "family": "slice", "config": 0}
CODE = code_of("difsched.errors")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of three runs, each with weights."""

    def body(folder: Path) -> float:
        write_json(folder / "result.json", {"loss": 0.5})
        (folder / "weights.safetensors").write_bytes(b"weights of " + folder.name.encode())
        return 0.5

    folder = tmp_path / "full-builtin"
    write_json(folder / "spec.json", {"profile": {}})
    runs = [
        track("main", folder, f"main-dql_set-slice0-s{seed}", {**CONFIG, "seed": seed}, body, CODE)
        for seed in range(3)
    ]
    write_manifest(folder / "manifests" / "main-dql_set-slice0.json", runs)
    return folder


@pytest.fixture
def logs(workspace: Path, tmp_path: Path) -> Path:
    pack(workspace, tmp_path / "logs")
    return tmp_path / "logs"


def manifest(logs: Path) -> Path:
    return logs / "manifests" / "main-dql_set-slice0.json"


def test_packed_runs_are_whole_without_their_weights(workspace: Path, logs: Path) -> None:
    for folder in (logs / "runs").iterdir():
        assert is_complete(folder)
        assert not (folder / "weights.safetensors").exists()
        weights = workspace / "runs" / folder.name / "weights.safetensors"
        record = read_json(folder / "complete.json")
        assert record["omitted"] == {"weights.safetensors": sha256(weights)}
        assert (folder / "result.json").read_bytes() == weights.with_name(
            "result.json"
        ).read_bytes()
    assert list(audit(manifest(logs)).values()) == [None] * 3


def test_packing_refuses_a_damaged_run(workspace: Path, tmp_path: Path) -> None:
    (workspace / "runs" / "main-dql_set-slice0-s1" / "result.json").write_text("{}")
    with pytest.raises(InputError, match="main-dql_set-slice0-s1 is incomplete"):
        pack(workspace, tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_a_family_takes_the_place_of_its_own_runs_alone(
    workspace: Path, logs: Path, tmp_path: Path
) -> None:
    def runs_of_family(name: str, seeds: int, loss: float) -> Path:
        def body(folder: Path) -> float:
            write_json(folder / "result.json", {"loss": loss})
            return loss

        folder = tmp_path / name
        part = {"configs": [2]}
        write_json(folder / "spec.json", {"profile": {"families": {"alloc": part}}})
        write_json(folder / "datasets" / "alloc2.json", {"family": "alloc", "loss": loss})
        config = {"method": "bc", "family": "alloc", "config": 2}
        runs = [
            track("main", folder, f"main-bc-alloc2-s{seed}", {**config, "seed": seed}, body, CODE)
            for seed in range(seeds)
        ]
        write_manifest(folder / "manifests" / "main-bc-alloc2.json", runs)
        return folder

    before = {path: path.read_bytes() for path in logs.rglob("*slice*/*")}
    for name, seeds, loss in (("old", 3, 0.5), ("new", 2, 0.25)):
        pack_family(runs_of_family(name, seeds, loss), logs, "alloc")
    assert all(path.read_bytes() == content for path, content in before.items())
    kept = sorted(path.name for path in (logs / "runs").glob("*alloc*"))
    assert kept == ["main-bc-alloc2-s0", "main-bc-alloc2-s1"]
    assert read_json(logs / "datasets" / "alloc2.json")["loss"] == 0.25
    assert read_json(logs / "spec.json")["profile"]["families"] == {"alloc": {"configs": [2]}}
    with pytest.raises(InputError, match="profile runs no configuration of mlb"):
        pack_family(tmp_path / "new", logs, "mlb")
    # And the slice in turn, of which fewer runs are left.
    others = {path: path.read_bytes() for path in logs.rglob("*alloc*/*")}
    write_manifest(manifest(workspace), [workspace / "runs" / "main-dql_set-slice0-s0"])
    pack_family(workspace, logs, "slice")
    assert all(path.read_bytes() == content for path, content in others.items())
    assert [path.name for path in (logs / "runs").glob("*slice*")] == ["main-dql_set-slice0-s0"]
    profile = read_json(logs / "spec.json")["profile"]
    assert profile == {"families": {"alloc": {"configs": [2]}}}


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)


def _truncate(folder: Path) -> None:
    path = folder / "result.json"
    path.write_bytes(path.read_bytes()[:5])


def _edit_with_its_record(folder: Path) -> None:
    write_json(folder / "result.json", {"loss": 0.1})
    record = read_json(folder / "complete.json")
    record["files"]["result.json"] = sha256(folder / "result.json")
    write_json(folder / "complete.json", record)


@pytest.mark.parametrize("damage", [_remove, _truncate, _edit_with_its_record])
def test_a_damaged_run_is_named_and_left_out(damage, logs: Path) -> None:  # type: ignore[no-untyped-def]
    damage(logs / "runs" / "main-dql_set-slice0-s1")
    salvage = Salvage(logs)
    names = [folder.name for folder in salvage.runs(manifest(logs))]
    assert names == ["main-dql_set-slice0-s0", "main-dql_set-slice0-s2"]
    assert list(salvage.excluded) == ["main-dql_set-slice0-s1"]


def test_a_missing_manifest_is_named(logs: Path) -> None:
    manifest(logs).unlink()
    salvage = Salvage(logs)
    assert salvage.runs(manifest(logs)) == []
    assert list(salvage.excluded) == ["main-dql_set-slice0"]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The CSV files that the committed logs give now."""
    out = tmp_path_factory.mktemp("aggregates")
    assert aggregate(LOGS, out) == {}
    yield out


def test_the_committed_csv_files_are_what_the_committed_logs_give(fresh: Path) -> None:
    committed = REFERENCE / "aggregates"
    names = sorted(path.name for path in fresh.glob("*.csv"))
    assert names == sorted(path.name for path in committed.glob("*.csv"))
    for name in names:
        assert (fresh / name).read_bytes() == (committed / name).read_bytes(), name


def test_an_edited_reference_log_leaves_its_cell_with_fewer_runs(tmp_path: Path) -> None:
    shutil.copytree(LOGS, tmp_path / "logs")
    path = tmp_path / "logs" / "runs" / "main-dql_set-slice0-s1" / "result.json"
    result = read_json(path)
    path.write_text(json.dumps({**result, "loss": 0.0}))
    assert set(aggregate(tmp_path / "logs", tmp_path)) == {"main-dql_set-slice0-s1"}
    assert pd.read_csv(tmp_path / EXCLUDED)["run"].tolist() == ["main-dql_set-slice0-s1"]
    key = ["method", "config"]
    before, after = (
        pd.read_csv(folder / "summary.csv").set_index(key)["seeds"]
        for folder in (REFERENCE / "aggregates", tmp_path)
    )
    changed = before[before != after]
    assert changed.index.tolist() == [("dql_set", 0)]
    assert after["dql_set", 0] == before["dql_set", 0] - 1


def test_only_what_is_complete_is_published(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    for folder in (whole, part):
        folder.mkdir()
        for path in LOGS.iterdir():
            if folder == whole or path.name != "manifests":
                (folder / path.name).symlink_to(path)
    check_complete(whole, ["alloc"])
    gone = "main-det_set-alloc2"
    (part / "manifests").mkdir()
    for path in (LOGS / "manifests").iterdir():
        if path.stem != gone:
            (part / "manifests" / path.name).symlink_to(path)
    with pytest.raises(InputError, match=rf"part: {gone}: its manifest is missing.*run_all"):
        check_complete(part, ["alloc"])


def test_a_damaged_run_of_a_study_behind_no_table_is_refused_before_anything_is_touched(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing is tabled here, so only the manifests know of these runs.
    monkeypatch.setattr(publish, "aggregate", lambda *_: {})
    monkeypatch.setattr(publish, "FULL", workspace)
    monkeypatch.setattr(publish, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(publish.build, "check_tex", lambda: None)
    check_complete(workspace, [])
    (workspace / "runs" / "main-dql_set-slice0-s2" / "result.json").write_text("{}")
    with pytest.raises(InputError, match=r"main-dql_set-slice0-s2: is incomplete"):
        publish.main([])
    assert not (tmp_path / "reference").exists()


def test_a_family_that_was_not_run_is_refused_before_others_are_copied(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "aggregate", lambda *_: {})
    write_json(workspace / "spec.json", {"profile": {"families": {"alloc": {"configs": [2]}}}})
    check_complete(workspace, ["alloc"])
    with pytest.raises(InputError, match="profile runs no configuration of mlb"):
        check_complete(workspace, ["alloc", "mlb"])


def test_the_machine_is_told_with_minutes_by_family() -> None:
    told = read_json(REFERENCE / "machine.json")
    families = read_json(LOGS / "spec.json")["profile"]["families"]
    assert set(told["core_minutes"]) == {"slice", *families}
    assert not {"started", "ended"} & set(told)
