"""Situations of people who bring data, learners and wrappers of their own: each folder is one.

Its ``expect.txt`` says what is right, its script does what such a person does.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difsched.cli.main import main
from experiments.paths import ROOT
from experiments.user_scheduler import evaluate

CASES = Path(__file__).parent
# What the people's scripts bring up is theirs: advice to normalise, the name of a dataset.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a script runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    return tmp_path


def played(script: str) -> dict[str, Any]:
    """Return what a script of a case leaves in its variables."""
    return runpy.run_path(str(CASES / script))


def test_15_arrays_of_d4rl_are_told_what_a_dataset_is(capsys: pytest.CaptureFixture[str]) -> None:
    played("15-d4rl-arrays/write_arrays.py")
    words = ["train", "bc", "--data", "data.npz", "--out", "w.safetensors", "--steps", "20"]
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "data.npz holds observations, actions, rewards" in line
    assert "observation, final_observation, allocation, demand, delivered, lost, reward" in line
    assert "OfflineDataset(...).save, or from_minari" in line
    assert not Path("w.safetensors").exists()


def test_16_minaris_collector_gives_what_was_granted() -> None:
    pytest.importorskip("jax", reason="jax, of minari[create], is not in requirements.lock")
    found = played("16-minari-collector/collect.py")
    for data, granted in (("whole", "granted"), ("fewer", "granted_to_fewer")):
        assert np.array_equal(found[data].allocation, found[granted])
    assert "record_infos=True" in found["without"]


def test_18_statistics_and_wrappers_over_copies() -> None:
    found = played("18-vector-episode-statistics/episodes.py")
    for name, seen in found["statistics"].items():
        assert seen == [([5, 5, 5], True)] * (3 if "same" in name else 2), name
    assert set(found["wrapped"].values()) == {"works"}


def test_20_a_researchers_own_log() -> None:
    outcomes = played("20-own-dataset-arrays/own_dataset.py")["outcomes"]
    assert outcomes.pop("usual types") == "ok"
    for name in ("stored", "compressed"):
        assert outcomes.pop(name) == "20 windows an episode"
    said = {
        "reward of NaN": "reward holds NaN",
        "last episode cut short": "all episodes are equally long",
        "more delivered than sent": "at stake",
        "percent, positive": "must be in [-1, 0]",
        "another loss": "minus ",
        "half a packet": "must be whole numbers",
    }
    assert outcomes.keys() == said.keys()
    for name, text in said.items():
        assert outcomes[name].startswith("InputError: ") and text in outcomes[name], name


def test_21_data_that_blow_critics_up() -> None:
    found = played("21-degenerate-data/train_degenerate.py")
    assert all(found["outcomes"].values()) and len(found["outcomes"]) == 24
    assert "must be in [-1, 0]" in found["refused"]
    assert found["remarks"]["as it is"] == []
    assert "no packet is ever lost" in found["remarks"]["no packet lost"][0]
    assert "no window has a packet" in found["remarks"]["no traffic"][0]
    assert "same grants" in found["remarks"]["grants constant"][0]


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("TorchSoftmax", 1, "detach()"),
        ("TorchWhole", 0, ""),
        ("ListOfLists", 0, ""),
        ("NoRetraction", 1, "sum to 57 RBs: must be the budget B = 100"),
    ],
)
def test_22_schedulers_as_people_bring_them(
    name: str,
    status: int,
    said: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(evaluate, "OWN", folder)
    path = CASES / "22-own-scheduler-object" / "my_policies.py"
    words = ["--method", f"{path}:{name}", "--configs", "0", "--windows", "200"]
    assert evaluate.main(words) == status
    printed = capsys.readouterr()
    assert said in printed.err and name in printed.out


def test_27_the_command_pins_one_thread_unless_the_user_says_otherwise() -> None:
    text = "import difsched.cli.main, torch; print(torch.get_num_threads())"
    plain = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}

    def threads(**evaluate: str) -> str:
        words = [sys.executable, "-P", "-c", text]
        environment = {**plain, "PYTHONPATH": str(ROOT), **evaluate}
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert threads() == "1"
    if len(os.sched_getaffinity(0)) > 1:
        assert threads(OMP_NUM_THREADS="2", MKL_NUM_THREADS="2") == "2"


def test_28_a_training_goes_on_to_the_same_bytes() -> None:
    found = played("28-resume/resume.py")
    assert all(found["same"].values())
    assert "is the checkpoint of another training" in found["refused"]


def test_29_the_committed_intervals_are_the_textbooks() -> None:
    found = played("29-intervals/recompute.py")
    assert found["compared"] >= 150 and found["different"] == []


def test_32_seeds_of_episodes() -> None:
    found = played("32-reset-seeds/seeds.py")
    assert found["same_seed"] and found["next_differs"] and found["other_differs"]
    assert found["correlation"] < 0.5


def test_33_checkers_of_environments() -> None:
    assert played("33-env-checkers/check.py")["outside"] == 0
