"""Sacred's own command line makes the run that the workflow makes."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from difsched.run_ids import main_run
from experiments.cli import sacred_command
from experiments.paths import ROOT, Layout
from experiments.profiles.resolve import Spec
from experiments.runs.run import is_complete
from experiments.runs.workspace import Workspace
from experiments.stages import train
from experiments.stages.prepare import collect

SPEC = Spec(
    "tiny-builtin",
    {
        "traces": None,
        "traffic_id": "builtin",
        "profile": {
            "configs": [0],
            "groups": {"all": ["bc"]},
            "seeds": {"all": [1]},
            "datasets": {"n_windows": 400},
            "main": {
                "evaluation": {"n_windows": 40},
                "offline": {"gradient_steps": 4, "curve_points": 2},
            },
        },
    },
    {},
)
ASKED = ("with", "smoke", "method=bc", "config=0", "seed=1")
RUN = main_run("bc", "slice", 0, 1)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of workspaces, in which the profile smoke is a tiny one."""
    folder = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sacred_command, "WORK", folder)
        patch.setattr("experiments.profiles.resolve.WORK", folder)
        patch.setattr(sacred_command, "resolve", lambda profile, traces: SPEC)
        yield folder


@pytest.fixture(scope="module")
def by_workflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run's folder as the workflow makes it."""
    layout = Layout(tmp_path_factory.mktemp("workflow"))
    SPEC.write(layout.spec_path)
    workspace = Workspace(layout.folder)
    collect(workspace, "slice", 0)
    train.run(workspace, argparse.Namespace(group="all", family="slice", config=0))
    return layout.run_path(RUN)


def sacred(*words: str) -> None:
    sacred_command.main(["train.py", *words])


def folder_of(work: Path, run: str = RUN) -> Path:
    return Layout(work / SPEC.name).run_path(run)


def test_both_ways_make_the_same_run(work: Path, by_workflow: Path) -> None:
    sacred(*ASKED)
    made = folder_of(work)
    assert is_complete(made)
    assert {path.name for path in made.iterdir()} == {path.name for path in by_workflow.iterdir()}
    for name in ("config.json", "result.json", "metrics.jsonl", "weights.safetensors"):
        assert (made / name).read_bytes() == (by_workflow / name).read_bytes(), name
    ours, theirs = (json.loads((at / "complete.json").read_text()) for at in (made, by_workflow))
    assert [ours[key] for key in ("run", "settings", "code")] == [
        theirs[key] for key in ("run", "settings", "code")
    ]
    ours, theirs = (json.loads((at / "run.json").read_text()) for at in (made, by_workflow))
    assert ours["experiment"] == theirs["experiment"]
    assert ours["result"] == theirs["result"]


def test_what_is_complete_is_made_again_by_force_alone(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sacred(*ASKED)
    record = folder_of(work) / "complete.json"
    before = record.stat().st_mtime_ns
    sacred(*ASKED)
    assert "was complete already" in capsys.readouterr().out
    assert record.stat().st_mtime_ns == before
    sacred(*ASKED, "--force", "-c", "once more")
    assert record.stat().st_mtime_ns > before
    said = json.loads((folder_of(work) / "run.json").read_text())["meta"]
    assert (said["comment"], said["named_configs"]) == ("once more", ["smoke"])


def test_print_config_shows_all_and_a_saved_one_is_the_same_run(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sacred("print_config", *ASKED)
    told = capsys.readouterr().out
    assert "N_user = 8" in told
    assert "gradient_steps = 4" in told
    sacred(*ASKED)
    record = folder_of(work) / "complete.json"
    before = record.stat().st_mtime_ns
    sacred("with", "smoke", str(folder_of(work) / "config.json"))
    assert record.stat().st_mtime_ns == before


def test_settings_of_ones_own_are_a_run_of_its_own(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sacred("-p", *ASKED, "settings.model.hidden=16")
    [made] = folder_of(work, "").glob("own-*-bc-slice0-s1")
    assert f"{made.name}: loss" in capsys.readouterr().out
    assert json.loads((made / "config.json").read_text())["settings"]["model"]["hidden"] == 16
    assert json.loads((made / "run.json").read_text())["experiment"]["name"] == "own"


def test_an_unobserved_run_keeps_nothing(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sacred("--unobserved", *ASKED[:-1], "seed=5")
    assert "not kept" in capsys.readouterr().out
    assert not folder_of(work, main_run("bc", "slice", 0, 5)).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["with", "method=bcc"], "did you mean bc?"),
        (["with", "config=1"], "config = 1: must be one of 0"),
        (["with", "seed=-1"], "seed = -1: must be a whole number"),
        (["with", "profile=fast"], "profile = 'fast': must be one of"),
        (["with", "family=slices"], "family = 'slices': must be one of"),
        (["with", "traces=nowhere"], "traces = 'nowhere': must be a folder that exists"),
        (["with", "method=bc", "environment.B=7"], "environment.B = 7: follows from"),
        (["with", "settings.model.hidden=-1"], "settings.model.hidden = -1: must be"),
        (["with", "settings.training.seed=5"], "settings.training.seed: is fixed by the run"),
        (["with", "fast"], "Named config not found"),
        (["with", "colour=3"], "colour"),
        (["--queue"], "--queue: must be left out"),
        (["--id", "7"], "--id: must be left out"),
    ],
)
def test_bad_input_ends_in_a_line(
    work: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        sacred(*words)
    assert end.value.code == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_the_module_answers_as_sacred_does() -> None:
    command = [sys.executable, "-P", "-m", "experiments.stages.train", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(
        word in done.stdout for word in ("print_config", "--force", "--sql", "--print-config")
    )
