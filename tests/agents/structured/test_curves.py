"""Curves that a network draws, and the critic that is a sum of them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from difsched.action_set import ActionSet
from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.solver import SolverActor
from difsched.agents.policy import OfflinePolicy
from difsched.agents.structured.curves import Knots
from difsched.agents.structured.separable import SeparableCritic
from difsched.env.slice.family import ResourceBlocks
from difsched.errors import InputError
from difsched.typing import Floats
from tests.agents.conftest import USERS, make_agent, observations


def test_a_curve_is_linear_between_knots_and_constant_beyond() -> None:
    knots = Knots(5, -1.0, 3.0)
    curve = torch.randn(2, 3, 5)
    grants = torch.tensor([-4.0, -1.0, -0.3, 0.0, 1.7, 3.0, 9.0])
    table = knots.table(curve, grants)
    for row, user in product(range(2), range(3)):
        wanted = np.interp(grants, np.linspace(-1, 3, 5), curve[row, user])
        assert table[row, user].numpy() == pytest.approx(wanted, abs=1e-5)
    own = torch.stack([grants[:3], grants[3:6]])
    picked = torch.stack([table[0, range(3), range(3)], table[1, range(3), range(3, 6)]])
    assert torch.allclose(knots.at(curve, own), picked, atol=1e-5)


def test_knots_reach_from_nothing_to_four_times_the_mean_grant() -> None:
    space = ActionSpace(ResourceBlocks(low=0.0, high=60.0, budget=60.0), 10.0, 8.0, project=True)
    knots = Knots.of(space, 9)
    assert (knots.low * 8 + 10, knots.high * 8 + 10) == (0, 40)


def critic_of(**changes: object) -> SeparableCritic:
    critic = make_agent("critic_exact", **changes).critic
    assert isinstance(critic, SeparableCritic)
    return critic


def test_a_part_sees_its_own_grant_and_everyones_observation() -> None:
    agent = make_agent("critic_exact")
    critic, state = critic_of(), agent.standardizer.state(observations(4))
    action = torch.randn(4, USERS, 1)
    other = action.clone()
    other[:, 0] += 0.7
    before, after = critic.q_parts(state, action), critic.q_parts(state, other)
    assert torch.equal(before[:, :, 1:], after[:, :, 1:])
    assert (before[:, :, 0] != after[:, :, 0]).any()
    seen = observations(4)
    seen[:, 0, 0] += 20
    moved = critic.q_parts(agent.standardizer.state(seen), action)
    assert (moved[:, :, 1:] != before[:, :, 1:]).any()


@pytest.mark.parametrize("credit", ["user", "window"])
def test_no_grants_within_the_budget_have_a_higher_q(credit: str) -> None:
    agent = make_agent("critic_exact", users=3, credit=credit)
    assert agent.critic is not None
    agent = agent.serving(
        replace(agent.problem, space=replace(agent.space, actions=ResourceBlocks(0.0, 7.0)))
    )
    state = agent.standardizer.state(observations(5, users=3))
    chosen = agent.choose(state, torch.zeros(5, 0, 3, 1))
    ways = [way for way in product(range(8), repeat=3) if sum(way) == 7]
    assert agent.critic is not None
    q = [
        agent.critic.q(state, agent.space.encode(torch.tensor([way] * 5).float())).mean(dim=0)
        for way in ways
    ]
    own = agent.critic.q(state, chosen).mean(dim=0)
    assert torch.allclose(own, torch.stack(q).amax(dim=0), atol=1e-6)


@pytest.mark.parametrize("name", ["critic_exact", "neural_estimate", "spo_plus"])
def test_a_window_is_solved_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    allocate = ResourceBlocks.maximize

    def counted(self: ResourceBlocks, values: Floats) -> NDArray[np.int64]:
        solved.append(len(values))
        return allocate(self, values)

    monkeypatch.setattr(ResourceBlocks, "maximize", counted)
    policy, seen = OfflinePolicy(make_agent(name)), observations(5).numpy()
    alone = [policy.act(window[None])[0] for window in seen]
    assert solved == [1] * 5
    assert np.array_equal(policy.act(seen), alone)
    assert solved[5:] == [5]


def test_without_counted_grants_there_is_no_solver() -> None:
    space = ActionSpace(ActionSet(0.0, 1.0), 0.5, 0.2, project=True)
    with pytest.raises(InputError, match="cannot be counted: must be whole units of one budget"):
        SolverActor(space, lambda state, grants: grants)
