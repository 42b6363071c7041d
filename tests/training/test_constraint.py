"""How close to stay to the log: chosen by what it promises, without a window of the simulator."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.config import ConfigManager, EnvironmentConfig, OfflineTrainingConfig
from difsched.config.learner import SUPPORTS, SupportedConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.random_data import collect_random
from difsched.evaluation.scoring import mean_loss
from difsched.training import offline_training
from difsched.training.constraint import choose_support, promised

SLICE = EnvironmentConfig(N_user=4, B=50, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0])


@pytest.fixture(scope="module")
def log() -> OfflineDataset:
    return collect_random(SLICE, 2000)


def settings(steps: int) -> tuple[OfflineTrainingConfig, SupportedConfig]:
    training = ConfigManager().load_training_config("offline")
    model = ConfigManager().load_model_config("det_set")
    assert isinstance(training, OfflineTrainingConfig)
    assert isinstance(model, SupportedConfig)
    return (
        replace(training, gradient_steps=steps, batch_users=256, curve_points=0),
        replace(model, hidden=32),
    )


def test_the_policy_of_which_the_log_promises_most_is_returned(log: OfflineDataset) -> None:
    training, model = settings(20)
    policies = [
        offline_training(SLICE, training, dataset=log, model=replace(model, support=support))
        for support in SUPPORTS
    ]
    judge = policies[1].agent.critic
    assert judge is not None
    values = promised(policies, judge, log, training.seed)
    best = policies[int(np.argmax(values))]
    chosen = choose_support(SLICE, training, log, model)
    assert chosen.agent.config == best.agent.config
    assert np.array_equal(chosen.act(log.observation[:50]), best.act(log.observation[:50]))


def test_a_chosen_policy_is_better_than_who_made_the_log(log: OfflineDataset) -> None:
    training, model = settings(150)
    policy = choose_support(SLICE, training, log, model)
    assert mean_loss(policy, SLICE, None, 200) < float(-log.reward.mean())


def test_the_method_chooses_a_support_from_the_log(log: OfflineDataset) -> None:
    training, model = settings(20)
    task = Task(SLICE, None, data=log, training=training, model=model)
    policy = find("dql_set_support").fit(task)
    same = choose_support(SLICE, training, log, model)
    assert np.array_equal(policy.act(log.observation[:50]), same.act(log.observation[:50]))
