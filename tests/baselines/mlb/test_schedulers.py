"""The family's methods: shapes, no memory, who serves what, and the order of the table."""

from dataclasses import replace

import numpy as np
import pytest

from difsched.baselines.method import NotServed, Task
from difsched.baselines.mlb.clairvoyant import BeamPolicy
from difsched.baselines.mlb.schedulers import SCHEDULERS
from difsched.baselines.references import reference_losses
from difsched.baselines.registry import find, methods
from difsched.env.mlb.config import CONFIGURATIONS, MlbConfig, Scene
from difsched.evaluation import evaluate
from difsched.evaluation.scoring import score
from difsched.family import FAMILIES
from difsched.policy import Bound, Clairvoyant
from tests.baselines.mlb.states import states

CONFIG, SEEN = states("synthetic_rl", 3)
SHORT = replace(CONFIGURATIONS.load("synthetic_rl"), files=[1], target_share=1.0, steps=60)
NAMES = [method.name for method in SCHEDULERS]
#: Those that search for the load balance.
SEARCHES = {"best_constant", "search_81", "search_729", "look_ahead", "one_step", "beam", "bound"}


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"beam", "bound"}))
def test_a_window_gets_the_same_action_alone_and_among_others(name: str) -> None:
    policy = find(name, "mlb").fit(Task(SHORT))
    together = policy.act(SEEN)
    assert together.shape == (3, 1, 3)
    assert np.abs(together).max() <= 12
    assert (policy.act(SEEN[2:]) == together[2:]).all()


def test_a_beam_sees_the_future_and_the_table_is_in_order() -> None:
    references = FAMILIES["mlb"].references(SHORT)
    scale = reference_losses(SHORT, None, 120)
    loss = {}
    for name in ("static", "random", "search_729", "one_step"):
        loss[name] = evaluate(find(name, "mlb").fit(Task(SHORT)), SHORT, None, 120).loss.mean()
    beam = BeamPolicy(SHORT, width=4, points=5)
    assert isinstance(beam, Clairvoyant)
    loss["beam"] = evaluate(beam, SHORT, None, 120).loss.mean()
    points = {name: score(value, scale, references) for name, value in loss.items()}
    bound = evaluate(find("bound", "mlb").fit(Task(SHORT)), SHORT, None, 120)
    assert isinstance(find("bound", "mlb").fit(Task(SHORT)), Bound)
    assert bound.summary(None)["loss"] == bound.loss.mean() < loss["beam"] <= loss["one_step"]
    assert points["static"] == 0 and points["one_step"] == pytest.approx(100)
    assert points["beam"] is not None and points["beam"] > 100 - 1e-6
    assert points["search_729"] is not None and 80 < points["search_729"] < 105


@pytest.mark.parametrize("name", NAMES)
def test_searches_say_why_they_cannot_serve_another_reward_or_many_cells(name: str) -> None:
    motion = ["right", "left", "loiter", "none"]
    sites = [[100.0, 100.0], [400.0, 100.0], [100.0, 400.0], [400.0, 400.0]]
    four = MlbConfig(Scene(sites=sites), motion, sources=[motion], files=[1], steps=2)
    other = replace(SHORT, reward="throughput")
    for config, refused in ((other, SEARCHES), (four, SEARCHES - {"search_81", "best_constant"})):
        if name in refused:
            with pytest.raises(NotServed, match=r"another reward|cells"):
                find(name, "mlb").fit(Task(config))
        else:
            find(name, "mlb").fit(Task(config))


def test_learners_of_every_family_are_methods_of_this_one() -> None:
    assert {*NAMES, "dql_set", "td3_bc", "iql", "cql", "bc"} <= set(methods("mlb"))
