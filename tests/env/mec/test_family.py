"""Edge computing through the door of families: found, collected, scored."""

import numpy as np
import pytest

from difsched.baselines.mec.rules import lateness
from difsched.baselines.method import Task
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find
from difsched.env.mec.config import CONFIGURATIONS
from difsched.errors import InputError
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import score
from difsched.family import FAMILIES, family_of

FAMILY = FAMILIES["mec"]


@pytest.mark.parametrize("name", ["code_n5", "fixed_n2", "leftover_n5", "scaled_k4"])
def test_random_data_are_feasible_and_have_the_rewards_of_their_outcomes(name: str) -> None:
    config = FAMILY.load(name)
    assert family_of(config) is FAMILY
    data = FAMILY.collect(FAMILY, config, 400)
    actions = FAMILY.actions(config)
    assert data.action.shape == (400, config.users)
    reward = FAMILY.combine(config)(data.outcomes.mean(axis=1), data.observation)
    np.testing.assert_allclose(reward, data.reward, atol=1e-5)
    np.testing.assert_array_equal(actions.check(data.action, data.observation), data.action)
    # Few and many offload.
    served = (data.action > 0).mean(axis=1)
    assert np.quantile(served, 0.1) < 0.25 and np.quantile(served, 0.9) > 0.75


@pytest.mark.parametrize("name", CONFIGURATIONS.names())
def test_what_is_seen_is_within_the_bounds(name: str) -> None:
    config = FAMILY.load(name)
    assert FAMILY.bounds is not None
    low, high = FAMILY.bounds(config)
    seed = np.random.SeedSequence(0)
    simulator = FAMILY.simulator(config, "train", 3, "sampled", seed)
    for _ in range(3):
        seen = simulator.step(np.full((3, config.users), 1 / config.users)).observation
        assert (seen >= low).all() and (seen <= high).all()


def test_greedy_scores_as_measured_and_metrics_are_told() -> None:
    config = FAMILY.load("code_n5")
    scale = reference_losses(config, None, 400)
    scores = evaluate(find("greedy", "mec").fit(Task(config)), config, None, 400)
    summary = scores.summary("perfect")
    # 92 on 400 slots; a point is the error of so many.
    assert score(summary["loss"], scale, FAMILY.references(config)) == pytest.approx(92, abs=3)
    assert summary["loss"] == pytest.approx(
        -config.weight_qos * summary["qos"] + config.weight_energy * summary["energy_j"]
    )
    assert 0.5 < summary["offloaded"] < 0.9
    assert 0 < summary["deadline_misses"] < 0.5
    assert summary["projected"] == 0


def test_an_offline_learner_beats_all_local() -> None:
    config, method = FAMILY.load("fixed_n5"), find("dql_set", "mec")
    short = {"offline": {"gradient_steps": 200, "curve_points": 1, "batch_users": 1280}}
    data = FAMILY.collect(FAMILY, config, 6000)
    policy = method.fit(Task(config, data=data, **method.settings(0, short, "mec")))
    loss = float(evaluate(policy, config, None, 200).loss.mean())
    found = score(loss, reference_losses(config, None, 200), FAMILY.references(config))
    assert found is not None and found > 40


def test_where_work_is_left_over_there_is_no_score() -> None:
    assert FAMILY.references(FAMILY.load("leftover_n5")).none is not None
    assert FAMILY.references(FAMILY.load("scaled_k7")).hundred == "search"


def test_weights_for_other_columns_are_refused() -> None:
    with pytest.raises(InputError, match="trained on observations of 5 columns: must be 6"):
        FAMILY.check_view(5, {}, FAMILY.load("scaled_k4"))
    FAMILY.check_view(5, {}, FAMILY.load("fixed_n7"))


def test_clusters_have_data_of_a_disturbed_rule_that_serves_the_latest() -> None:
    config = FAMILY.load("scaled_k4")
    assert (FAMILY.behaviour(config), FAMILY.windows(config)) == ("noisy_rule", 5000)
    assert FAMILY.behaviour(FAMILY.load("code_n5")) == "random"
    data = FAMILY.collect(FAMILY, config, 400)
    late = lateness(data.observation.astype(float))
    served = data.action > 0
    count = served.sum(axis=1)
    assert count.min() <= 1 and 20 < count.mean() < 50 and count.max() > 90
    assert late[served].mean() > 1.2 * late[~served].mean()
    # In many windows, and not in all, somebody waits who is later than one that is served.
    some = (count > 0) & (count < 100)
    least = np.where(served, late, np.inf).min(axis=1)[some]
    most = np.where(served, 0, late).max(axis=1)[some]
    assert (least < most).mean() > 0.5
    random = FAMILY.collect(FAMILY, config, 400, "random")
    assert data.reward.mean() > random.reward.mean()
