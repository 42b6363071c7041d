"""What states cover: kinds, order of users, components, and the cards that tell of them."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.mlb.counterfactual import augment, coverage
from difsched.baselines.mlb.counterfactual.coverage import components, crowd, look, states_of
from difsched.baselines.mlb.counterfactual.world import WorldConfig
from difsched.data.outcomes import OutcomeDataset
from difsched.env.mlb.config import CONFIGURATIONS
from difsched.family import FAMILIES

CONFIG = replace(CONFIGURATIONS.load("synthetic_rrl"), files=[1, 2], target_share=0.5, steps=40)
SMALL = WorldConfig(latent=4, hidden=16, gradient_steps=3, batch=64)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "TIMES", 3)
    monkeypatch.setattr(augment.imagined, "__defaults__", (SMALL,))
    monkeypatch.setattr(coverage, "SHOWN", 7)


def _data() -> OutcomeDataset:
    data = FAMILIES["mlb"].collect(FAMILIES["mlb"], CONFIG, 5 * 40)
    assert isinstance(data, OutcomeDataset)
    return data


def test_states_of_each_kind_are_told_from_the_others() -> None:
    data = _data()
    kinds = states_of(data, CONFIG)
    assert {name: len(states) for name, states in kinds.items()} == {
        **{"source": 160, "target": 40, "noise": 120, "cf": 120, "space": 120, "unseen": 40}
    }
    assert np.allclose(kinds["target"][:, 0], data.observation[160:, :, :3])
    noise = kinds["noise"][:, 0] - np.repeat(kinds["target"][:, 0], 3, axis=0)
    assert noise.std() == pytest.approx(3, rel=0.1)


def test_a_look_is_the_same_twice_and_knows_what_is_real() -> None:
    found = look(_data(), CONFIG)
    assert found == look(_data(), CONFIG)
    realism = found["realism"]
    assert realism["target"]["space_error"] < 0.01 < realism["noise"]["space_error"]
    assert realism["space"]["space_error"] < 0.01
    assert realism["noise"]["change"] is None and realism["source"]["change"] > 0
    assert {len(places) for places in found["coverage"].values()} == {7}
    assert 1 >= found["shares"][0] >= found["shares"][1] > 0


def test_the_order_of_users_does_not_count_and_a_distance_is_in_db() -> None:
    power = np.random.default_rng(0).normal(-90, 5, (4, 10, 3))
    assert np.allclose(crowd(power), crowd(power[:, ::-1]))
    assert np.linalg.norm(crowd(power) - crowd(power + 2), axis=1) == pytest.approx(2)


def test_components_are_the_directions_of_the_largest_spread() -> None:
    draw = np.random.default_rng(0)
    states = draw.normal(0, 1, (500, 5)) * [1, 9, 1, 4, 1]
    places, shares = components({"one": states[:250], "other": states[250:]})
    assert shares == pytest.approx([81 / 100, 16 / 100], abs=0.03)
    assert abs(np.corrcoef(places["one"][:, 0], states[:250, 1])[0, 1]) > 0.99
