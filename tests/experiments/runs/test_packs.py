"""The committed logs in packs: all of them, the same bytes, and nothing else."""

import shutil
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from difsched.errors import InputError
from experiments.paths import LOGS, PACKS
from experiments.runs.packs import STAMP, loosen, pack_of, unpack, write_packs

FILES = {
    "spec.json": "{}",
    "manifests/main-bc-slice0.json": "[]",
    "runs/main-bc-slice0-s0/result.json": '{"loss": 0.25}',
    "runs/main-bc-slice3-s1/result.json": '{"loss": 0.5}',
    "runs/main-bc-mec3-s1/result.json": "{}",
    "runs/payoff-a_b-det_set-slice0-s0/result.json": "{}",
    "runs/transfer-slice0-slice2/run.json": "{}",
}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != STAMP
    }


def test_what_is_packed_comes_out_again(logs: Path, tmp_path: Path) -> None:
    packs, out = tmp_path / "packs", tmp_path / "out"
    write_packs(logs, packs)
    assert {path.stem for path in packs.iterdir()} == {
        *("workspace", "main-bc-slice", "main-bc-mec", "payoff", "transfer")
    }
    unpack(out, packs)
    assert files(out) == FILES
    before = {path: path.read_bytes() for path in packs.iterdir()}
    write_packs(out, packs)
    assert {path: path.read_bytes() for path in packs.iterdir()} == before


def test_packs_without_files_go_and_changed_ones_are_unpacked_anew(
    logs: Path, tmp_path: Path
) -> None:
    packs, out = tmp_path / "packs", tmp_path / "out"
    write_packs(logs, packs)
    unpack(out, packs)
    edited = out / "runs/main-bc-slice0-s0/result.json"
    edited.write_text("{}")
    unpack(out, packs)
    assert edited.read_text() == "{}"  # whoever edits a log is told so by `verify`
    shutil.rmtree(logs / "runs/main-bc-mec3-s1")
    write_packs(logs, packs)
    assert not (packs / "main-bc-mec.zip").exists()
    unpack(out, packs)
    assert files(out) == files(logs) and edited.read_text() != "{}"


def test_logs_that_were_left_half_changed_are_unpacked_anew(logs: Path, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    write_packs(logs, packs)
    loosen(logs)
    (logs / "spec.json").unlink()
    unpack(logs, packs)
    assert files(logs) == FILES


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "runs/main-iql-slice0-s0/x"])
def test_a_pack_of_other_files_is_refused(name: str, logs: Path, tmp_path: Path) -> None:
    packs, out = tmp_path / "packs", tmp_path / "out"
    write_packs(logs, packs)
    with zipfile.ZipFile(packs / "main-bc-slice.zip", "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(InputError, match=r"main-bc-slice.zip: .* is no log of this pack"):
        unpack(out, packs)
    assert not out.exists() and not (tmp_path / "evil.json").exists()


@pytest.mark.parametrize("kept", [0, 10, -10])
def test_a_damaged_pack_is_refused_in_a_line(kept: int, logs: Path, tmp_path: Path) -> None:
    packs, out = tmp_path / "packs", tmp_path / "out"
    write_packs(logs, packs)
    pack = packs / "payoff.zip"
    pack.write_bytes(pack.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"payoff.zip cannot be unpacked: .*; git restores it"):
        unpack(out, packs)
    assert not out.exists()


def test_without_packs_logs_stay_what_they_are(logs: Path, tmp_path: Path) -> None:
    unpack(logs, tmp_path / "none")
    assert files(logs) == FILES


def test_the_committed_logs_are_those_of_the_committed_packs() -> None:
    assert (LOGS / STAMP).is_file()
    packed = {
        name
        for pack in PACKS.glob("*.zip")
        for name in zipfile.ZipFile(pack).namelist()
        if pack_of(PurePosixPath(name)) == pack.stem
    }
    assert packed == set(
        path.relative_to(LOGS).as_posix()
        for path in LOGS.rglob("*")
        if path.is_file() and path.name != STAMP
    )
