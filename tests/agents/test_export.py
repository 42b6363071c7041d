"""Exported policies: the same decisions without torch, and what else is no exported policy."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from difsched.agents import OfflinePolicy
from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.baselines.weights import load_policy
from difsched.errors import InputError
from difsched.export import export, load_exported
from difsched.family import family_named
from tests.agents.conftest import USERS, make_agent, observations, slice_of

#: Learners that differ in what a decision is made of: chains, one draw, none; ranked or searched.
LEARNERS: dict[str, dict[str, int]] = {
    **{key: {"candidates": 3} for key in ("dql_set", "gaussian_set", "dql_default")},
    **{key: {} for key in ("det_set", "bc")},
    "flow_set": {"candidates": 3, "perturbed": 2, "masked": 2, "rounds": 2},
    "det_search": {"exchanged": 4, "rounds": 2},
    "dql_published": {"candidates": 3},
    "rebrac": {},
    "shortcut_set": {"candidates": 3},
}
Written = Callable[..., tuple[OfflinePolicy, Path]]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(name: str, **changes: Any) -> tuple[OfflinePolicy, Path]:
        agent, path = make_agent(name, **changes), tmp_path / "policy.onnx"
        with torch.no_grad():
            for weight in agent.parameters():
                weight *= 3  # fresh ones give all users about the same
        policy = OfflinePolicy(agent, seed=3)
        export(policy, path)
        return policy, path

    return write


@pytest.mark.parametrize("name", LEARNERS)
def test_an_exported_policy_decides_as_the_policy(name: str, written: Written) -> None:
    policy, path = written(name, **LEARNERS[name])
    seen = observations(3000, seed=5).numpy()
    again = load_exported(path, slice_of(), seed=3)
    granted = again.act(seen)
    # Sums are added in another order: where two candidates are rated alike, the other may be taken.
    # Exchanges of users in about the same place are, by networks that have not learned.
    same = (granted == policy.act(seen)).all(axis=1)
    assert same.mean() > (0.99 if "exchanged" in LEARNERS[name] else 0.999)
    np.testing.assert_array_equal(again.act(seen[:7]), granted[:7])
    assert granted.std() > 1
    assert granted.sum(axis=1).max() <= slice_of().B


def test_the_noise_is_the_caller_s(written: Written) -> None:
    policy, path = written("dql_set", candidates=3)
    seen = observations(200, seed=5).numpy()
    one, other = (load_exported(path, slice_of(), seed).act(seen) for seed in (3, 4))
    np.testing.assert_array_equal(one, policy.act(seen))
    assert (one != other).any()


def test_two_exports_are_the_same_bytes(written: Written) -> None:
    policy, path = written("det_set")
    first = path.read_bytes()
    about = export(policy, path)
    assert path.read_bytes() == first
    assert (about.family, about.entities, about.features, about.draws[0]) == ("slice", USERS, 4, 0)


def test_weights_are_read_by_their_suffix(written: Written) -> None:
    _, path = written("det_set")
    seen = observations(20).numpy()
    granted = load_policy(path, slice_of()).act(seen)
    np.testing.assert_array_equal(granted, load_exported(path, slice_of()).act(seen))


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (slice_of(USERS + 1), "exported for 6 users: must be 7"),
        (replace(slice_of(), retransmit=2), "retransmit = 0: must be 2"),
        (family_named("mec").load("code_n6"), "family = 'slice': must be one of mec"),
    ],
)
def test_another_observation_is_refused_in_a_line(
    config: Any, reason: str, written: Written
) -> None:
    _, path = written("det_set")
    with pytest.raises(InputError) as error:
        load_exported(path, config)
    assert f"{path}: " in str(error.value) and reason in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_exported_policy_is_refused_in_a_line(written: Written, tmp_path: Path) -> None:
    _, path = written("det_set")
    whole = path.read_bytes()
    wrong = tmp_path / "wrong.onnx"
    for content in (
        b"",
        b"weights",
        whole[: len(whole) // 2],
        whole.replace(b"difsched", b"other"),
    ):
        wrong.write_bytes(content)
        with pytest.raises(InputError) as error:
            load_exported(wrong, slice_of())
        assert str(wrong) in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(InputError, match=r"none\.onnx"):
        load_exported(tmp_path / "none.onnx", slice_of())


def test_a_set_that_is_no_graph_is_refused_and_nothing_written(tmp_path: Path) -> None:
    family = family_named("alloc")
    config = family.load("leontief_3x5")
    method = find("det_set", "alloc")
    settings = method.settings(0, {"offline": {"gradient_steps": 1, "curve_points": 1}}, "alloc")
    policy = method.fit(Task(config, data=family.collect(family, config, 400), **settings))
    assert isinstance(policy, OfflinePolicy)
    with pytest.raises(InputError, match="family = 'alloc': its action set cannot be written"):
        export(policy, tmp_path / "alloc.onnx")
    assert not list(tmp_path.iterdir())
