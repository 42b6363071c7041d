"""Weights of every learner: saved, read again and used, in the same slice and in others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.registry import METHODS, find
from difsched.baselines.weights import load_policy
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset, collect
from difsched.env.slice.random_data import RandomPolicy
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic.generator import Trace, Traffic, TrafficGenerator
from difsched.errors import InputError
from difsched.utils.seeding import rng, seed_sequence
from difsched.utils.tensors import load_tensors, save_tensors

LEARNERS = [name for name, method in METHODS.items() if method.training is not None]
OFFLINE = [name for name in LEARNERS if METHODS[name].training != "online"]
SHORT = {
    "online": {"windows": 640, "curve_points": 1},
    **{
        name: {"gradient_steps": 3, "batch_users": 256, "curve_points": 1}
        for name in ("offline", "dql", "dql_published", "sac_offline")
    },
}
SMALL = {"hidden": 16}


def data_of(config: EnvironmentConfig, trace: Trace) -> OfflineDataset:
    """Return data with a card, collected as the slice says."""
    simulator = Simulator(
        config, TrafficGenerator(trace), 8, outcomes="sampled", seed=seed_sequence(0, "data")
    )
    data = collect(simulator, RandomPolicy(config.B, rng(0, "policy")), 20)
    card = {"environment": config.to_dict(), "dataset": {"behaviour": "random"}}
    return replace(data, card=card)


def fit(
    name: str, config: EnvironmentConfig, trace: Trace, data: OfflineDataset | None = None
) -> Any:
    settings = find(name).settings(3, SHORT)
    changes = SMALL | ({"batch_size": 32} if "sac" in name else {})
    settings["model"] = replace(settings["model"], **changes)
    traffic = Traffic("thumb_fr", "traces", trace, trace, None, config.LEN_window)
    if data is None:
        data = data_of(config, trace)
    return find(name).fit(Task(config, traffic, data=data, **settings))


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("retransmit", [0, 2])
def test_saved_weights_decide_as_the_policy_that_was_trained(
    name: str, retransmit: int, config: EnvironmentConfig, trace: Trace, tmp_path: Path
) -> None:
    config = replace(config, retransmit=retransmit)
    policy = fit(name, config, trace)
    policy.save(tmp_path / "w.safetensors")
    seen = data_of(config, trace).observation[:40]
    state = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    again = load_policy(tmp_path / "w.safetensors", config, seed=3)
    assert np.array_equal(np.random.get_state()[1], state)  # nothing was drawn from it
    assert np.array_equal(again.act(seen), policy.act(seen))


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"retransmit": 2}, "retransmit = 0: must be 2"),
        ({"channel_information": False}, "channel_information = True: must be False"),
        ({"information": "perfect"}, "information = predicted: must be perfect"),
    ],
)
def test_weights_of_other_observations_are_refused(
    name: str,
    change: dict[str, Any],
    said: str,
    config: EnvironmentConfig,
    trace: Trace,
    tmp_path: Path,
) -> None:
    path, other = tmp_path / "w.safetensors", replace(config, **change)
    fit(name, config, trace).save(path)
    with pytest.raises(InputError, match=said):
        load_policy(path, other)
    if "retransmit" not in change:  # and the other way round
        data = None if METHODS[name].training == "online" else data_of(other, trace)
        fit(name, other, trace, data).save(path)
        load_policy(path, other)
        with pytest.raises(InputError, match="trained on observations with"):
            load_policy(path, config)


@pytest.mark.parametrize("name", LEARNERS)
def test_networks_over_sets_serve_other_slices_and_the_others_say_why_not(
    name: str, config: EnvironmentConfig, trace: Trace, tmp_path: Path
) -> None:
    path, larger = tmp_path / "w.safetensors", ConfigManager().load_env_config(3)
    fit(name, config, trace).save(path)
    seen = data_of(larger, trace).observation[:30]
    model = find(name).settings(0, {})["model"]
    if name == "sac_set" or getattr(model, "network", "mlp") == "set":
        assert (load_policy(path, larger).act(seen).sum(axis=1) == larger.B).all()
    else:
        with pytest.raises(InputError, match=r"trained on 8 users: must be 20.*that number alone"):
            load_policy(path, larger)
    richer = load_policy(path, replace(config, B=160)).act(seen[:, :8])
    assert (richer.sum(axis=1) == 160).all()


@pytest.mark.parametrize("name", OFFLINE)
def test_every_offline_learner_refuses_data_of_another_slice(
    name: str, config: EnvironmentConfig, trace: Trace
) -> None:
    data, manager = data_of(config, trace), ConfigManager()
    refused = {
        "has 8 users: must be N_user = 20": manager.load_env_config(3),
        "grants 100 RBs: must be at most B = 50": replace(config, B=50),
        "card has B = 100: must be 120": replace(config, B=120),
        "has 4 features a user: must be 5": replace(config, retransmit=1),
        "card has sigmoid_k_list": manager.load_env_config(0),
        "card has dataflow = thumb_fr: must be thumb_bk": manager.load_env_config(6),
    }
    for said, other in refused.items():
        with pytest.raises(InputError, match=said):
            fit(name, other, trace, data)


def test_methods_that_fit_themselves_to_data_refuse_another_slices_too(
    config: EnvironmentConfig, trace: Trace
) -> None:
    data, traffic = data_of(config, trace), Traffic("thumb_fr", "traces", trace, trace, None, 200)
    with pytest.raises(InputError, match="card has B = 100: must be 120"):
        find("estimate_isotonic").fit(Task(replace(config, B=120), traffic, data=data))


@pytest.mark.parametrize(
    "settings",
    [{}, {"learner": "nobody"}, {"learner": "sac"}, {"learner": ["sac"]}, {"step": 3}],
)
def test_a_file_that_says_not_what_it_is_is_refused(
    settings: dict[str, Any], config: EnvironmentConfig, trace: Trace, tmp_path: Path
) -> None:
    path = tmp_path / "w.safetensors"
    fit("sac_offline", config, trace).save(path)
    save_tensors(path, load_tensors(path)[0], settings)
    with pytest.raises(InputError, match=r"w\.safetensors"):
        load_policy(path, config)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("entities", 9),
        ("entities", 10**12),
        ("hidden", [10**9]),
        ("hidden", []),
        ("mean", [0.0]),
        ("sd", [0.0] * 4),
        ("view", 3),
    ],
)
def test_settings_that_do_not_fit_the_weights_of_sac_are_refused(
    field: str, value: Any, config: EnvironmentConfig, trace: Trace, tmp_path: Path
) -> None:
    path = tmp_path / "w.safetensors"
    fit("sac_offline", config, trace).save(path)
    tensors, settings = load_tensors(path)
    save_tensors(path, tensors, settings | {field: value})
    with pytest.raises(InputError, match="cannot be read as a policy of sac"):
        load_policy(path, config)
