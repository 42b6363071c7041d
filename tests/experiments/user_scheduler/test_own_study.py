"""An own slice, rule and data set, as the README has them, without anything of ours changed."""

import json
from pathlib import Path

import numpy as np
import pytest

from difsched.cli.main import main
from difsched.config import EnvironmentConfig
from difsched.data import OfflineDataset
from difsched.env.slice.random_data import collect_random

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with ``my.yaml``: a slice of twelve users, and nothing else said of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text("N_user: 12\n")
    return tmp_path


def answer(words: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert main([*words.split(), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_number_of_users_is_enough(here: Path) -> None:
    config = EnvironmentConfig.from_yaml("my.yaml")
    assert config.user_map == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert config.sub_agents_idx == [0, 0, 0]


def test_a_rule_is_scored_on_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = ROOT / "examples" / "rule_scheduler.py"
    found = answer(f"evaluate {rule}:ServeLargest --config my.yaml --windows 40", capsys)
    assert 0 < float(str(found["loss"])) < 1


def test_own_data_train_a_policy_for_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logged = collect_random(EnvironmentConfig.from_yaml("my.yaml"), 200)
    names = ("observation", "final_observation", "allocation", "demand", "delivered", "lost")
    np.savez("my.npz", **{name: getattr(logged, name) for name in (*names, "reward")})
    assert OfflineDataset.load("my.npz").observation.shape == (200, 12, 4)
    answer("train bc --data my.npz --config my.yaml --out w.safetensors --steps 2", capsys)
    found = answer("evaluate --weights w.safetensors --config my.yaml --windows 40", capsys)
    assert 0 < float(str(found["loss"])) < 1


def test_data_of_another_number_of_users_are_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collect_random(EnvironmentConfig(), 200).save("eight.npz")
    words = "train bc --data eight.npz --config my.yaml --out w.safetensors --steps 2"
    assert main(words.split()) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "eight.npz" in error and "12" in error
    assert not Path("w.safetensors").exists()
