"""Published models: they are the reference's, decide as it says, and what is none is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from difsched import published
from difsched.baselines.weights import load_policy
from difsched.cli.main import main as difsched
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.family import family_named
from difsched.published import Card, model_weights, names, read_card
from difsched.utils.files import read_json, write_json
from experiments.aggregate.query import Aggregates
from experiments.claims import models
from experiments.paths import LOGS, REFERENCE
from experiments.publication import models as maker

AGGREGATES = Aggregates(REFERENCE / "aggregates")
NAME = "det_set-mlb0"


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with one in it."""
    for suffix in (".json", ".safetensors"):
        shutil.copyfile(published.models_folder() / f"{NAME}{suffix}", tmp_path / f"{NAME}{suffix}")
    monkeypatch.setenv(published.VARIABLE, str(tmp_path))
    return tmp_path


def test_every_published_model_is_the_references() -> None:
    assert names()
    assert models.faults(AGGREGATES) == {}


def test_every_family_has_models_of_ours() -> None:
    assert {read_card(name).family for name in names() if name.startswith("dql_set-")} == {
        *("alloc", "mec", "mlb", "promised", "sequential", "slice")
    }


@pytest.mark.parametrize("name", ["dql_set-slice0", "dql_set-alloc2", "flow_set-mec3", NAME])
def test_a_model_decides_as_the_result_of_its_run_says(name: str) -> None:
    card = read_card(name)
    family = family_named(card.family)
    config = family.parse(card.environment)
    length = family.test_episode(config)
    policy = load_policy(model_weights(name), config, card.seed)
    loss = evaluate(policy, config, None, card.windows, first=length).loss.mean(axis=1)
    kept = read_json(LOGS / "runs" / card.run / "result.json")["loss_by_episode"]
    # Weights are single precision, and another processor adds in another order.
    np.testing.assert_allclose(loss, kept[:1], rtol=1e-7)


def test_a_damaged_file_is_refused_in_a_line(
    copies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copies / f"{NAME}.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert difsched(["evaluate", "--model", NAME]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{path}: is not the file of its card" in line
    assert NAME in models.faults(AGGREGATES)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("loss", 0.5, "has a card that says other things than its run"),
        ("weights", "0", "must be a SHA-256"),
        ("loss", "low", "loss = 'low': must be a number"),
        ("config", 3, "is the card of det_set-mlb3: must be that of det_set-mlb0"),
        ("extra", 1, "extra is not a field of Card"),
    ],
)
def test_an_edited_card_is_found(copies: Path, field: str, value: object, said: str) -> None:
    path = copies / f"{NAME}.json"
    write_json(path, read_json(path) | {field: value})
    assert said in models.faults(AGGREGATES)[NAME]


def test_a_model_of_another_family_or_observation_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert difsched(["evaluate", "--model", NAME, "--family", "alloc"]) == 2
    assert "trained in the family 'mlb': must be alloc" in capsys.readouterr().err
    assert difsched(["evaluate", "--model", "det_set-alloc2", "--config", "backlog_3x5"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "det_set-alloc2.safetensors" in line


def test_a_folder_without_models_says_where_they_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(published.VARIABLE, str(tmp_path))
    for words in (["models"], ["evaluate", "--model", NAME]):
        assert difsched(words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert str(tmp_path) in line and published.VARIABLE in line


def test_the_list_and_a_card_are_printed(copies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert difsched(["models"]) == 0
    assert NAME in capsys.readouterr().out
    assert difsched(["models", NAME, "--json"]) == 0
    assert Card.from_dict(json.loads(capsys.readouterr().out)) == read_card(NAME)
    with pytest.raises(InputError, match="did you mean det_set-mlb0"):
        read_card("det_set-mlb")


def test_what_is_missing_is_made_of_a_workspaces_weights_and_the_rest_is_left(
    copies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = (copies / f"{NAME}.safetensors").read_bytes()
    run = tmp_path / "work" / "runs" / f"main-{NAME}-s0"
    run.mkdir(parents=True)
    (run / models.WEIGHTS).write_bytes(weights)
    maker.main([NAME])
    assert "0 models made" in capsys.readouterr().out
    (copies / f"{NAME}.safetensors").unlink()
    maker.main([NAME, "--from", str(tmp_path / "work")])
    assert "1 model made" in capsys.readouterr().out
    assert (copies / f"{NAME}.safetensors").read_bytes() == weights
    assert models.faults(AGGREGATES) == {}
    with pytest.raises(InputError, match="model 'dql-slice0': must be one of"):
        maker.main(["dql-slice0"])
