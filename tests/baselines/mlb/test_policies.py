"""Policies by name: shapes, no memory, and names that are unknown."""

import numpy as np
import pytest

from difsched.baselines.mlb.policies import RULES, ConstantPolicy, RandomPolicy, RulePolicy
from difsched.errors import InputError
from difsched.policy import Policy
from tests.baselines.mlb.states import states

CONFIG, SEEN = states("synthetic_rl", 3)
POLICIES = [
    *(RulePolicy(CONFIG, name) for name in RULES),
    RandomPolicy(CONFIG, 3),
    ConstantPolicy(CONFIG, (-12.0, 12.0, 12.0)),
]


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_window_gets_the_same_action_alone_and_among_others(policy: Policy) -> None:
    together = policy.act(SEEN)
    assert together.shape == (3, 1, 3)
    assert np.abs(together).max() <= 12
    assert (policy.act(SEEN[2:]) == together[2:]).all()


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean load_threshold"):
        RulePolicy(CONFIG, "load_treshold")


def test_offsets_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="out of range"):
        ConstantPolicy(CONFIG, (0.0, 0.0, 99.0))
