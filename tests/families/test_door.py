"""The door for problem families: a folder is found, learned, scored and put in a table."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray

from difsched.baselines import offline
from difsched.baselines.method import NotServed, Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import discover, find, methods, modules_of
from difsched.data.outcomes import OutcomeDataset
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import score
from difsched.family import FAMILIES, Budget, Family, Simulator, family_of
from difsched.utils.seeding import seed_sequence

SHORT = {"offline": {"gradient_steps": 300, "curve_points": 1, "batch_users": 768}}
WINDOWS = 400


def test_a_family_is_found_by_its_folder(toy: Family) -> None:
    assert {"slice", "toy"} <= set(FAMILIES)
    config = toy.load(3)
    assert family_of(config) is toy
    assert {"equal", "oracle", "dql_set", "td3_bc"} <= set(methods("toy"))
    assert "mdp" not in methods("toy")


def test_a_family_that_does_not_exist_is_refused_with_those_that_do() -> None:
    class Unknown:
        family = "slise"
        randomSeed = 0

        def to_dict(self) -> dict[str, Any]:
            return {}

    with pytest.raises(InputError, match=r"family = 'slise': must be one of .*did you mean slice"):
        family_of(Unknown())


def test_a_method_that_a_family_says_it_cannot_serve_is_refused_with_the_reason(
    toy: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosy = replace(toy, not_served={"td3_bc": "whole jobs"})
    monkeypatch.setattr(sys.modules["difsched.env.toy"], "FAMILY", choosy)
    config = toy.load(3)
    with pytest.raises(NotServed, match="whole jobs"):
        find("td3_bc", "toy").fit(Task(config))
    assert find("equal", "toy").fit(Task(config))


def test_a_method_is_one_of_the_families_that_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = [replace(method, families=("toy",)) for method in offline.SCHEDULERS]
    monkeypatch.setattr(offline, "SCHEDULERS", narrow)
    assert "td3_bc" in discover("toy")
    assert "td3_bc" not in discover("slice")
    with pytest.raises(InputError, match="no module of baselines lists it"):
        modules_of("td3_bc", family="slice")


def test_random_data_have_the_familys_outcomes_and_survive_a_file(
    toy: Family, tmp_path: Path
) -> None:
    config = toy.load(3)
    data = toy.collect(toy, config, 200)
    assert isinstance(data, OutcomeDataset)
    reward = toy.combine(config)(data.outcomes.mean(axis=1), data.observation)
    np.testing.assert_allclose(reward, data.reward, atol=1e-6)
    card = {"family": "toy", "environment": config.to_dict()}
    data.save(tmp_path / "toy.npz", card)
    again = toy.dataset.load(tmp_path / "toy.npz")
    for name in again.ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(data, name))
    again.check(config)
    with pytest.raises(InputError, match="card has jobs = 3: must be 5"):
        again.check(toy.load(5))


def test_the_oracle_is_as_good_as_any_split_that_chance_finds(toy: Family) -> None:
    config = toy.load(3)
    seen = toy.simulator(config, "test", 50, "expected", seed_sequence(0, "toy")).observe()
    outcomes = sys.modules["difsched.env.toy"].outcomes
    best = find("oracle", "toy").fit(Task(config)).act(seen)
    others = np.random.default_rng(0).dirichlet(np.ones(3), (5000, 1)) * seen[:, :1, -1]
    worth = outcomes(others, seen).mean(axis=(-2, -1)).max(axis=0)
    # A grid of twentieths of a share misses at most this much.
    assert (outcomes(best, seen).mean(axis=(1, 2)) > worth - 0.02).all()


@pytest.mark.parametrize("equality", [True, False])
def test_arrays_and_tensors_are_projected_to_the_same_points(equality: bool) -> None:
    draws = np.random.default_rng(0)
    actions = Budget(0.1, 9.0, budget=lambda seen: seen[..., 0, -1:], equality=equality)
    seen, raw = draws.uniform(0.5, 2, (500, 4, 2)), draws.normal(0, 1, (500, 4))
    checked = actions.check(raw, seen)
    spent = checked.sum(axis=1)
    assert (checked >= 0.1 - 1e-12).all() and (spent <= seen[:, 0, -1] + 1e-9).all()
    if equality:
        assert spent == pytest.approx(seen[:, 0, -1])
    center, scale = 0.4, 0.7
    unit = torch.as_tensor((raw - center) / scale)
    admitted = actions.admit(unit, torch.as_tensor(seen), center, scale) * scale + center
    np.testing.assert_allclose(admitted, checked, atol=1e-9)
    # No allowed point is nearer: here 50 a window that chance finds.
    others = draws.dirichlet(np.ones(4), (50, 500)) * (seen[:, :1, -1] - 0.4) + 0.1
    distance = ((others - raw) ** 2).sum(axis=-1)
    assert (distance >= ((checked - raw) ** 2).sum(axis=1) - 1e-9).all()


class Foreseeing:
    """Splits equally, and notes what it is shown and asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def foresee(self, simulator: Simulator) -> None:
        self.calls.append(f"foresee {len(simulator.observe())} episodes")

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        self.calls.append(f"act on {len(observation)}")
        return np.zeros(observation.shape[:2])


def test_test_episodes_are_the_familys_and_a_clairvoyant_is_shown_them_before_the_first_window(
    toy: Family,
) -> None:
    policy = Foreseeing()
    scores = evaluate(policy, toy.load(3), None, 40, first=30)
    assert scores.loss.shape == (3, 10)
    assert policy.calls == ["foresee 4 episodes", *["act on 3"] * 10]
    with pytest.raises(InputError, match=r"n_windows = 45: must be a multiple of 10, .* 40 or 50"):
        evaluate(policy, toy.load(3), None, 45)


def test_learners_beat_the_equal_split_and_are_scored_in_a_table(toy: Family) -> None:
    config = toy.load(3)
    data = toy.collect(toy, config, 4000)
    scale = reference_losses(config, None, WINDOWS)
    rows = []
    for name in ("equal", "dql_set", "td3_bc", "oracle"):
        method = find(name, "toy")
        task = Task(method.view(config), data=data, **method.settings(0, SHORT))
        scores = evaluate(method.fit(task), config, None, WINDOWS)
        summary = scores.summary("perfect")
        points = score(summary["loss"], scale, toy.references(config))
        rows.append({"family": toy.name, "config": 3, "method": name, "score": points, **summary})
    table = pd.DataFrame(rows).set_index("method")
    assert (table["family"] == "toy").all()
    assert table.loc["equal", "score"] == 0
    assert table.loc["oracle", "score"] == pytest.approx(100)
    assert (table.loc[["dql_set", "td3_bc"], "score"] > 50).all(), table["score"]
    assert table["idle"].between(0, 1).all()
