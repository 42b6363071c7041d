"""Runs: complete or not there at all."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from difsched.errors import InputError
from difsched.utils.files import write_json
from experiments.paths import ROOT
from experiments.provenance.fingerprint import Code, code_of, read_code
from experiments.runs.run import (
    RECORD,
    append_metrics,
    is_complete,
    prune,
    read_manifest,
    track,
    write_manifest,
)

CONFIG = {"method": "equal", "config": 0, "seed": 0}


@pytest.fixture
def calls() -> list[Path]:
    return []


CODE = code_of("difsched.errors")


def run(workspace: Path, calls: list[Path], code: Code = CODE, **config: object) -> Path:
    def body(folder: Path) -> float:
        calls.append(folder)
        append_metrics(folder, {"amount": 1, "loss": 0.5})
        write_json(folder / "result.json", {"loss": 0.5})
        return 0.5

    return track("main", workspace, "main-equal-slice0-s0", {**CONFIG, **config}, body, code)


def test_a_complete_run_is_not_made_again(tmp_path: Path, calls: list[Path]) -> None:
    folder = run(tmp_path, calls)
    assert run(tmp_path, calls) == folder
    assert len(calls) == 1
    assert json.loads((folder / "config.json").read_text())["seed"] == 0
    assert json.loads((folder / "run.json").read_text())["status"] == "COMPLETED"


def test_another_configuration_is_another_run(tmp_path: Path, calls: list[Path]) -> None:
    run(tmp_path, calls)
    run(tmp_path, calls, n_windows=40)
    assert len(calls) == 2


def test_a_run_of_other_code_is_made_again_unless_it_is_kept(
    tmp_path: Path, calls: list[Path]
) -> None:
    other = Code(CODE.roots, {**CODE.parts, "difsched/errors.py": "0" * 16})
    run(tmp_path, calls, other)
    run(tmp_path, calls, replace(CODE, kept=True))
    assert len(calls) == 1
    run(tmp_path, calls, CODE)
    assert len(calls) == 2


def test_a_run_says_which_code_made_it(tmp_path: Path, calls: list[Path]) -> None:
    folder = run(tmp_path, calls)
    record = json.loads((folder / RECORD).read_text())
    assert read_code(tmp_path, record["code"]) == CODE
    assert record["revision"] is None or len(record["revision"].rstrip("+")) == 40
    said = json.loads((folder / "run.json").read_text())["experiment"]
    md5 = hashlib.md5((ROOT / "difsched" / "errors.py").read_bytes()).hexdigest()
    assert ["difsched/errors.py", md5] in said["sources"]
    assert str(ROOT) not in (folder / "run.json").read_text()


def test_a_run_whose_product_is_gone_is_made_again(tmp_path: Path) -> None:
    product = tmp_path / "dataset.npz"

    def body(folder: Path) -> float:
        product.write_text("data")
        return 0.0

    for _ in range(2):
        track("dataset", tmp_path, "dataset-slice0", CONFIG, body, CODE, [product])
        assert product.exists()
        product.unlink()


@pytest.mark.parametrize("name", ["result.json", "metrics.jsonl", "config.json", RECORD])
def test_a_changed_or_missing_file_makes_the_run_incomplete(
    name: str, tmp_path: Path, calls: list[Path]
) -> None:
    folder = run(tmp_path, calls)
    assert is_complete(folder)
    (folder / name).write_text("{}")
    assert not is_complete(folder)
    run(tmp_path, calls)
    assert is_complete(folder)
    (folder / name).unlink()
    assert not is_complete(folder)


def test_a_run_that_fails_leaves_no_record(tmp_path: Path) -> None:
    def body(folder: Path) -> float:
        raise FloatingPointError("diverged")

    with pytest.raises(FloatingPointError):
        track("main", tmp_path, "main-dql-slice0-s0", CONFIG, body, CODE)
    assert not is_complete(tmp_path / "runs" / "main-dql-slice0-s0")


def test_a_manifest_vouches_for_its_runs(tmp_path: Path, calls: list[Path]) -> None:
    folder = run(tmp_path, calls)
    path = tmp_path / "manifests" / "main-reference-slice0.json"
    write_manifest(path, [folder])
    assert read_manifest(path) == [folder]
    assert prune(tmp_path) == []
    assert path.exists()
    (folder / "result.json").write_text('{"loss": 0.1}')
    with pytest.raises(InputError, match="is incomplete, or a file of it was changed"):
        read_manifest(path)
    assert prune(tmp_path) == [folder]
    assert not path.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"runs": [["main-x", "0"]]}', '{"runs": 3}', '{"runs": ["abc"]}']
)
def test_a_damaged_manifest_is_named_and_removed(text: str, tmp_path: Path) -> None:
    path = tmp_path / "manifests" / "main-reference-slice0.json"
    path.parent.mkdir()
    path.write_text(text)
    assert len(prune(tmp_path)) == 1
    assert not path.exists()
