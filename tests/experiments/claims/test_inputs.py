"""Runs that tested weights of trainings that are not those of the tables are named."""

from pathlib import Path

import pytest

from difsched.utils.files import write_json
from experiments.claims.inputs import superseded
from experiments.paths import LOGS, Layout
from experiments.runs.run import RECORD, WEIGHTS, asked_digest

TESTED, TEST = "main-bc-slice0-s0", "transfer-slice0-slice2"
ASKED = {"method": "bc", "seed": 0, "settings": {"model": {"hidden": 64}}}


def train(workspace: Path, checksum: str, hidden: int = 64) -> None:
    """Let the workspace have a training, its weights on record alone."""
    folder = Layout(workspace).run_path(TESTED)
    asked = {**ASKED, "settings": {"model": {"hidden": hidden}}}
    write_json(folder / "config.json", {**asked, "inputs": {"thumb_fr": checksum}})
    write_json(folder / RECORD, {"files": {}, "omitted": {WEIGHTS: checksum}})


def tell(workspace: Path, **recorded: dict[str, str]) -> None:
    """Let the workspace have a run that tested weights."""
    folder = Layout(workspace).run_path(TEST)
    write_json(folder / "config.json", {"inputs": {"thumb_fr": "1", TESTED: "1"}, **recorded})


def test_weights_are_the_run_s_by_their_checksum_or_by_what_was_asked_for(tmp_path: Path) -> None:
    train(tmp_path, "1")
    tell(tmp_path)
    assert superseded(tmp_path) == {}
    train(tmp_path, "2")
    assert superseded(tmp_path) == {TEST: f"tested other weights than those of {TESTED}"}
    tell(tmp_path, trainings={TESTED: asked_digest(ASKED)})
    assert superseded(tmp_path) == {}
    train(tmp_path, "2", hidden=96)
    assert list(superseded(tmp_path)) == [TEST]


def test_what_is_no_run_of_the_workspace_is_no_weights_of_it(tmp_path: Path) -> None:
    tell(tmp_path)
    assert superseded(tmp_path) == {}
    folder = Layout(tmp_path).run_path(TESTED)
    folder.mkdir()
    (folder / RECORD).write_text("[")
    assert list(superseded(tmp_path)) == [TEST]
    train(tmp_path, "2")
    write_json(
        Layout(tmp_path).run_path(TEST) / "config.json", {"inputs": {TESTED: "1"}, "trainings": []}
    )
    assert list(superseded(tmp_path)) == [TEST]


@pytest.mark.parametrize("experiment", ["transfer", "scaling"])
def test_the_committed_runs_tested_the_weights_that_are_in_the_tables(experiment: str) -> None:
    assert [*LOGS.glob(f"runs/{experiment}-*")]
    assert not [run for run in superseded(LOGS) if run.startswith(experiment)]
