"""Run folders and manifests of a stranger: nothing outside them is touched, nothing is believed."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from difsched.config import ConfigManager
from difsched.errors import InputError
from experiments.aggregate.reference import aggregate
from experiments.profiles.resolve import Spec
from experiments.runs.reference import Salvage
from experiments.runs.run import RECORD, is_complete, prune, read_manifest
from experiments.user_scheduler.comparison import reference_runs
from tests.fuzz.logs import WINDOWS, logs
from tests.robustness.conftest import Refuses

RUN = "main-equal-slice0-s0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a whole run."""
    folder = tmp_path / "runs" / RUN
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"method": "equal"}')
    (folder / "result.json").write_text('{"loss": 0.25}')
    files = {name: digest(folder / name) for name in ("config.json", "result.json")}
    write_record(folder, run=RUN, settings="0" * 64, files=files)
    return folder


@pytest.fixture
def manifest(folder: Path) -> Path:
    """Return the manifest that names the run."""
    path = folder.parents[1] / "manifests" / "main-reference-slice0.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"runs": [[RUN, digest(folder / RECORD)]]}))
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_record(folder: Path, **values: Any) -> None:
    (folder / RECORD).write_text(json.dumps(values))


def change_record(folder: Path, **changes: Any) -> None:
    values = json.loads((folder / RECORD).read_text())
    write_record(folder, **{key: v for key, v in (values | changes).items() if v is not None})


def test_a_whole_run_is_one(folder: Path, manifest: Path) -> None:
    assert is_complete(folder) and is_complete(folder, "0" * 64)
    assert read_manifest(manifest) == [folder]


@pytest.mark.parametrize(
    "changes",
    [
        {"files": {}},
        {"files": None},
        {"files": ["config.json"]},
        {"settings": None},
        {"run": None},
        {"run": "main-equal-slice0-s1"},
        {"files": {"config.json": 5}},
    ],
    ids=str,
)
def test_a_record_that_vouches_for_nothing_makes_no_run(
    changes: dict[str, Any], folder: Path
) -> None:
    change_record(folder, **changes)
    assert not is_complete(folder)


@pytest.mark.parametrize(
    "name",
    ["../../outside", "/dev/zero", "sub/file", "..", ".", "", "pipe", "link", "x\x00", "x" * 300],
)
def test_a_record_names_plain_files_of_its_own_folder_alone(name: str, folder: Path) -> None:
    (folder.parents[1] / "outside").write_text("secret")
    (folder / "link").symlink_to(folder / "result.json")
    os.mkfifo(folder / "pipe")
    files = json.loads((folder / RECORD).read_text())["files"]
    sums = {hashlib.sha256(text).hexdigest() for text in (b"secret", b'{"loss": 0.25}')}
    for sum_ in sums:
        change_record(folder, files=files | {name: sum_})
        assert not is_complete(folder)


def test_a_run_under_another_name_is_not_whole(folder: Path) -> None:
    other = folder.with_name("main-equal-slice0-s1")
    shutil.copytree(folder, other)
    assert not is_complete(other)


@pytest.mark.parametrize(
    "run", ["../elsewhere", "..", ".", "", "/", "a/b", "a\nb", "x\x00", "x" * 300, ".hidden"]
)
def test_a_manifest_leads_out_of_no_workspace(
    run: str, manifest: Path, folder: Path, refuses: Refuses
) -> None:
    shutil.copytree(folder, folder.parents[1] / "elsewhere")
    manifest.write_text(json.dumps({"runs": [[run, digest(folder / RECORD)]]}))
    refuses(read_manifest, manifest, "must be letters, digits, _, - and .")


@pytest.mark.parametrize(
    "text",
    ["", "[" * 100_000, '{"runs": 3}', '{"runs": [[1, 2]]}', '{"runs": [["a"]]}', '{"runs": null}'],
    ids=lambda text: text[:20],
)
def test_what_is_no_manifest_is_refused(text: str, manifest: Path, refuses: Refuses) -> None:
    manifest.write_text(text)
    refuses(read_manifest, manifest)


def test_pruning_follows_no_link_and_names_what_it_cannot_remove(
    manifest: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("not a manifest")
    link = manifest.with_name("link.json")
    link.symlink_to(kept)
    prune(tmp_path)
    assert kept.exists() and not link.is_symlink() and manifest.exists()
    (manifest.with_name("folder.json")).mkdir()
    with pytest.raises(InputError, match=r"folder\.json cannot be removed"):
        prune(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"{}"])
def test_a_damaged_specification_is_written_anew(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(content)
    spec = Spec("smoke-builtin", {"profile": {}}, {})
    spec.write(path)
    assert json.loads(path.read_text()) == {"profile": {}}


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Return a workspace of two runs whose checksums hold."""
    [surface] = [surface for surface in logs() if surface.name == "reference workspace"]
    for name, content in surface.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("name", ["config.json", "result.json"])
@pytest.mark.parametrize("content", ["[]", "3", '{"loss_by_episode": "x"}'])
def test_a_reference_that_makes_no_sense_is_refused(
    name: str, content: str, reference: Path
) -> None:
    config = ConfigManager().load_env_config(0)
    assert len(reference_runs(Salvage(reference), 0, config, WINDOWS)) == 2
    folder = reference / "runs" / RUN
    (folder / name).write_text(content)
    files = json.loads((folder / RECORD).read_text())["files"]
    change_record(folder, files=files | {name: digest(folder / name)})
    [path] = (reference / "manifests").iterdir()
    runs = [[run, digest(reference / "runs" / run / RECORD)] for run, _ in _listed(path)]
    path.write_text(json.dumps({"runs": runs}))
    with pytest.raises(InputError, match=rf"{RUN}/{name}: .*(must be|is missing)"):
        reference_runs(Salvage(reference), 0, config, WINDOWS)
    with pytest.raises(InputError, match="cannot be read as"):
        aggregate(reference, reference / "out")


def _listed(manifest: Path) -> list[list[str]]:
    listed: list[list[str]] = json.loads(manifest.read_text())["runs"]
    return listed


@pytest.mark.parametrize("content", ["[]", "{}", "null"])
def test_a_specification_without_a_profile_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(content)
    with pytest.raises(InputError, match=r"spec\.json cannot be read as a specification"):
        Salvage(tmp_path)
