"""A run that is made again is bitwise the committed one, or the difference is said."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from sacred.host_info import get_host_info

from difsched.env.slice.traffic.generator import Traffic
from difsched.errors import InputError
from difsched.utils.files import read_json, sha256, write_json
from difsched.utils.tensors import save_tensors
from experiments.claims import rerun
from experiments.paths import LOGS, Layout
from experiments.runs.run import RECORD
from experiments.stages import traffic

RUN = "main-equal-slice0-s0"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reference of one run, as made on a processor like this one, and the cards."""
    folder = tmp_path / "logs"
    shutil.copytree(LOGS / "datasets", folder / "datasets")
    shutil.copytree(LOGS / "runs" / RUN, folder / "runs" / RUN)
    shutil.copyfile(LOGS / "spec.json", folder / "spec.json")
    monkeypatch.setattr(rerun, "LOGS", folder)
    run = read_json(folder / "runs" / RUN / "run.json")
    run["host"]["cpu"] = get_host_info()["cpu"]
    commit(folder, "run.json", json.dumps(run))
    # The last bits of what is generated are the processor's.
    monkeypatch.setattr(traffic, "load_traffic", lambda name, **_: Traffic.load(traffic_of(name)))
    return folder


def traffic_of(dataflow: str) -> Path:
    """Return the file of the paper's traffic."""
    return Layout(LOGS).traffic_path(dataflow)


def round_forecasts(logs: Path, apart: float) -> None:
    """Let the reference have traffic whose forecasts differ, and runs and cards made of it."""
    (logs / "traffic").mkdir(exist_ok=True)
    path = Layout(logs).traffic_path("thumb_fr")
    with np.load(traffic_of("thumb_fr"), allow_pickle=False) as file:
        arrays = dict(file)
    np.savez(path, **arrays | {"test_forecast": arrays["test_forecast"] + apart})
    config = read_json(logs / "runs" / RUN / "config.json")
    config["inputs"]["thumb_fr"] = sha256(path)
    commit(logs, "config.json", json.dumps(config))
    card = logs / "datasets" / "subOptimalAgent_encConfig0.json"
    write_json(card, read_json(card) | {"sha256": "0"})


def commit(logs: Path, name: str, text: str) -> None:
    """Change a file of the run, and let its record vouch for the change."""
    folder = logs / "runs" / RUN
    (folder / name).write_text(text)
    record = read_json(folder / RECORD)
    record["files"][name] = sha256(folder / name)
    write_json(folder / RECORD, record)


def test_a_run_made_from_nothing_is_bitwise_the_committed_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rerun.main(["Equal", "0", "0"]) == 0
    assert "main-equal-slice0-s0: bitwise equal (result.json;" in capsys.readouterr().out


def test_another_result_is_said_and_fails(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = json.loads((logs / "runs" / RUN / "run.json").read_text())
    commit(logs, "result.json", "{}")
    commit(logs, "run.json", json.dumps(run | {"result": run["result"] + 0.001}))
    assert rerun.main(["equal", "0", "0"]) == 1
    assert "DIFFERENT (result.json differ; figure 0." in capsys.readouterr().out


def test_the_last_digits_of_a_number_are_no_failure(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = read_json(logs / "runs" / RUN / "result.json")
    near = result | {"jain": result["jain"] * (1 + 1e-13)}
    commit(logs, "result.json", json.dumps(near))
    assert rerun.main(["equal", "0", "0"]) == 0
    assert "equal but for rounding (result.json differ;" in capsys.readouterr().out
    commit(logs, "result.json", json.dumps(near | {"jain": result["jain"] * (1 + 1e-7)}))
    assert rerun.main(["equal", "0", "0"]) == 1


def test_rounding_of_another_processor_is_no_failure(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = json.loads((logs / "runs" / RUN / "run.json").read_text())
    run["host"]["cpu"] = "another"
    commit(logs, "result.json", "{}")
    commit(logs, "run.json", json.dumps(run | {"result": run["result"] + 0.001}))
    assert rerun.main(["equal", "0", "0"]) == 0
    assert "equal but for rounding" in capsys.readouterr().out
    commit(logs, "run.json", json.dumps(run | {"result": run["result"] + 0.1}))
    assert rerun.main(["equal", "0", "0"]) == 1


def test_a_run_without_a_figure_differs_from_one_that_has_it(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = json.loads((logs / "runs" / RUN / "run.json").read_text())
    commit(logs, "result.json", "{}")
    commit(logs, "run.json", json.dumps(run | {"result": None}))
    assert rerun.main(["equal", "0", "0"]) == 1
    assert "against none" in capsys.readouterr().out


def test_a_dataset_is_compared_by_its_card(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = logs / "datasets" / "subOptimalAgent_encConfig0.json"
    write_json(card, read_json(card) | {"kappa": 2.0})
    assert rerun.main(["dataset-slice0"]) == 1
    assert "dataset-slice0: DIFFERENT (kappa of the card differ;" in capsys.readouterr().out


def test_forecasts_that_another_processor_rounds_otherwise_are_no_failure(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = json.loads((logs / "runs" / RUN / "run.json").read_text())
    commit(logs, "result.json", "{}")
    commit(logs, "run.json", json.dumps(run | {"result": run["result"] + 0.001}))
    for apart, status in ((1e-8, 0), (1e-3, 1)):
        round_forecasts(logs, apart)
        assert rerun.main(["equal", "0", "0"]) == status
        assert rerun.main(["dataset-slice0"]) == status
        said = capsys.readouterr().out
        assert said.count("this processor rounds forecasts otherwise") == 2 * (1 - status)


def test_states_that_another_processor_makes_up_are_no_failure(logs: Path) -> None:
    card = Layout(logs).card_path("mlb", 1)
    again = Layout(logs.parent / "again").card_path("mlb", 1)
    committed = read_json(card)
    run = logs / "runs" / "main-equal-mlb1-s0" / "run.json"

    def verdict(cpu: str, **changed: object) -> str:
        write_json(run, {"host": {"cpu": cpu}})
        write_json(again, committed | changed)
        return rerun.compare(again.parents[1] / "runs" / "dataset-mlb1", card).verdict

    assert verdict("another") == rerun.SAME
    assert verdict("another", states={}) == rerun.CLOSE
    assert verdict(get_host_info()["cpu"], states={}) == rerun.OTHER
    assert verdict("another", states={}, sha256="0") == rerun.OTHER


def test_an_edited_log_is_no_reference(logs: Path) -> None:
    (logs / "runs" / RUN / "result.json").write_text("{}")
    with pytest.raises(InputError, match="a file of it was changed"):
        rerun.main(["equal", "0", "0"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["equl", "0", "0"], "did you mean equal"),
        (["equal", "9", "0"], "the reference has no such run; it has main-equal-slice"),
        (["equal", "0"], "must be METHOD CONFIG SEED, or the id of a run"),
    ],
)
def test_what_is_no_run_is_named(words: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        rerun.main(words)


def test_each_kind_is_a_run_of_the_reference() -> None:
    for run in rerun.KINDS:
        assert (LOGS / "runs" / run).is_dir() or run in rerun._datasets()


def test_weights_of_a_family_are_compared_without_hyper_parameters_that_came_later(
    tmp_path: Path,
) -> None:
    tensors, other = {"w": torch.ones(3)}, {"w": torch.zeros(3)}
    settings = {"learner": "iql", "config": {"beta": 3.0}, "family": "mec", "entities": 5}
    later = {**settings, "config": {"beta": 3.0, "choice": "best"}}
    committed = tmp_path / "main-iql-mec3-s0"
    write_json(committed / "config.json", {"settings": {"model": settings["config"]}})
    save_tensors(tmp_path / "old.safetensors", tensors, settings)
    checksum = sha256(tmp_path / "old.safetensors")
    for made, same in ((tensors, True), (other, False)):
        path = tmp_path / "weights.safetensors"
        save_tensors(path, made, later)
        assert rerun._same(path, committed, checksum) is same
