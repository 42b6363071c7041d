"""What lies outside the data: the loss by hand, what it costs, and that a gap is found."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from difsched.agents.actors.features import State
from difsched.agents.critic import Critic
from difsched.agents.networks import SetNetwork
from difsched.agents.support import FLOOR, Support
from difsched.config import ConfigManager
from difsched.errors import InputError
from tests.agents.conftest import USERS, make_agent, make_batch


def support_of(features: int = 0) -> Support:
    generator = torch.Generator().manual_seed(0)

    def network(inputs: int, outputs: int, members: int = 1) -> SetNetwork:
        return SetNetwork(
            inputs, outputs, hidden=32, layers=3, members=members, generator=generator
        )

    return Support(make_agent("dql_set").space, features, network)


def state_of(features: Tensor) -> State:
    return State(features, features)


def critic_of(**changes: object) -> Critic:
    critic = make_agent("dql_set", **changes).critic
    assert critic is not None
    return critic


NOTHING = state_of(torch.zeros(2, 2, 1))


def test_the_classifier_has_the_logistic_loss_of_logged_and_other_actions() -> None:
    support, action = support_of(), torch.tensor([[[0.0], [1.0]], [[2.0], [-1.0]]])
    support.log_odds = lambda state, asked: 2 * asked[..., 0]  # type: ignore[method-assign]
    loss = support.loss(NOTHING, action, torch.Generator().manual_seed(1))
    same = torch.Generator().manual_seed(1)
    other = action[torch.randperm(2, generator=same)] + torch.randn(2, 2, 1, generator=same)
    logged = [math.log1p(math.exp(-2 * a)) for a in (0, 1, 2, -1)]
    made = [math.log1p(math.exp(2 * float(a))) for a in other.flatten()]
    assert float(loss) == pytest.approx(sum(logged) / 4 + sum(made) / 4, rel=1e-5)


def test_only_what_is_below_the_floor_is_outside() -> None:
    support = support_of()
    support.log_odds = lambda state, asked: asked[..., 0]  # type: ignore[method-assign]
    action = torch.tensor([[[FLOOR + 1], [FLOOR - 4]], [[FLOOR], [5.0]]])
    assert support.outside(NOTHING, action).tolist() == [2.0, 0.0]


@pytest.mark.parametrize("features", [0, 3])
def test_an_entity_is_judged_alone(features: int) -> None:
    support, action = support_of(features), torch.randn(4, 5, 1)
    seen = torch.randn(4, 5, 3)
    odds = support.log_odds(state_of(seen), action)
    assert odds.shape == (4, 5)
    some = support.log_odds(state_of(seen[:, :2]), action[:, :2])
    assert torch.allclose(odds[:, :2], some, atol=1e-6)


@pytest.mark.parametrize("features", [0, 1])
def test_a_gap_in_the_log_is_outside_in_any_state_or_in_one(features: int) -> None:
    # In state s = -1 or 1 the action is 2 s: with the state each is inside in its own alone.
    support, generator = support_of(features), torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(support.parameters(), lr=0.01)
    for _ in range(300):
        seen = torch.randint(2, (64, 4, 1), generator=generator) * 2.0 - 1
        action = 2 * seen + 0.05 * torch.randn(seen.shape, generator=generator)
        optimizer.zero_grad()
        support.loss(state_of(seen), action, generator).backward()
        optimizer.step()

    def outside(seen: float, action: float) -> float:
        shape = (1, 1, 1)
        found = support.outside(state_of(torch.full(shape, seen)), torch.full(shape, action))
        return found.item()

    assert outside(-1.0, -2.0) == outside(1.0, 2.0) == 0
    assert outside(-1.0, 0.0) > 0.5
    assert outside(1.0, 0.0) > 0.5
    assert (outside(-1.0, 2.0) > 0.5) == (outside(1.0, -2.0) > 0.5) == (features == 1)


def test_what_lies_outside_is_taken_off_q_and_moves_the_actor() -> None:
    plain, held = critic_of(), critic_of(support="action")
    batch = make_batch(make_agent("dql_set"))
    assert held.support is not None
    held.support.log_odds = lambda state, asked: asked[..., 0]  # type: ignore[method-assign]
    action = torch.full((len(batch.action), USERS, 1), FLOOR - 1, requires_grad=True)
    cost = plain.q(batch.state, action) - held.q(batch.state, action)
    assert torch.allclose(cost, torch.ones_like(cost), atol=1e-5)
    (slope,) = torch.autograd.grad(cost[0].sum(), action)
    assert torch.allclose(slope, torch.full_like(slope, -1 / USERS), atol=1e-5)


def test_the_actor_leaves_the_classifier_as_it_is() -> None:
    critic, batch = critic_of(support="state"), make_batch(make_agent("dql_set"))
    action = batch.action.clone().requires_grad_()
    critic.actor_loss(batch.state, action, 0)[0].backward()
    assert action.grad is not None
    assert all(weight.grad is None for weight in critic.parameters())


@pytest.mark.parametrize("support", ["action", "state"])
@pytest.mark.parametrize(
    "name", ["dql_set", "flow_set", "gaussian_set", "det_set", "td3_bc", "cql"]
)
def test_every_learner_that_asks_a_critic_may_be_held_to_the_data(
    name: str, support: str, noise: torch.Generator
) -> None:
    agent = make_agent(name, support=support)
    total, losses = agent.loss(make_batch(agent), agent, 0, noise)
    total.backward()
    assert losses["support"] > 0
    assert agent.critic is not None
    assert agent.critic.support is not None
    assert all(weight.grad is not None for weight in agent.critic.support.parameters())


@pytest.mark.parametrize(
    ("model", "support", "message"),
    [
        ("dql_default", "state", "support = 'state': must be none with mlp networks"),
        ("dql_published", "state", "support = 'state': must be none"),
        ("dql_set", "all", "support = 'all': must be one of none, action, state"),
    ],
)
def test_support_is_refused_where_it_means_nothing(model: str, support: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(ConfigManager().load_model_config(model), support=support)
