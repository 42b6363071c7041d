"""The command difsched in every family: data, training and evaluation, and what it refuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from difsched.cli.main import main
from difsched.data.outcomes import OutcomeDataset
from difsched.family import FAMILIES, Family
from difsched.utils.tensors import load_tensors

OTHERS = [name for name in FAMILIES if name != "slice"]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Return what a command prints as JSON."""
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_data_training_and_evaluation_join_in_a_family_in_a_page(
    toy: Family, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["--family", "toy", "--config", "3"]
    data, weights = str(tmp_path / "d.npz"), str(tmp_path / "w.safetensors")
    card = run(capsys, "collect", *here, "--windows", "400", "--out", data)
    assert card["family"] == "toy" and card["environment"]["jobs"] == 3
    assert card["loss"] == {"random": card["behaviour_loss"]}
    assert len(OutcomeDataset.load(data).reward) == 400
    words = ["train", "dql_set", *here, "--data", data, "--steps", "3", "--out", weights]
    assert run(capsys, *words)["parameters"] > 0
    told = load_tensors(weights)[1]
    assert told["family"] == "toy" and told["view"] == {} and told["entities"] == 3
    found = run(capsys, "evaluate", "--weights", weights, *here, "--windows", "40")
    assert found == run(capsys, "evaluate", "--weights", weights, *here, "--windows", "40")
    assert found["loss"] < 0 and found["loss_half_width"] > 0
    assert 0 <= found["idle"] <= 1
    assert found["labels"] == {"loss": "Worth lost", "idle": "Idle share"}
    assert found["units"] == {"loss": "", "idle": ""}
    other = run(capsys, "evaluate", "--weights", weights, *here[:3], "5", "--windows", "40")
    assert other["config"] == "5"  # the networks see sets
    assert main(["evaluate", "--weights", weights, "--windows", "40"]) == 2
    assert "trained in the family 'toy': must be slice" in capsys.readouterr().err


def test_the_references_of_a_score_have_none_and_all_of_it(
    toy: Family, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, points in (("equal", 0), ("oracle", 100)):
        words = ["evaluate", name, "--family", "toy", "--config", "3", "--windows", "40"]
        assert run(capsys, *words)["score"] == pytest.approx(points)
        assert main(words) == 0
        first, second, idle = capsys.readouterr().out.splitlines()
        assert first == f"{name} on toy config 3, 40 common test windows:"
        assert second.startswith("loss -0.") and second.endswith(f"score {points:.1f}")
        assert idle.split()[:2] == ["Idle", "share"]


@pytest.mark.parametrize("name", OTHERS)
def test_every_family_is_scored_by_its_reference(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    family = FAMILIES[name]
    first = family.configurations()[0]
    config = family.load(first)
    windows = str(2 * family.test_episode(config))
    zero = family.references(config).zero
    where = ("--family", name, "--config", str(first))
    found = run(capsys, "evaluate", zero, *where, "--windows", windows)
    assert found["score"] in (0, None)
    assert {"loss", *found["labels"]} >= set(found["units"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["evaluate", "equal", "--family", "tory"], "must be one of .*did you mean toy"),
        (["evaluate", "equal", "--traces", "x"], "--traces: is the slice's alone"),
        (["evaluate", "equal", "--link", "x"], "--link: is the slice's alone"),
        (
            ["collect", "--random-share", "0.5", "--out", "d"],
            "--random-share: is the slice's alone",
        ),
        (["collect", "--behaviour", "experts", "--out", "d"], "behaviour = 'experts': .* random"),
        (["collect", "--windows", "30", "--out", "d"], "--windows = 30: must be a multiple of 20"),
        (["collect", "--windows", "0", "--out", "d"], "n_windows = 0: must be .* in 1"),
        (["train", "equal", "--out", "w"], "must be one that learns: .*dql_set"),
        (["train", "mdp", "--out", "w"], "method = 'mdp': must be one of"),
        (["evaluate", "mine.py:Mine"], "method = 'mine.py:Mine': must be one of"),
        (["evaluate", "dql_set"], "dql_set learns and has no weights here"),
        (["evaluate", "equal", "--windows", "57"], "--windows = 57: must be a multiple of"),
    ],
)
def test_what_a_family_has_not_is_refused_in_a_line(
    toy: Family,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    here = ["--config", "3"] if "--family" in words else ["--family", "toy", "--config", "3"]
    assert main([*words, *here]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and not list(tmp_path.iterdir())
    (line,) = printed.err.splitlines()
    assert line.startswith("difsched: ") and re.search(said, line)


def test_families_are_listed_with_their_configurations_and_methods(
    toy: Family, capsys: pytest.CaptureFixture[str]
) -> None:
    known = run(capsys, "families")
    assert {"slice", "toy"} <= set(known)
    assert [one["config"] for one in known["slice"]["configurations"]] == list(range(8))
    assert known["toy"] == run(capsys, "families", "toy")
    assert known["toy"]["configurations"][1] == {"config": 5, "name": "5", "entities": 5}
    assert main(["families"]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("toy")]
    assert row.split()[:3] == ["toy", "jobs", "3..5"]
    assert main(["families", "toy"]) == 0
    assert "dql_set" in capsys.readouterr().out
    assert main(["families", "tory"]) == 2
    assert "did you mean toy" in capsys.readouterr().err


@pytest.mark.parametrize("family", ["slice", "alloc"])
def test_single_fields_are_replaced_in_every_family(
    family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = {"slice": ["N_user=4", "B=40"], "alloc": ["tasks=8", "supply=[0.6, 0.9]"]}[family]
    words = [word for one in fields for word in ("--set", one)]
    assert main(["evaluate", "equal", "--family", family, "--windows", "40", "--json", *words]) == 0
    assert json.loads(capsys.readouterr().out)["windows"] == 40


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("tasks", "--set tasks: must be FIELD=VALUE"),
        ("taks=8", "--set taks is not a field"),
        ("tasks=0", "--set tasks = 0: must be"),
        ("env.tasks=8", "--set env.tasks = 'env': must be one of model, training"),
        ("model.learning_rate=1", "--set model.learning_rate: must be left out"),
    ],
)
def test_a_field_that_cannot_be_replaced_is_refused_in_a_line(
    word: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "equal", "--family", "alloc", "--config", "2", "--set", word]) == 2
    assert line in capsys.readouterr().err


def test_hyper_parameters_are_replaced_in_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "w.safetensors"
    words = ["train", "dqn", "--family", "alloc", "--config", "leontief_3x5", "--out", str(out)]
    fields = ["tasks=3", "model.hidden=8", "training.windows=640"]
    assert main([*words, *(word for one in fields for word in ("--set", one))]) == 0
    capsys.readouterr()
    assert main([*words, "--set", "model.hidden=0"]) == 2
    assert "--set model.hidden = 0: must be" in capsys.readouterr().err
