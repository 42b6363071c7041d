"""Further observers: rows equal the files, and a database that is down ends no run."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from difsched.utils.files import write_json
from experiments.provenance.fingerprint import code_of
from experiments.runs.observers import VARIABLE, hidden, unreachable
from experiments.runs.run import append_metrics, is_complete, track
from experiments.runs.sacred_experiment import Asked
from tests import postgres

CODE = code_of("difsched.errors")
RUN = "main-with_a_long_name-slice0-s0"
CONFIG = {"method": "with_a_long_name", "config": 0, "seed": 0, "nested": {"share": 0.5}}
#: Nobody listens there.
DOWN = "postgresql://me:secret@127.0.0.1:1/runs"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with postgres.server() as server:
        yield server.url


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        found: str = request.getfixturevalue("postgresql")
        return found
    return f"sqlite:///{tmp_path / 'runs.db'}"


def make(
    workspace: Path,
    observers: list[str],
    loss: float = 0.25,
    then: Callable[[], None] = lambda: None,
) -> Path:
    def body(folder: Path) -> float:
        for amount in (10, 20):
            append_metrics(folder, {"amount": amount, "loss": loss, "losses": {"actor": 1.5}})
        write_json(folder / "result.json", {"loss": loss})
        (folder / "weights.safetensors").write_bytes(bytes(range(256)))
        print("working")
        then()
        return loss

    options = {"--loglevel": "ERROR", "--comment": "a try"}
    asked = Asked(options, observers=observers, again=True)
    return track("main", workspace, RUN, CONFIG, body, CODE, asked=asked)


def query(url: str, text: str) -> list[Any]:
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        rows = list(connection.execute(sqlalchemy.text(text)))
    engine.dispose()
    return rows


def test_rows_are_equal_to_the_files(url: str, tmp_path: Path) -> None:
    folder = make(tmp_path / "rows", [url])
    [row] = query(url, "select * from run where run_id like 'rows/%'")
    said = json.loads((folder / "run.json").read_text())
    assert row.run_id == f"rows/{folder.name}"
    assert json.loads(row.config) == json.loads((folder / "config.json").read_text())
    assert (row.status, row.result, row.command) == (said["status"], said["result"], "make")
    assert row.comment == said["meta"]["comment"] == "a try"
    assert row.captured_out == (folder / "cout.txt").read_text() == "working\n"
    metrics = json.loads((folder / "metrics.json").read_text())
    kept = json.loads(row.info)["metrics"]
    assert {name: one["values"] for name, one in metrics.items()} == {
        name: one["values"] for name, one in kept.items()
    }
    assert kept["losses.actor"]["steps"] == [10, 20]
    files = query(
        url, f"select filename, content from artifact where run_id = 'rows/{folder.name}'"
    )
    assert {name for name, _ in files} == set(said["artifacts"])
    assert len(files) == 3
    for name, content in files:
        assert bytes(content) == (folder / name).read_bytes()
    sources = query(url, "select filename, md5sum from source")
    assert [list(source) for source in sources] == said["experiment"]["sources"]


def test_a_run_made_again_takes_the_place_of_its_row_alone(url: str, tmp_path: Path) -> None:
    for name, loss in (("one", 0.5), ("two", 0.5), ("one", 0.75)):
        make(tmp_path / name, [url], loss)
    rows = query(url, "select run_id, result from run order by run_id")
    found = {name: result for name, result in rows if name.startswith(("one", "two"))}
    assert found == {f"one/{RUN}": 0.75, f"two/{RUN}": 0.5}
    assert len(query(url, "select * from artifact where run_id like 'one/%'")) == 3


def test_a_folder_gets_the_same_files(tmp_path: Path) -> None:
    for _ in range(2):
        folder = make(tmp_path / "here", [str(tmp_path / "there")])
    copy = tmp_path / "there" / "here" / RUN
    for name in ("config.json", "result.json", "metrics.jsonl", "weights.safetensors", "cout.txt"):
        assert (copy / name).read_bytes() == (folder / name).read_bytes()


def test_what_cannot_be_written_is_said_once_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = make(tmp_path / "alone", [])
    for place in (DOWN, "nosuch://host/runs", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=9"):
        monkeypatch.setenv(VARIABLE, place)
        capfd.readouterr()
        folder = make(tmp_path / "down", [])
        error = capfd.readouterr().err
        assert error.count("cannot be written") == error.count("\n") == 1, error
        assert f"observer {hidden(place)} " in error
        assert "secret" not in error
        assert is_complete(folder)
        same = ("config.json", "result.json", "metrics.jsonl", "cout.txt", "weights.safetensors")
        assert all((folder / name).read_bytes() == (whole / name).read_bytes() for name in same)
        [line] = unreachable() or [error.strip()]
        assert line.startswith(f"observer {hidden(place)} cannot be written")
        assert "secret" not in (folder / "run.json").read_text()


def test_a_database_that_goes_down_meanwhile_is_said_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with postgres.server() as server:
        folder = make(tmp_path, [server.url], then=server.stop)
    assert capfd.readouterr().err.count("cannot be written") == 1
    assert is_complete(folder)
