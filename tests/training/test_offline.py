"""Training: repeatable to the bit, learns, and refuses what does not fit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from difsched.config import ConfigManager, EnvironmentConfig, OfflineTrainingConfig
from difsched.data.dataset import OfflineDataset, collect
from difsched.data.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import Trace, TrafficGenerator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.training import offline_training
from difsched.utils.seeding import rng, seed_sequence


@pytest.fixture
def dataset(config: EnvironmentConfig, generator: TrafficGenerator) -> OfflineDataset:
    simulator = Simulator(
        config, generator, 20, outcomes="sampled", seed=seed_sequence(0, "training data")
    )
    return collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 40)


def training(**changes: object) -> OfflineTrainingConfig:
    base: OfflineTrainingConfig = ConfigManager().load_training_config("offline")
    small = {"gradient_steps": 6, "batch_size": 32, "curve_points": 2}
    return replace(base, **{**small, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["dql_default", "dql_set", "bc"])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(
    name: str, config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    def weights(seed: int) -> list[bytes]:
        torch.rand(7)  # whatever the global generator does
        policy = offline_training(config, training(model=name, seed=seed), dataset=dataset)
        return [value.numpy().tobytes() for value in policy.agent.state_dict().values()]

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)


def test_scoring_on_the_way_changes_nothing(
    config: EnvironmentConfig, dataset: OfflineDataset, trace: Trace
) -> None:
    seen = dataset.observation[:5]
    plain = offline_training(config, training(curve_points=0), dataset=dataset).act(seen)
    points: list[int] = []

    def on_point(step: int, policy: object, losses: dict[str, float]) -> None:
        points.append(step)
        evaluate(policy, config, trace, 20)  # type: ignore[arg-type]

    scored = offline_training(config, training(), dataset=dataset, on_point=on_point).act(seen)
    assert points == [3, 6]
    assert np.array_equal(plain, scored)


def test_a_short_training_beats_the_random_data(
    config: EnvironmentConfig, dataset: OfflineDataset, trace: Trace
) -> None:
    policy = offline_training(
        config, training(model="dql_set", gradient_steps=150, batch_size=128), dataset=dataset
    )
    assert evaluate(policy, config, trace, 200).loss.mean() < -dataset.reward.mean()


def test_a_dataset_of_another_slice_is_refused(
    config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    with pytest.raises(InputError, match="dataset has 8 users: must be N_user = 20"):
        offline_training(ConfigManager().load_env_config(1), training(), dataset=dataset)
    with pytest.raises(InputError, match="dataset grants 100 RBs: must be at most B = 50"):
        offline_training(replace(config, B=50), training(), dataset=dataset)


def test_a_diverging_run_stops_and_says_where(
    config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    with pytest.raises(FloatingPointError, match="training diverged by step"):
        offline_training(config, training(learning_rate=1e30), dataset=dataset)


def test_without_a_dataset_random_reservations_are_collected() -> None:
    config = ConfigManager().load_env_config()
    policy = offline_training(config, training(n_windows=400))
    assert policy.act(np.ones((2, 8, 4))).sum(axis=1).tolist() == [100, 100]
