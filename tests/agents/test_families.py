"""Agents of any family: other shapes of actions, several outcomes, rewards in closed form."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from difsched.action_set import ActionSet, Budget
from difsched.agents import Agent, OfflinePolicy
from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.features import Standardizer
from difsched.agents.agent import make_agent
from difsched.agents.critic import Batch
from difsched.agents.outcomes import Outcomes, OutcomeScale
from difsched.agents.problem import Problem
from difsched.config import ConfigManager
from difsched.config.learner import CriticConfig
from difsched.errors import InputError
from tests.agents.test_agent import NAMES

ENTITIES, FEATURES, OUTCOMES = 5, 3, 2
#: Shapes of a window's action -> the set.
SETS = {
    (5,): Budget(0.0, 1.0, budget=lambda seen: seen[..., 0, -1:]),
    (5, 2): ActionSet(0.0, 1.0, width=2),
    (1, 3): ActionSet(-6.0, 6.0, width=3, scope="whole"),
}


def combine(means: Any, observation: Any) -> Any:
    """Return a reward that is not linear in the outcomes, and depends on what is seen."""
    return -(means[..., 0] - observation[..., 0, 0]).abs() - means[..., 1] ** 2


def make(name: str, actions: ActionSet, entities: int = ENTITIES, **changes: Any) -> Agent:
    config = replace(
        ConfigManager().load_model_config(name), **{"hidden": 16, "project": True, **changes}
    )
    scale = OutcomeScale([0.5, -1.0], [2.0, 3.0], reward_center=-4.0, reward_scale=1.5)
    space = ActionSpace(actions, center=0.4, scale=0.25, project=config.project)
    problem = Problem("slice", space, Outcomes(scale, combine), entities, {})
    standardizer = Standardizer.fit(observations(200, entities))
    return make_agent(config, problem, standardizer, torch.Generator().manual_seed(0))


def observations(windows: int, entities: int = ENTITIES) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(windows, entities, FEATURES, generator=generator)


def batch_of(agent: Agent, windows: int = 12) -> Batch:
    generator = torch.Generator().manual_seed(2)
    state = agent.standardizer.state(observations(windows))
    by_entity = isinstance(agent.config, CriticConfig) and agent.config.credit == "user"
    parts = (ENTITIES, OUTCOMES) if by_entity else (1, 1)
    rows, width = agent.space.rows(ENTITIES), agent.space.width
    action = torch.randn(windows, rows, width, generator=generator)
    return Batch(state, action, torch.randn(windows, *parts, generator=generator), state, action)


@pytest.mark.parametrize("shape", SETS)
@pytest.mark.parametrize("name", NAMES)
def test_every_learner_learns_and_decides_in_actions_of_any_shape(
    name: str, shape: tuple[int, ...]
) -> None:
    changes = {"discount": 0.0} if name == "dql_default" else {}
    if name == "det_search" and SETS[shape].scope == "whole":
        changes = {"masked": 0, "exchanged": 0}
    agent, noise = make(name, SETS[shape], **changes), torch.Generator().manual_seed(3)
    loss, info = agent.loss(batch_of(agent), agent, 1, noise)
    loss.backward()
    assert loss.isfinite() and all(part.isfinite() for part in info.values())
    assert all(weight.grad is not None for weight in agent.actor.parameters())  # type: ignore[attr-defined]
    seen = observations(7).numpy()
    action = OfflinePolicy(agent).act(seen)
    assert action.shape == (7, *shape)
    assert (action >= agent.space.actions.low - 1e-6).all()
    assert (action <= agent.space.actions.high + 1e-6).all()
    if len(shape) == 1:
        assert (action.sum(axis=1) <= seen[:, 0, -1] + 1e-6).all()


@pytest.mark.parametrize("shape", SETS)
def test_a_learner_trains_through_what_the_set_admits(shape: tuple[int, ...]) -> None:
    agent = make("dql_set", SETS[shape])
    state = agent.standardizer.state(observations(9))
    noise = torch.randn(9, agent.actor.draws, agent.space.rows(ENTITIES), agent.space.width)
    sample = agent.actor.sample(state, 9 * noise)
    admitted = agent.space.admit(sample, state.observation)
    assert torch.allclose(admitted, sample, atol=1e-5)
    assert sample.requires_grad


@pytest.mark.parametrize("shape", SETS)
def test_q_is_the_closed_form_of_the_mean_of_predicted_outcomes(shape: tuple[int, ...]) -> None:
    agent = make("dql_set", SETS[shape])
    assert agent.critic is not None
    batch = batch_of(agent)
    parts = agent.critic.q_parts(batch.state, batch.action)
    assert parts.shape == (2, 12, ENTITIES, OUTCOMES)
    means = torch.tensor([0.5, -1.0]) + torch.tensor([2.0, 3.0]) * parts.mean(dim=2)
    expected = (combine(means, batch.state.observation) + 4.0) / 1.5
    assert torch.allclose(agent.critic.q(batch.state, batch.action), expected, atol=1e-5)


def test_fitted_to_the_window_a_critic_needs_no_closed_form() -> None:
    agent = make("dql_set", SETS[5,], credit="window", discount=0.9)
    assert agent.critic is not None
    batch = batch_of(agent)
    parts = agent.critic.q_parts(batch.state, batch.action)
    assert parts.shape == (2, 12, 1, 1)
    assert torch.equal(agent.critic.q(batch.state, batch.action), parts[..., 0, 0])


def test_outcomes_are_not_added_up_over_windows_where_rewards_are_no_mean_of_them() -> None:
    with pytest.raises(InputError, match=r"credit = 'user': must be window with discount = 0\.9"):
        make("dql_set", SETS[5,], discount=0.9)


def test_an_action_of_the_whole_does_not_depend_on_the_order_of_entities() -> None:
    agent = make("det_set", SETS[1, 3])
    seen, order = observations(9), torch.randperm(ENTITIES)
    state = agent.standardizer.state(seen)
    other = agent.standardizer.state(seen[:, order])
    none = torch.empty(9, 0, 1, 3)
    assert torch.allclose(agent.choose(state, none), agent.choose(other, none), atol=1e-5)


def test_weights_serve_other_numbers_of_entities_and_other_sets() -> None:
    agent = make("dql_set", SETS[5,])
    wider = replace(agent.space, actions=Budget(0.0, 2.0, budget=2.0, equality=True))
    served = agent.serving(replace(agent.problem, space=wider, entities=9))
    action = OfflinePolicy(served).act(observations(4, 9).numpy())
    assert action.shape == (4, 9)
    assert action.sum(axis=1) == pytest.approx(2.0)
    mlp = make("dql_set", SETS[5,], network="mlp")
    with pytest.raises(InputError, match="trained on 5 users: must be 9"):
        mlp.serving(replace(mlp.problem, entities=9))
