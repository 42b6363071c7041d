"""What differs from its job's record is found, named and made again; nothing else is touched."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from difsched.utils.files import sha256
from experiments.paths import Layout
from experiments.workflow import job
from experiments.workflow.job_records import (
    clear,
    discard,
    doubtful,
    read_peak,
    read_records,
)

NAME = "tiny-builtin"
TRAFFIC, DATASET = f"{NAME}/traffic/fr.npz", f"{NAME}/datasets/data.npz"
TABLE = "../../paper/tables/table2.tex"
WANTED = ["table2"]
NAMES = ("traffic-fr", "dataset-slice0", "table2")

STAGE = """
import os, sys
from pathlib import Path
made, what = Path(sys.argv[1]), sys.argv[2]
made.parent.mkdir(parents=True, exist_ok=True)
made.write_text("made " + what)
if what == "fails":
    sys.exit(2)
if what == "full":
    raise OSError(28, "No space left on device", str(made))
if what == "memory":
    raise MemoryError
if what == "odd":
    raise OSError("a mistake in the program")
if what.startswith("change:"):
    Path(what[7:]).write_text("changed")
"""


class Jobs:
    """Runs jobs in a folder of workspaces, as Snakemake would."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "artifacts" / "work"
        self.workspace = self.folder / NAME
        self.workspace.mkdir(parents=True)
        (self.workspace / "spec.json").write_text("{}")
        self.spec = sha256(self.workspace / "spec.json")

    def run(self, name: str, made: str, read: tuple[str, ...] = (), what: str = "well") -> int:
        place = ["--folder", str(self.folder), "--log", f"{NAME}/logs/{name}.log"]
        code = ["--rule", "x", "--code", "difsched.errors"]
        files = ["--spec", self.spec, *code, "--read", *read, "--made", made]
        stage = ["--", "one_stage", str(self.folder / made), what]
        status = job.main([*place, *files, *stage])
        self.note(made).parent.mkdir(parents=True, exist_ok=True)
        self.note(made).write_text('{"rule": "x"}')
        return status

    def note(self, made: str) -> Path:
        """Return Snakemake's note on a file."""
        name = base64.urlsafe_b64encode(made.encode()).decode()
        return self.folder / ".snakemake" / "metadata" / name

    def left(self) -> list[str]:
        """Return what is there of what was made."""
        return [path for path in (TRAFFIC, DATASET, TABLE) if (self.folder / path).exists()]


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Return a line of three jobs that have ended well."""
    (tmp_path / "one_stage.py").write_text(STAGE)
    monkeypatch.syspath_prepend(str(tmp_path))
    line = Jobs(tmp_path)
    assert line.run("traffic-fr", TRAFFIC) == 0
    assert line.run("dataset-slice0", DATASET, (TRAFFIC,)) == 0
    assert line.run("table2", TABLE, (DATASET,)) == 0
    return line


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    os.truncate(path, 3)


HARMS = [flip, truncate, Path.unlink]


def test_a_job_records_what_it_made_and_its_memory(jobs: Jobs) -> None:
    assert read_records(jobs.workspace)["dataset-slice0"].made == {
        DATASET: sha256(jobs.folder / DATASET)
    }
    peak = read_peak(jobs.workspace / "logs" / "dataset-slice0.log")
    assert peak is not None
    assert 10 < peak < 100_000
    assert read_peak(jobs.workspace / "logs" / "dataset-slice1.log") is None
    assert doubtful(jobs.workspace, WANTED) == {}
    assert discard(jobs.workspace, WANTED) == []
    assert len(jobs.left()) == 3


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize(
    ("path", "made_by"), [(TRAFFIC, "traffic-fr"), (DATASET, "dataset-slice0"), (TABLE, "table2")]
)
def test_a_damaged_or_missing_file_is_found_and_removed_even_with_an_old_date(
    jobs: Jobs, path: str, made_by: str, harm: Callable[[Path], None]
) -> None:
    before = (jobs.folder / path).stat()
    harm(jobs.folder / path)
    if harm is not Path.unlink:
        os.utime(jobs.folder / path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert doubtful(jobs.workspace, WANTED) == {made_by: [path]}
    named = harm is not Path.unlink and path != TABLE
    assert discard(jobs.workspace, WANTED) == ([path] if named else [])
    assert jobs.left() == [other for other in (TRAFFIC, DATASET, TABLE) if other != path]
    assert doubtful(jobs.workspace, WANTED) == {}


@pytest.mark.parametrize("harm", [truncate, Path.unlink])
def test_a_file_without_a_record_is_taken_as_it_is(
    jobs: Jobs, harm: Callable[[Path], None]
) -> None:
    for name in NAMES:
        harm(Layout(jobs.workspace).record_path(name))
    (jobs.folder / TRAFFIC).write_text("copied here from elsewhere")
    named = [] if harm is Path.unlink else [f"{NAME}/records/{name}.json" for name in sorted(NAMES)]
    assert sorted(discard(jobs.workspace, WANTED)) == named
    assert discard(jobs.workspace, WANTED) == []
    assert len(jobs.left()) == 3
    assert jobs.run("dataset-slice0", DATASET, (TRAFFIC,)) == 0


@pytest.mark.parametrize("text", [b"", b'{"rule": "\xff"}', b"[1]"])
def test_a_file_with_a_damaged_note_on_its_settings_is_made_again(jobs: Jobs, text: bytes) -> None:
    jobs.note(DATASET).write_bytes(text)
    stranger = jobs.note("other-builtin/datasets/data.npz")
    stranger.write_bytes(text)
    discard(jobs.workspace, WANTED)
    assert jobs.left() == [TRAFFIC, TABLE]
    assert not jobs.note(DATASET).exists()
    assert not stranger.exists()


@pytest.mark.parametrize(
    "path", ["../../precious", f"{NAME}/../../../precious", "/precious", "other-builtin/precious"]
)
def test_a_record_cannot_have_files_of_other_places_removed(jobs: Jobs, path: str) -> None:
    precious = jobs.folder / path if path[0] != "/" else jobs.folder.parents[1] / "precious"
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("do not touch")
    made = {path if path[0] != "/" else str(precious): "0" * 64}
    Layout(jobs.workspace).record_path("malicious").write_text(json.dumps({"made": made}))
    assert discard(jobs.workspace, WANTED) == [f"{NAME}/records/malicious.json"]
    assert precious.read_text() == "do not touch"


def test_the_products_that_are_not_asked_for_stay(jobs: Jobs) -> None:
    (jobs.folder / TABLE).write_text("of another workspace")
    assert doubtful(jobs.workspace, []) == {}
    assert discard(jobs.workspace, []) == []
    assert (jobs.folder / TABLE).exists()


def test_what_killed_writers_leave_is_removed_without_a_word(jobs: Jobs) -> None:
    left = [jobs.workspace / "traffic/.fr.4711.part.npz", jobs.folder / f"{TABLE}/../.t.1.part.tex"]
    left.append(jobs.workspace / "records/.dataset-slice0.4711.part.json")
    for path in left:
        path.resolve().write_text("half")
    assert discard(jobs.workspace, WANTED) == []
    clear(jobs.workspace, WANTED)
    assert not any(path.resolve().exists() for path in left)


def test_the_run_of_a_dataset_belongs_to_what_its_job_made(jobs: Jobs) -> None:
    result = jobs.workspace / "runs" / "dataset-slice0" / "result.json"
    result.parent.mkdir(parents=True)
    result.write_text("{}")
    assert jobs.run("dataset-slice0", DATASET, (TRAFFIC,)) == 0
    flip(result)
    assert discard(jobs.workspace, WANTED) == [f"{NAME}/runs/dataset-slice0/result.json"]
    assert jobs.left() == [TRAFFIC, TABLE]


@pytest.mark.parametrize("harm", HARMS)
def test_a_job_refuses_damaged_input_by_name(
    jobs: Jobs, harm: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    harm(jobs.folder / TRAFFIC)
    assert jobs.run("dataset-slice0", DATASET, (TRAFFIC,)) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "fr.npz" in line
    assert "dataset-slice0" not in read_records(jobs.workspace)


def test_a_job_refuses_a_damaged_specification(
    jobs: Jobs, capsys: pytest.CaptureFixture[str]
) -> None:
    (jobs.workspace / "spec.json").write_text("{} ")
    assert jobs.run("dataset-slice0", DATASET, (TRAFFIC,)) == 2
    assert "spec.json is damaged" in capsys.readouterr().err


def test_a_job_whose_input_changes_under_it_does_not_count(
    jobs: Jobs, capsys: pytest.CaptureFixture[str]
) -> None:
    change = f"change:{jobs.folder / TRAFFIC}"
    assert jobs.run("dataset-slice0", DATASET, (TRAFFIC,), change) == 2
    assert "fr.npz" in capsys.readouterr().err
    assert "dataset-slice0" not in read_records(jobs.workspace)


def test_a_job_that_fails_leaves_no_record_and_its_status(jobs: Jobs) -> None:
    with pytest.raises(SystemExit, match="2"):
        jobs.run("dataset-slice0", DATASET, (TRAFFIC,), "fails")
    assert "dataset-slice0" not in read_records(jobs.workspace)


def test_a_full_disk_is_one_line_with_the_file(
    jobs: Jobs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert jobs.run("dataset-slice0", DATASET, (TRAFFIC,), "full") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"{jobs.folder / DATASET}: No space left on device"


def test_memory_that_ran_out_is_one_line(jobs: Jobs, capsys: pytest.CaptureFixture[str]) -> None:
    assert jobs.run("dataset-slice0", DATASET, (TRAFFIC,), "memory") == 1
    assert capsys.readouterr().err.splitlines() == ["memory ran out"]


def test_a_mistake_of_the_program_is_not_taken_for_the_machine_s(jobs: Jobs) -> None:
    with pytest.raises(OSError, match="mistake"):
        jobs.run("dataset-slice0", DATASET, (TRAFFIC,), "odd")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"made": 2}', '{"peak_mib": 1}'])
def test_what_is_no_record_is_left_out(jobs: Jobs, text: str) -> None:
    Layout(jobs.workspace).record_path("table2").write_text(text)
    assert set(read_records(jobs.workspace)) == {"traffic-fr", "dataset-slice0"}
