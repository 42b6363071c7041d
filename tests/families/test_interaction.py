"""SAC and PPO in any family: they learn, leave weights behind, and say whom they do not serve."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.ppo import PPO
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import METHODS, find
from difsched.baselines.sb3.problem import FlatProblem
from difsched.baselines.weights import load_policy
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import score
from difsched.family import FAMILIES, Family
from difsched.utils.seeding import seed_sequence

WINDOWS = 400
LEARNERS = ["sac", "sac_offline", "ppo"]


def fit(name: str, family: Family, windows: int = 1024, seed: int = 0, number: int = 3) -> Any:
    """Return the policy of a short training on a small network."""
    method, config = PPO if name == "ppo" else find(name, family.name), family.load(number)
    short = {
        "online": {"windows": windows, "curve_points": 2},
        "sac_offline": {"gradient_steps": windows // 16, "batch_users": 768, "curve_points": 2},
    }
    settings = method.settings(seed, short, family.name)
    settings["model"] = settings["model"].changed({"hidden": 64})
    data = family.collect(family, config, 2000) if name == "sac_offline" else None
    return method.fit(Task(config, data=data, **settings))


def points(policy: Any, family: Family, number: int) -> float:
    """Return the score of a policy on some test windows."""
    config = family.load(number)
    loss = float(evaluate(policy, config, None, WINDOWS).loss.mean())
    found = score(loss, reference_losses(config, None, WINDOWS), family.references(config))
    assert found is not None
    return found


def test_ppo_is_no_method_of_the_slice() -> None:
    assert "ppo" not in METHODS
    assert PPO.serves("alloc")


@pytest.mark.parametrize(
    ("name", "windows"), [("sac", 9600), ("sac_offline", 9600), ("ppo", 19200)]
)
def test_it_learns_to_beat_the_equal_split(name: str, windows: int, toy: Family) -> None:
    assert points(fit(name, toy, windows), toy, 3) > 0


@pytest.mark.parametrize(("name", "windows"), [("sac", 9600), ("ppo", 19200)])
def test_it_learns_to_share_several_resources(name: str, windows: int) -> None:
    alloc, number = FAMILIES["alloc"], 2
    assert points(fit(name, alloc, windows, number=number), alloc, number) > 30


@pytest.mark.parametrize("name", LEARNERS)
def test_saved_weights_decide_as_the_policy_that_was_trained(
    name: str, toy: Family, tmp_path: Path
) -> None:
    path, config = tmp_path / "w.safetensors", toy.load(3)
    policy = fit(name, toy)
    policy.save(path)
    seen = toy.simulator(config, "test", 40, "sampled", seed_sequence(0, "seen")).observe()
    again: Any = load_policy(path, config)
    assert np.array_equal(again.act(seen), policy.act(seen))
    # A hidden layer of 64 behind three features of three jobs, and another.
    assert again.parameters == policy.parameters >= 64 * (3 * 3 + 64)
    with pytest.raises(InputError, match=r"trained on 3 jobs: must be 5.*that number alone"):
        load_policy(path, toy.load(5))
    with pytest.raises(InputError, match="trained in the family 'toy': must be slice"):
        load_policy(path, FAMILIES["slice"].load(0))


@pytest.mark.parametrize("name", ["sac", "ppo"])
def test_one_action_for_the_whole_is_decided_for_any_number_in_any_order(
    name: str, tmp_path: Path
) -> None:
    mlb = FAMILIES["mlb"]
    config, path = mlb.load(0), tmp_path / "w.safetensors"
    policy = fit(name, mlb, 3200 if name == "sac" else 1024, number=0)
    policy.save(path)
    copies = mlb.simulator(config, "train", 20, "sampled", seed_sequence(0, "seen"))
    seen = copies.observe()
    shuffled = seen[:, np.random.default_rng(0).permutation(config.users)]
    done = load_policy(path, config).act(seen)
    assert np.array_equal(done, policy.act(seen))
    np.testing.assert_allclose(policy.act(shuffled), done, atol=1e-4)
    fewer = load_policy(path, replace(config, users=20)).act(seen[:, :20])
    assert fewer.shape == (20, 1, 3)


def test_the_same_seed_gives_ppo_the_same_weights_bit_for_bit(toy: Family) -> None:
    def weights(seed: int) -> bytes:
        tensors = fit("ppo", toy, seed=seed).actor.state_dict().values()
        return b"".join(value.numpy().tobytes() for value in tensors)

    first, state = weights(0), np.random.get_state()[1].copy()  # type: ignore[union-attr]
    assert first == weights(0) != weights(1)
    assert np.array_equal(np.random.get_state()[1], state)


def test_moments_are_those_of_the_data_where_the_family_knows_none(toy: Family) -> None:
    config = toy.load(3)
    data = toy.collect(toy, config, 500)
    problem = FlatProblem.of(config, None, data)
    features = problem.features(data.observation).reshape(-1, 3)
    assert features.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert features.std(axis=0) == pytest.approx(1, abs=1e-5)


def test_minibatches_of_ppo_must_divide_the_windows_of_an_update() -> None:
    model = PPO.settings(0, {})["model"]
    with pytest.raises(InputError, match="batch_size = 100: must divide n_envs n_steps = 1024"):
        model.changed({"batch_size": 100})
