"""Problems in a row: actions of every shape stand for what a family's set allows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difsched.baselines.sb3.problem import FlatProblem
from difsched.env.slice.family import FAMILY
from difsched.errors import InputError
from difsched.family import ActionSet, Budget

ENTITIES = 4
SEEN = np.random.default_rng(0).uniform(0.5, 2, (50, ENTITIES, 3))
SETS = {
    "a number an entity": ActionSet(-3.0, 5.0),
    "two numbers an entity": ActionSet(0.0, 1.0, width=2),
    "one action for the whole": ActionSet(-6.0, 6.0, width=3, scope="whole"),
    "a budget": Budget(0.0, 3.0, budget=lambda seen: seen[..., 0, -1:]),
    "a budget to spend": Budget(0.0, 1.0, budget=1.0, equality=True),
}


def problem(actions: ActionSet) -> FlatProblem:
    return FlatProblem(FAMILY, {}, actions, ENTITIES, (0.0, 1.0, 2.0), (1.0, 2.0, 0.5))


@pytest.mark.parametrize("actions", SETS.values(), ids=SETS)
def test_actions_of_every_shape_become_allowed_ones_and_come_back(actions: ActionSet) -> None:
    flat = problem(actions)
    (width,) = flat.action_space.shape
    raw = np.random.default_rng(1).uniform(-1.2, 1.2, (len(SEEN), width))
    allowed = flat.decode(raw, SEEN)
    assert allowed.shape == (len(SEEN), *actions.shape(ENTITIES))
    np.testing.assert_allclose(actions.check(allowed, SEEN), allowed, atol=1e-9)
    back = flat.encode(allowed)
    assert back.shape == raw.shape
    assert (np.abs(back) <= 1).all()
    np.testing.assert_allclose(flat.decode(back, SEEN), allowed, atol=1e-5)


def test_the_ends_of_the_box_stand_at_minus_one_and_one() -> None:
    flat = problem(SETS["one action for the whole"])
    ends = flat.decode(np.array([[-1.0, 0.0, 1.0], [-9.0, 0.5, 9.0]]), SEEN[:2])
    np.testing.assert_allclose(ends[:, 0], [[-6, 0, 6], [-6, 3, 6]])


def test_features_stand_in_a_row_entity_by_entity() -> None:
    flat = problem(SETS["a budget"])
    features = flat.features(SEEN)
    assert flat.observation_space.shape == features.shape[1:] == (ENTITIES * 3,)
    by_entity = features.reshape(-1, ENTITIES, 3)
    np.testing.assert_allclose(by_entity[..., 1], (SEEN[..., 1] - 1) / 2, rtol=1e-6)


def test_a_row_of_no_grants_has_requests_too() -> None:
    flat = problem(FAMILY.actions(FAMILY.load(0)))
    assert np.isfinite(flat.encode(np.zeros((2, ENTITIES), np.int16))).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family": "alloc"}, "family = 'alloc': must be one of slice"),
        ({"sd": [1.0]}, "mean has 3 entries, sd 1"),
        ({"entities": 0}, "entities = 0"),
    ],
)
def test_settings_that_are_no_problem_are_refused(change: dict[str, Any], said: str) -> None:
    flat = problem(SETS["a budget"])
    assert replace(flat, actions=FAMILY.actions(FAMILY.load(0))).to_dict() == flat.to_dict()
    with pytest.raises(InputError, match=said):
        FlatProblem.from_dict(flat.to_dict() | change, FAMILY.load(0))
