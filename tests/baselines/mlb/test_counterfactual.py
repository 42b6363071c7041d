"""Augmentations: physics at the right second, positions from powers, no future, realism."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from difsched.baselines.method import Task
from difsched.baselines.mlb.counterfactual import augment
from difsched.baselines.mlb.counterfactual.augment import AUGMENTATIONS, augmented
from difsched.baselines.mlb.counterfactual.realism import changes, discrepancy, space_error
from difsched.baselines.mlb.counterfactual.space import drift_on, locate
from difsched.baselines.mlb.counterfactual.windows import alone, play, target_episodes
from difsched.baselines.mlb.counterfactual.world import World, WorldConfig, fit_world
from difsched.baselines.registry import find
from difsched.data.outcomes import OutcomeDataset
from difsched.env.mlb.config import CONFIGURATIONS
from difsched.env.mlb.radio import rsrp
from difsched.env.mlb.simulator import Simulator, split_observation
from difsched.env.mlb.walks import split_walks
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.family import FAMILIES

CONFIG = replace(CONFIGURATIONS.load("synthetic_rrl"), files=[1, 2], target_share=0.5, steps=40)
SITES = np.array(CONFIG.scene.sites)
SMALL = WorldConfig(latent=4, hidden=16, gradient_steps=60, batch=64)
seeds = st.integers(0, 2**32)


def _data() -> OutcomeDataset:
    data = FAMILIES["mlb"].collect(FAMILIES["mlb"], CONFIG, 5 * 40)
    assert isinstance(data, OutcomeDataset)
    return data


DATA = _data()


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_what_is_played_is_what_the_simulator_does() -> None:
    walks = split_walks(CONFIG, "test", 3)
    power = rsrp(walks.positions, SITES)
    played = play(CONFIG, power[:, :6], walks.home, _rng())
    simulator = Simulator(CONFIG, 10, np.random.SeedSequence(0), walks)
    for second in range(5):
        rows = slice(10 * second, 10 * second + 10)
        seen = simulator.observe()
        step = simulator.step(played.action[rows])
        assert np.allclose(played.observation[rows], seen)
        assert np.allclose(played.outcomes[rows], step.outcomes)
        assert np.allclose(played.reward[rows], step.reward, atol=1e-6)
        assert np.allclose(played.final_observation[rows], step.observation)


def test_the_target_classes_windows_are_told_from_the_sources() -> None:
    power, serving = target_episodes(DATA, CONFIG)
    target = rsrp(split_walks(CONFIG, "train", 5).positions[-1:, :-1], SITES)
    assert np.allclose(power, target, atol=1e-4)
    assert serving.shape == (1, 40, 50)
    every, _ = target_episodes(
        DATA, replace(CONFIG, files=[1, 2, 3, 4, 5], target_share=0, sources=[CONFIG.motion])
    )
    assert len(every) == 5
    with pytest.raises(InputError, match="must be a multiple of 6"):
        target_episodes(DATA, replace(CONFIG, target_share=1.0))


def test_windows_alone_keep_what_came_after_each() -> None:
    single = alone(DATA)
    assert single.episode_length == 1
    for name in ("observation", "next_observation", "action", "outcomes", "reward"):
        assert np.array_equal(getattr(single, name), getattr(DATA, name))


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_add_as_much_and_follow_the_seed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augment, "TIMES", 3)
    monkeypatch.setattr(augment.imagined, "__defaults__", (replace(SMALL, gradient_steps=3),))
    one, again, other = (augmented(DATA, CONFIG, name, _rng(seed)) for seed in (0, 0, 1))
    assert len(one.reward) == 200 + 3 * 40
    assert np.array_equal(one.observation[:200], DATA.observation)
    assert one.card == DATA.card
    assert all(np.array_equal(getattr(one, key), getattr(again, key)) for key in one.ARRAYS)
    assert not np.array_equal(one.action[200:], other.action[200:])
    power, _ = split_observation(one.observation, CONFIG)
    assert np.isfinite(power).all()
    if name == "relabel":
        real = {row.tobytes() for row in DATA.observation[-40:]}
        assert all(row.tobytes() in real for row in one.observation[200:])
    if name == "space":
        assert space_error(power[200:], SITES).max() < 0.05


@given(seeds)
def test_positions_follow_from_powers_but_for_the_mirror(seed: int) -> None:
    draw = np.random.default_rng(seed)
    places = draw.uniform([0, 0], [1500, 500], (40, 2))
    places = places[np.linalg.norm(places[:, None] - SITES, axis=-1).min(axis=1) > 30]
    found = locate(rsrp(places, SITES), SITES)
    assert np.allclose(found[:, 0], places[:, 0], atol=0.5)
    assert np.allclose(np.abs(found[:, 1] - 250), np.abs(places[:, 1] - 250), atol=0.5)
    bent = np.array([[266.8, 1340.2], [577.5, 1642.3], [862.7, 1497.6]])
    places = draw.uniform([0, 0], [1500, 2400], (40, 2))
    places = places[np.linalg.norm(places[:, None] - bent, axis=-1).min(axis=1) > 30]
    assert np.allclose(locate(rsrp(places, bent), bent), places, atol=0.5)


def test_users_go_on_by_their_own_steps_and_stay_inside() -> None:
    steps = _rng().normal(3, 1, (2, 9, 4, 2))
    past = np.concatenate([np.zeros((2, 1, 4, 2)), steps.cumsum(axis=1)], axis=1) + 100
    course = drift_on(past, 6, CONFIG, _rng())
    assert course.shape == (2, 7, 4, 2)
    assert (course[:, 0] == past[:, -1]).all()
    moved = np.diff(course, axis=1)
    close = np.abs(moved[:, :, None] - steps[:, None]).sum(axis=-1).min(axis=2)
    assert close.max() < 1e-9
    size = np.array([CONFIG.scene.width, CONFIG.scene.height])
    far = drift_on(past + size - past.max(axis=(0, 1, 2)), 50, CONFIG, _rng())
    assert (far <= size).all()


def test_a_future_depends_on_the_past_alone_and_follows_the_trend() -> None:
    noise = torch.Generator().manual_seed(0)
    start, slope = torch.rand(400, 1, 1, generator=noise), torch.randn(400, 1, 1, generator=noise)
    ramp = (start + 0.1 * slope * torch.linspace(0, 1, 60)[:, None]).expand(-1, -1, 3)
    ramp = (ramp - ramp.mean()) / ramp.std()
    config = replace(SMALL, history=6, horizon=4, gradient_steps=250, batch=128)
    world = fit_world(ramp, config, noise)
    past = ramp[:, 20:26]
    future = world.imagine(past, 8, torch.Generator().manual_seed(1))
    again = world.imagine(past, 8, torch.Generator().manual_seed(1))
    assert torch.equal(future, again) and future.shape == (400, 8, 3)
    error = (future[:, -1] - ramp[:, 33]).square().mean()
    assert error < 0.2  # of a variance of 1
    right = past.clone()
    right[:, 0] += 1.0
    assert not torch.equal(world.context(right)[0], world.context(past)[0])


def test_a_step_of_training_lowers_what_it_says() -> None:
    noise = torch.Generator().manual_seed(0)
    power = torch.randn(30, 60, 3, generator=noise).cumsum(dim=1) / 8
    world = World(SMALL, 3, torch.Generator().manual_seed(1))

    def loss(model: World) -> float:
        windows = power[:, :35], power[:, 20:40]
        return float(model.loss(*windows, torch.Generator().manual_seed(2)).detach())

    assert loss(fit_world(power, SMALL, torch.Generator().manual_seed(1))) < 0.8 * loss(world)


def test_realism_is_zero_for_what_is_real_and_grows_with_noise() -> None:
    power = rsrp(_rng().uniform([0, 0], [1500, 500], (300, 2)), SITES)
    draw = _rng(1)
    errors = [
        space_error(power + sd * draw.standard_normal(power.shape), SITES).mean()
        for sd in (0, 1, 3)
    ]
    assert errors[0] < 1e-3 < errors[1] < errors[2] < 3
    still = np.repeat(power[None, None], 5, axis=1)
    assert changes(still).shape == (1, 4, 300) and changes(still).max() == 0
    assert changes(np.stack([still[:, 0], still[:, 0] + 2], axis=1)) == pytest.approx(2)
    one, same = draw.normal(0, 1, (400, 3)), draw.normal(0, 1, (400, 3))
    assert abs(discrepancy(one, same)) < 0.01 < 0.1 < discrepancy(one, same + 1)


def test_episodes_too_short_to_imagine_a_future_are_refused() -> None:
    short = replace(CONFIG, steps=20)
    family = FAMILIES["mlb"]
    data = family.collect(family, short, 100)
    assert isinstance(data, OutcomeDataset)
    with pytest.raises(InputError, match="have 20 windows: must have at least 35"):
        AUGMENTATIONS["space"](data, short, _rng())


def test_a_learner_on_augmented_data_is_a_method_and_beats_chance() -> None:
    method = find("det_set_space", "mlb")
    short = {"offline": {"gradient_steps": 100, "batch_users": 1600, "curve_points": 0}}
    policy = method.fit(Task(CONFIG, data=DATA, **method.settings(0, short, "mlb")))
    chance = find("random", "mlb").fit(Task(CONFIG))
    loss, random = (evaluate(p, CONFIG, None, 200).loss.mean() for p in (policy, chance))
    assert loss < 0.8 * random
