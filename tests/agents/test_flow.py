"""The one-step actor: its losses by hand, and that the flow behind it clones several modes."""

from functools import partial

import pytest
import torch
from torch import Tensor

from difsched.agents.actors.features import State
from difsched.agents.actors.flow import FlowActor
from tests.agents import ring
from tests.agents.conftest import USERS, make_agent, make_batch, observations


def actor_of(**changes: object) -> FlowActor:
    actor = make_agent("flow_set", **changes).actor
    assert isinstance(actor, FlowActor)
    return actor


def state_of(windows: int) -> State:
    return make_agent("flow_set").standardizer.state(observations(windows))


def test_the_flow_is_fitted_to_the_way_from_noise_to_an_action() -> None:
    actor, state, action = actor_of(), state_of(7), torch.randn(7, USERS, 1)
    asked: list[tuple[Tensor, Tensor]] = []

    def velocity(features: Tensor, noisy: Tensor, time: Tensor) -> Tensor:
        asked.append((noisy, time))
        return torch.full_like(noisy, 0.5)

    actor.velocity = velocity  # type: ignore[method-assign]
    loss = actor.flow_loss(state, action, torch.Generator().manual_seed(1))
    same = torch.Generator().manual_seed(1)
    time, noise = torch.rand(7, generator=same), torch.randn(7, USERS, 1, generator=same)
    for row in range(7):
        t, eps, a = float(time[row]), noise[row], action[row]
        assert torch.allclose(asked[0][0][row], (1 - t) * eps + t * a)
        assert float(loss[row]) == pytest.approx(float(((0.5 - (a - eps)) ** 2).mean()), rel=1e-5)
    assert torch.equal(asked[0][1], time)


def test_euler_steps_follow_a_straight_flow_to_its_end() -> None:
    actor, state = actor_of(flow_steps=4, project=False), state_of(5)
    end = torch.rand(5, USERS, 1)
    actor.velocity = lambda features, noisy, time: (  # type: ignore[method-assign]
        (end - noisy) / (1 - time).view(-1, 1, 1)
    )
    assert torch.allclose(actor.integrate(state, torch.randn(5, USERS, 1)), end, atol=1e-5)


def test_the_distance_from_the_flow_moves_the_one_step_policy_alone() -> None:
    actor, state, noise = actor_of(), state_of(6), torch.randn(6, USERS, 1)
    distance, proposal = actor.distil_loss(state, noise)
    missed = actor.sample(state, noise[:, None]) - actor.integrate(state, noise)
    assert torch.allclose(distance, missed.square().mean(dim=(-2, -1)))
    assert torch.equal(proposal, actor.sample(state, noise[:, None]))
    distance.mean().backward()
    assert all(weight.grad is None for weight in actor.flow.parameters())
    assert all(weight.grad is not None for weight in actor.one_step.parameters())


@pytest.mark.parametrize("rows", [8, 9])
def test_cloning_is_the_flows_loss_and_the_weighted_distance_of_half_of_the_rows(rows: int) -> None:
    actor, state, action = actor_of(distillation=3.0), state_of(rows), torch.randn(rows, USERS, 1)
    losses, proposal = actor.bc_loss(state, action, torch.Generator().manual_seed(2))
    same = torch.Generator().manual_seed(2)
    flow = actor.flow_loss(state, action, same)
    half = -(-rows // 2)
    noise = torch.randn(1, half, USERS, 1, generator=same)[0]
    distance, same_proposal = actor.distil_loss(state.map(lambda part: part[:half]), noise)
    assert torch.allclose(losses.mean(), flow.mean() + 3 * distance.mean())
    assert torch.equal(proposal, same_proposal)


def test_the_critic_moves_the_one_step_policy_alone(noise: torch.Generator) -> None:
    agent = make_agent("flow_set")
    agent.loss(make_batch(agent), agent, 0, noise)[1]["q"].backward()
    moved = {n.split(".")[1] for n, w in agent.named_parameters() if w.grad is not None}
    assert moved == {"one_step"}


def test_flow_and_one_step_policy_clone_a_ring() -> None:
    actor, noise = ring.clone(partial(FlowActor, steps=5, distillation=1.0), steps=250)
    steps, one = actor.integrate(ring.STATE, noise), actor.sample(ring.STATE, noise[:, None])
    for samples in (steps, one.detach()):
        assert ring.off_the_ring(samples) < 0.15
        assert float((samples.norm(dim=-1) < 0.4).float().mean()) < 0.08
