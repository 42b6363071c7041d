"""Training: repeatable to the bit, learns, and refuses what does not fit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from difsched.agents import Agent, OfflinePolicy, load_agent
from difsched.agents.critic import Batch
from difsched.agents.dql import DQL
from difsched.baselines.offline import SCHEDULERS
from difsched.config import ConfigManager, EnvironmentConfig, OfflineTrainingConfig
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.training import offline_training
from difsched.training.offline import Training, decision_seed
from difsched.utils.seeding import rng, seed_sequence
from difsched.utils.tensors import load_tensors, save_tensors

#: Hyper-parameters of every learner.
LEARNERS = [str(method.model) for method in SCHEDULERS]


@pytest.fixture
def dataset(config: EnvironmentConfig, generator: TrafficGenerator) -> OfflineDataset:
    simulator = Simulator(
        config, generator, 20, outcomes="sampled", seed=seed_sequence(0, "training data")
    )
    return collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 40)


def training(**changes: object) -> OfflineTrainingConfig:
    base: OfflineTrainingConfig = ConfigManager().load_training_config("offline")
    small = {"gradient_steps": 6, "batch_users": 256, "curve_points": 2}
    return replace(base, **{**small, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LEARNERS)
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


@pytest.mark.parametrize("name", sorted({*LEARNERS} - {"bc", "gaussian_bc"}))
def test_a_short_training_beats_the_random_data(
    name: str, config: EnvironmentConfig, dataset: OfflineDataset, trace: Trace
) -> None:
    policy = offline_training(
        config, training(model=name, gradient_steps=150, batch_users=1024), dataset=dataset
    )
    assert evaluate(policy, config, trace, 200).loss.mean() < -dataset.reward.mean()


def test_the_mean_of_a_cloned_gaussian_beats_the_random_data(
    config: EnvironmentConfig, dataset: OfflineDataset, trace: Trace
) -> None:
    settings = training(model="gaussian_bc", gradient_steps=150, batch_users=1024)
    policy = offline_training(config, settings, dataset=dataset)
    assert evaluate(policy, config, trace, 200).loss.mean() < -dataset.reward.mean()


def test_a_clone_by_diffusion_loses_as_much_as_its_data(
    config: EnvironmentConfig, dataset: OfflineDataset, trace: Trace
) -> None:
    settings = training(model="bc", gradient_steps=300, batch_users=1024)
    policy = offline_training(config, settings, dataset=dataset)
    loss = evaluate(policy, config, trace, 200).loss.mean()
    assert loss == pytest.approx(-dataset.reward.mean(), abs=0.06)


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
    settings = training()
    object.__setattr__(settings, "learning_rate", 1e30)  # more than a file may ask for
    with pytest.raises(
        FloatingPointError, match=r"training diverged at step \d+: .*no checkpoint was kept"
    ):
        offline_training(config, settings, dataset=dataset)


def test_an_interrupted_training_goes_on_to_the_same_bits(
    config: EnvironmentConfig, dataset: OfflineDataset, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    settings = training(model="dql_set", gradient_steps=8, curve_points=4)
    whole = offline_training(config, settings, dataset=dataset)

    def kill(step: int, policy: object, losses: dict[str, float]) -> None:
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        offline_training(config, settings, dataset=dataset, on_point=kill, checkpoint=path)
    steps: list[int] = []
    resumed = offline_training(
        config,
        settings,
        dataset=dataset,
        on_point=lambda step, policy, losses: steps.append(step),
        checkpoint=path,
    )
    assert steps == [6, 8]
    for name, value in whole.agent.state_dict().items():
        assert torch.equal(resumed.agent.state_dict()[name], value), name


def test_a_checkpoint_of_another_training_is_refused(
    config: EnvironmentConfig, dataset: OfflineDataset, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    offline_training(config, training(model="dql_set"), dataset=dataset, checkpoint=path)
    kept = path.read_bytes()
    for other in (training(model="dql_set", seed=1), training(model="bc")):
        with pytest.raises(InputError, match="checkpoint of another training"):
            offline_training(config, other, dataset=dataset, checkpoint=path)
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(InputError, match="do not match its sha256"):
        offline_training(config, training(model="dql_set"), dataset=dataset, checkpoint=path)


def test_a_checkpoint_of_another_shape_is_refused(
    config: EnvironmentConfig, dataset: OfflineDataset, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    offline_training(config, training(model="bc"), dataset=dataset, checkpoint=path)
    tensors, settings = load_tensors(path)
    name = "agent.actor.denoiser.last.weight"
    save_tensors(path, tensors | {name: tensors[name][:, :-1]}, settings)
    with pytest.raises(InputError, match=r"last\.weight has shape .*: must be"):
        offline_training(config, training(model="bc"), dataset=dataset, checkpoint=path)


def test_a_diverging_run_keeps_its_last_good_checkpoint(
    config: EnvironmentConfig, dataset: OfflineDataset, tmp_path: Path, monkeypatch: Any
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    original = DQL.loss

    def diverges(
        self: DQL, batch: Batch, target: Agent, step: int, noise: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        loss, info = original(self, batch, target, step, noise)
        return loss, info | ({"cloning": info["cloning"] * torch.inf} if step == 5 else {})

    monkeypatch.setattr(DQL, "loss", diverges)
    with pytest.raises(FloatingPointError, match=r"at step 5: .*last good checkpoint is"):
        offline_training(config, training(), dataset=dataset, checkpoint=path)
    assert load_tensors(path)[1]["step"] == 3


def test_a_dataset_whose_card_tells_of_another_slice_is_refused(
    config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    described = replace(dataset, card={"environment": {**config.to_dict(), "channel_stay": 0.5}})
    with pytest.raises(InputError, match=r"card has channel_stay = 0\.5: must be 0\.9"):
        offline_training(config, training(), dataset=described)
    revealed = replace(dataset, card={"environment": config.to_dict()}).reveal()
    with pytest.raises(InputError, match="card has information = perfect: must be predicted"):
        offline_training(config, training(), dataset=revealed)
    offline_training(replace(config, information="perfect"), training(), dataset=revealed)


def test_a_dataset_of_another_family_is_refused(
    dataset: OfflineDataset, config: EnvironmentConfig
) -> None:
    other = replace(dataset, card={"family": "alloc"})
    with pytest.raises(InputError, match="card has family = 'alloc': must be slice"):
        other.check(config)


def test_data_that_show_the_channel_are_refused_where_it_is_hidden(
    config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    blind = replace(config, channel_information=False)
    described = replace(dataset, card={"environment": config.to_dict()})
    with pytest.raises(InputError, match="card has channel_information = True: must be False"):
        offline_training(blind, training(), dataset=described)
    offline_training(blind, training(), dataset=described.hide_channel(*config.mean_channel))


def test_saved_weights_and_the_decision_seed_decide_as_the_trained_policy(
    config: EnvironmentConfig, dataset: OfflineDataset, tmp_path: Path
) -> None:
    policy = offline_training(config, training(model="dql_set", seed=3), dataset=dataset)
    policy.save(tmp_path / "weights.safetensors")
    agent = load_agent(tmp_path / "weights.safetensors", config)
    seen = dataset.observation[:50]
    grants = policy.act(seen)
    again = OfflinePolicy(agent, decision_seed(config, 3))
    assert np.array_equal(again.act(seen), grants)
    assert not np.array_equal(OfflinePolicy(agent, decision_seed(config, 4)).act(seen), grants)


def test_symmetrised_batches_hold_the_same_users(
    config: EnvironmentConfig, dataset: OfflineDataset
) -> None:
    model = replace(ConfigManager().load_model_config("dql_set"), symmetrise=True)
    job = Training(config, training(), dataset, model)
    plain = Training(config, training(), dataset, replace(model, symmetrise=False)).batch()
    mixed = job.batch()
    assert not torch.equal(mixed.action, plain.action)
    assert torch.equal(mixed.action.sort(dim=1).values, plain.action.sort(dim=1).values)

    # A user keeps its own features, grant and reward.
    def pairs(batch: Batch) -> Tensor:
        return (batch.state.features[..., :1] * batch.action * batch.outcomes).sum(dim=1)

    assert torch.allclose(pairs(mixed), pairs(plain), rtol=1e-3, atol=1e-4)


def test_without_a_dataset_random_reservations_are_collected() -> None:
    config = ConfigManager().load_env_config()
    policy = offline_training(config, training(n_windows=400))
    assert policy.act(np.ones((2, 8, 4))).sum(axis=1).tolist() == [100, 100]
