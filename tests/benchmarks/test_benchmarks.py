"""Benchmarks: what they count, whom they time, how they print; never how long anything takes."""

from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks import env as simulator
from benchmarks import families, learners
from benchmarks.decide import milliseconds, observations, schedulers, table
from benchmarks.oracle import Size
from benchmarks.train import (
    CASES,
    COLUMNS,
    Case,
    Speed,
    count_flops,
    line,
    measure,
    training,
)
from difsched.agents.networks import SetNetwork
from difsched.config import ConfigManager
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.random_data import collect_random
from difsched.errors import InputError
from difsched.utils.timing import IN_A_ROW, least_seconds
from experiments.products import FURTHER
from experiments.profiles.sweeps import resize

ENV = ConfigManager().load_env_config(0)


@pytest.fixture(scope="module")
def data() -> OfflineDataset:
    return collect_random(ENV, 400)


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("learns", [True, False])
def test_products_are_counted_forwards_and_backwards(members: int, learns: bool) -> None:
    rows, users, inputs, hidden, layers, outputs = 5, 3, 4, 8, 3, 2
    network = SetNetwork(
        inputs,
        outputs,
        hidden=hidden,
        layers=layers,
        members=members,
        generator=torch.Generator().manual_seed(0),
    ).requires_grad_(learns)
    values = torch.randn(rows, users, inputs, requires_grad=not learns)
    first, last = users * inputs * hidden, users * hidden * outputs
    middle = (layers - 1) * (users + 1) * hidden**2  # each user's own, and their mean's
    forwards = 2 * members * rows * (first + middle + last)
    assert count_flops(lambda: network(values)) == forwards
    # Backwards each product counts once for its inputs and once for its weights; those of the
    # first layer's inputs are wanted only where somebody asks for them.
    to_inputs = forwards - (2 * members * rows * first if learns else 0)
    backwards = to_inputs + (forwards if learns else 0)
    assert count_flops(lambda: network(values).sum().backward()) == forwards + backwards


def test_a_large_product_counts_two_operations_a_term() -> None:
    assert count_flops(lambda: torch.mm(torch.ones(3, 4), torch.ones(4, 5))) == 2 * 3 * 4 * 5


def test_every_call_has_its_turns() -> None:
    calls = [0, 0]

    def count(place: int) -> None:
        calls[place] += 1

    least = least_seconds([lambda: count(0), lambda: count(1)], turns=3)
    assert calls == [3 * IN_A_ROW, 3 * IN_A_ROW]
    assert all(0 <= seconds < float("inf") for seconds in least)


def test_published_sizes_are_the_papers(data: OfflineDataset) -> None:
    job = training(next(case for case in CASES if case.published), ENV, data)
    assert (job.agent.config.hidden, job.agent.config.layers) == (256, 3)
    assert len(job.batch().action) == 256


@pytest.mark.parametrize("name", ["dql_default", "dql_set"])
def test_a_case_is_measured_at_its_own_size(name: str, data: OfflineDataset) -> None:
    speed = measure(Case("case", name), ENV, data, turns=1)
    assert (speed.users, speed.hidden, speed.batch) == (8, 64, 256)
    # At least each user's hidden layer of the critic, forwards and twice backwards.
    assert speed.flops > 3 * 2 * 256 * 64**2
    assert speed.seconds > 0 and speed.peak > 0


def test_rates_and_ratios_follow_from_the_measurement() -> None:
    cells = Speed(8, 64, 256, seconds=0.01, flops=400_000_000, peak=8e10).cells()
    assert dict(zip(COLUMNS, cells, strict=True)) == {
        "hidden": "64",
        "batch": "256",
        "ms/step": "10.00",
        "steps/s": "100",
        "MFLOP": "400",
        "GFLOP/s": "40.0",
        "peak": "80.0",
        "share": "50%",
        "faster": "6.1 x",
    }
    assert len(line("dql", cells)) == len(line("", COLUMNS))


def test_the_published_code_is_no_measure_for_other_numbers_of_users() -> None:
    assert Speed(20, 64, 102, 0.01, 1, 1.0).cells()[-1] == ""


def test_every_scheduler_that_is_timed_spends_the_budget() -> None:
    size = Size(12, 150, 0, 0)
    env = resize(ENV, size.users, size.budget)
    seen = observations(env, 3)
    for name, policy in schedulers(env, seen).items():
        assert policy.act(seen).sum(axis=1).tolist() == [150] * 3, name
        assert milliseconds(policy, seen, calls=2).shape == (2,)


def test_latencies_stand_in_one_column_a_quantile() -> None:
    text = table({8: {"equal": [0.1, 0.25]}, 20: {"equal": [1.0, 12.3456]}})
    head, row = (each.split() for each in text.splitlines())
    assert head == ["N=8", "p50", "N=8", "p99", "N=20", "p50", "N=20", "p99"]
    assert row == ["equal", "0.100", "0.250", "1.000", "12.346"]
    assert len({len(each) for each in text.splitlines()}) == 1


def test_the_simulator_in_plain_python_is_found() -> None:
    assert simulator.reference_simulator().__name__ == "ReferenceSimulator"


def test_families_show_every_simulator_and_method_that_learns_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "WIDTHS", (3,))
    monkeypatch.setattr(families, "DECIDED", 2)
    monkeypatch.setitem(families.SHOWN, "alloc", {"backlog_3x5": 9})
    assert families.main(["alloc"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "alloc backlog_3x5: 5 tasks"
    assert "windows/s" in lines[1] and "times 9" in lines[1]
    labels = {line[2:36].strip() for line in lines[2:]}
    assert {"Equal", "LP of the window", "Oracle"} <= labels and "SAC" not in labels
    assert set(families.SHOWN) == set(FURTHER)


def test_learners_stand_beside_each_other_in_every_measure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = {"USERS": (8,), "CALLS": 3, "TURNS": 1, "CONFIGS": (0,), "N_WINDOWS": 40}
    small |= {"GROWN": (8, 12), "CELLS": (1, 5), "CSV": tmp_path / "made" / "learners.csv"}
    small["TRAINING"] = {"curve_points": 2, "gradient_steps": 2}
    small["GOALS"] = (-1e9, 1e9)
    for name, value in small.items():
        monkeypatch.setattr(learners, name, value)
    assert learners.main(["flow_set"]) == 0
    out = capsys.readouterr().out
    assert [measure for measure in learners.FORMATS if measure not in out] == []
    rows = pd.read_csv(tmp_path / "made" / "learners.csv")
    both = rows.groupby("method")["measure"].nunique()
    assert both["dql_set"] == both["flow_set"] == len(learners.FORMATS)
    assert set(rows["method"]) == {"dql_set", "flow_set", *learners.FIXED}
    assert (rows.loc[rows["method"] == "dql_set", "ratio"].dropna() == 1).all()
    reached = rows[(rows["measure"] == learners.GOAL) & (rows["method"] == "flow_set")]["value"]
    assert reached.notna().tolist() == [True, False], "the first point, and never"
    losses = rows[rows["measure"] == learners.LOSS]
    assert losses["value"].between(0, 100).all() and len(losses) == 2 * 6


def test_what_is_no_offline_learner_is_refused() -> None:
    with pytest.raises(InputError, match="method = 'sac'"):
        learners.main(["sac"])
