"""Shared PPO: it learns, leaves weights behind, and decides the same however it is asked."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difsched.baselines.mec.ppo_shared.policy import roles
from difsched.baselines.method import Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find
from difsched.baselines.weights import load_policy
from difsched.env.mec.actions import check
from difsched.env.mec.config import CONFIGURATIONS, MecConfig
from difsched.env.mec.simulator import Simulator
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import score
from difsched.family import family_of
from tests.env.mec.presets import phase_one, phase_two

CLUSTERED = phase_two("scaled", 3, 9)


def fit(config: MecConfig, windows: int = 1024, **task: Any) -> Any:
    method = find("ppo_shared", "mec")
    short = {"online": {"windows": windows, "curve_points": 2}}
    return method.fit(Task(config, **task, **method.settings(0, short, "mec")))


def test_it_learns_to_beat_all_local_and_shows_its_curve() -> None:
    config, points = CONFIGURATIONS.load("code_n5"), []

    def note(slots: int, policy: Any, losses: Any) -> None:
        points.append((slots, float(evaluate(policy, config, None, 200).loss.mean()), set(losses)))

    policy = fit(config, 6144, on_point=note)
    loss = float(evaluate(policy, config, None, 200).loss.mean())
    found = score(loss, reference_losses(config, None, 200), family_of(config).references(config))
    # Half of the way from all local to the optimum; all offload gets 57.
    assert found is not None and found > 50
    assert [slots for slots, _, _ in points] == [3072, 6144]
    assert points[0][1] > points[1][1] == loss
    assert points[0][2] == {"actor_loss", "critic_loss"}


@pytest.mark.parametrize("config", [phase_one("fixed", 3), CLUSTERED])
def test_weights_of_a_file_decide_as_those_that_were_trained(
    config: MecConfig, tmp_path: Path
) -> None:
    policy = fit(config)
    seen = Simulator(config, 40, np.random.SeedSequence(1)).observe()
    action = policy.act(seen)
    assert not check(action, seen)[1].any()
    np.testing.assert_array_equal(policy.act(seen[3:4]), action[3:4])
    np.testing.assert_array_equal(fit(config).act(seen), action)
    policy.save(tmp_path / "weights.safetensors")
    again = load_policy(tmp_path / "weights.safetensors", config)
    np.testing.assert_array_equal(again.act(seen), action)
    assert set(policy.actors) == set(roles(config))
    assert (
        0
        < policy.parameters
        < sum(w.numel() for a in policy.actors.values() for w in a.parameters())
    )


def test_weights_for_other_tables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    fit(phase_one("fixed", 3)).save(path)
    with pytest.raises(InputError, match=r"weights.safetensors.*trained on tables .*: must be"):
        load_policy(path, phase_one("fixed", 4))
    with pytest.raises(InputError, match="trained on observations of 5 columns: must be 6"):
        load_policy(path, CLUSTERED)


def test_the_roles_are_the_documented_ones() -> None:
    assert [(role.agents, role.seen, role.done) for role in roles(phase_one("code")).values()] == [
        (5, 5, 2),
        (1, 30, 5),
    ]
    assert list(roles(CLUSTERED)) == ["ue", "coordinator", "cluster_sched"]
