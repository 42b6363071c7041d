"""The agent: symmetry, losses, gradients, choice, files."""

import copy
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from difsched.agents import Agent, OfflinePolicy, load_agent
from difsched.agents.actors.features import State
from difsched.agents.cql import CQL
from difsched.agents.critic import expectile_loss
from difsched.agents.iql import IQL
from difsched.agents.networks import ALL
from difsched.config import EnvironmentConfig
from difsched.errors import InputError
from tests.agents.conftest import USERS, make_agent, make_batch, observations, slice_of

NAMES = [
    "dql_default",
    "dql_published",
    "dql_set",
    "bc",
    "gaussian_bc",
    "det_set",
    "det_search",
    "gaussian_set",
    "flow_set",
    "shortcut_set",
    "iql",
    "idql",
    "cql",
    "td3_bc",
    "rebrac",
]


def value(agent: Agent, state: State, action: Tensor) -> Tensor:
    assert agent.critic is not None
    return agent.critic.q(state, action)


def state_of(agent: Agent, windows: int) -> State:
    return agent.standardizer.state(observations(windows))


def test_set_critics_do_not_see_the_users_order() -> None:
    agent = make_agent("dql_set", discount=0.9)
    assert agent.critic is not None
    state, action = state_of(agent, 20), torch.randn(20, USERS, 1)
    order = torch.randperm(USERS)
    other = state.map(lambda part: part[:, order])
    moved = value(agent, other, action[:, order])
    assert torch.allclose(moved, value(agent, state, action), atol=1e-5)
    parts = agent.critic.q_parts(state, action)[:, :, order]
    assert torch.allclose(agent.critic.q_parts(other, action[:, order]), parts, atol=1e-5)
    values = agent.critic.v_parts(state)[:, order]
    assert torch.allclose(agent.critic.v_parts(other), values, atol=1e-5)


def test_mlp_networks_do() -> None:
    agent = make_agent("dql_default")
    state, action = state_of(agent, 20), torch.randn(20, USERS, 1)
    flipped = value(agent, state.map(lambda part: part.flip(1)), action.flip(1))
    assert not torch.allclose(flipped, value(agent, state, action), atol=1e-5)


@pytest.mark.parametrize("users", [1, 3, 20, 100])
@pytest.mark.parametrize(
    "name", ["dql_set", "det_search", "gaussian_set", "flow_set", "shortcut_set"]
)
def test_a_set_policy_decides_for_any_number_of_users(name: str, users: int) -> None:
    grants = OfflinePolicy(make_agent(name)).act(observations(5, users).numpy())
    assert grants.shape == (5, users)
    assert (grants.sum(axis=1) == 60).all()


def test_the_expectile_of_a_sample_minimises_its_loss() -> None:
    values = torch.tensor([0.0, 1.0, 5.0, 6.5], dtype=torch.float64)
    for expectile in (0.1, 0.5, 0.7, 0.9):
        grid = torch.linspace(-1, 8, 9001, dtype=torch.float64)
        losses = torch.stack([expectile_loss(values - point, expectile) for point in grid])
        best = grid[losses.argmin()]
        # First-order condition (Newey and Powell 1987): weighted deviations balance.
        above = (values - best).clamp(min=0).sum() * expectile
        below = (best - values).clamp(min=0).sum() * (1 - expectile)
        assert float(above) == pytest.approx(float(below), abs=0.01)
    assert float(expectile_loss(values - values.mean(), 0.5)) == pytest.approx(
        float(values.var(correction=0)) / 2
    )


def moved(agent: Agent, loss: Tensor) -> set[str]:
    """Return the parts of the agent that a loss would move."""
    agent.zero_grad()
    loss.backward()
    return {
        ".".join(name.split(".")[:2])
        for name, weight in agent.named_parameters()
        if weight.grad is not None and weight.grad.abs().max() > 0
    }


@pytest.mark.parametrize("gradient", ["one_step", "chain"])
def test_gradients_flow_only_where_they_should(gradient: str, noise: torch.Generator) -> None:
    agent, target = (make_agent("dql_default", seed, gradient=gradient) for seed in (0, 1))
    parts = {
        "critic": "critic.functions",
        "value": "critic.value",
        "cloning": "actor.denoiser",
        "q": "actor.denoiser",
    }
    for name, part in parts.items():
        assert moved(agent, agent.loss(make_batch(agent), target, 1, noise)[1][name]) == {part}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("iql", {"critic": "functions", "value": "value", "cloning": "network"}),
        ("cql", {"critic": "functions", "q": "network", "conservative": "functions"}),
        ("td3_bc", {"critic": "functions", "cloning": "network", "q": "network"}),
        ("rebrac", {"critic": "functions", "cloning": "network", "q": "network"}),
        ("idql", {"critic": "functions", "cloning": "denoiser"}),
        ("dql_published", {"critic": "functions", "cloning": "denoiser", "q": "denoiser"}),
        ("det_set", {"critic": "functions", "q": "network"}),
        ("gaussian_set", {"critic": "functions", "cloning": "network", "q": "network"}),
        ("shortcut_set", {"critic": "functions", "cloning": "network", "q": "network"}),
        ("gaussian_bc", {"cloning": "network"}),
        ("bc", {"cloning": "denoiser"}),
    ],
)
def test_each_loss_of_an_algorithm_moves_what_it_is_for(
    name: str, parts: dict[str, str], noise: torch.Generator
) -> None:
    agent, target = make_agent(name), make_agent(name, seed=1)
    batch = make_batch(agent)
    assert agent.loss(batch, target, 1, noise)[1].keys() == parts.keys()
    for loss, part in parts.items():
        (found,) = moved(agent, agent.loss(batch, target, 1, noise)[1][loss])
        assert found.split(".")[1] == part


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("dql_set", {"q": 10.0}),
        ("gaussian_set", {"q": 10.0}),
        ("flow_set", {"q": 10.0}),
        ("shortcut_set", {"q": 10.0}),
        ("td3_bc", {"q": 160.0}),
        ("rebrac", {"cloning": 0.003}),
        ("cql", {"conservative": 0.01}),
        ("iql", {}),
        ("det_set", {}),
    ],
)
def test_the_loss_is_the_weighted_sum_of_its_parts(
    name: str, weights: dict[str, float], noise: torch.Generator
) -> None:
    agent, target = make_agent(name), make_agent(name, seed=1)
    loss, info = agent.loss(make_batch(agent), target, 1, noise)
    total = sum(weights.get(part, 1.0) * float(value.detach()) for part, value in info.items())
    assert float(loss.detach()) == pytest.approx(total, rel=1e-5)


def test_a_chain_gives_every_step_a_gradient_and_one_step_only_its_own(
    noise: torch.Generator,
) -> None:
    calls = {"one_step": 1, "chain": 1 + 5}
    for gradient, expected in calls.items():
        agent = make_agent("dql_set", gradient=gradient)
        seen = []
        original = agent.actor.denoise  # type: ignore[attr-defined]
        agent.actor.denoise = lambda *a, o=original, s=seen: (
            s.append(torch.is_grad_enabled()) or o(*a)
        )  # type: ignore[attr-defined]
        agent.loss(make_batch(agent), agent, 0, noise)
        assert seen == [True] * expected


@pytest.mark.parametrize(("gradient", "chains"), [("chain", 9), ("half_chain", 5)])
def test_chains_are_run_and_judged_for_all_rows_or_half_of_them(
    gradient: str, chains: int, noise: torch.Generator
) -> None:
    agent = make_agent("dql_set", gradient=gradient)
    batch = make_batch(agent, windows=9)
    assert agent.critic is not None
    _, proposal = agent.actor.bc_loss(batch.state, batch.action, noise)
    loss, _ = agent.critic.actor_loss(batch.state, proposal, 0)
    judged = batch.state.map(lambda part: part[:chains])
    values = agent.critic.q(judged, proposal)[0].detach()
    assert proposal.shape == (chains, *batch.action.shape[1:])
    assert float(loss.detach()) == pytest.approx(float(-values.mean() / values.abs().mean()))


@pytest.mark.parametrize("name", ["dql_set", "det_set", "gaussian_set", "flow_set"])
def test_the_q_loss_pulls_towards_what_the_critic_prefers(
    name: str, noise: torch.Generator
) -> None:
    agent = make_agent(name, hidden=32)
    batch = make_batch(agent)
    assert agent.critic is not None

    def prefers_the_demand(state: State, action: Tensor, members: slice = ALL) -> Tensor:
        missed = action[..., 0] - state.features[..., 0]
        return (10 - missed.square().sum(dim=-1)).expand(2, -1)

    agent.critic.q = prefers_the_demand  # type: ignore[method-assign]
    optimizer = torch.optim.Adam(agent.actor.parameters(), lr=3e-3)  # type: ignore[attr-defined]

    def score() -> float:
        drawn = torch.randn(
            32, agent.actor.draws, USERS, 1, generator=torch.Generator().manual_seed(1)
        )
        action = agent.actor.sample(batch.state, drawn)
        return float(prefers_the_demand(batch.state, action)[0].mean().detach())

    before = score()
    for _ in range(60):
        optimizer.zero_grad()
        agent.loss(batch, agent, 0, noise)[1]["q"].backward()
        optimizer.step()
    assert score() > before + 1


def test_without_a_discount_or_an_advantage_there_is_no_value_network() -> None:
    agent = make_agent("dql_set")
    batch = make_batch(agent)
    assert agent.critic is not None and agent.critic.value is None
    parts = agent.critic.q_parts(batch.state, batch.action)
    loss, info = agent.critic.loss(batch, agent.critic)
    assert torch.equal(loss, (parts - batch.outcomes).square().mean()) and info.keys() == {"critic"}


@pytest.mark.parametrize("credit", ["window", "user"])
def test_the_critics_goal_looks_one_window_ahead(credit: str) -> None:
    agent = make_agent("dql_default", discount=0.5, credit=credit)
    batch = make_batch(agent)
    assert agent.critic is not None
    goal = batch.outcomes + 0.5 * agent.critic.v_parts(batch.next_state)
    parts = agent.critic.q_parts(batch.state, batch.action)
    _, info = agent.critic.loss(batch, agent.critic)
    assert torch.allclose(info["critic"], (parts - goal).square().mean())


def test_the_value_is_the_mean_of_its_parts() -> None:
    agent = make_agent("dql_set")
    batch = make_batch(agent)
    assert agent.critic is not None
    parts = agent.critic.q_parts(batch.state, batch.action)
    assert parts.shape == (2, 32, USERS, 1)
    assert torch.allclose(value(agent, batch.state, batch.action), parts.mean(dim=(-2, -1)))


def test_better_actions_weigh_more_in_the_cloning(noise: torch.Generator) -> None:
    agent = make_agent("iql", beta=2.0)
    batch = make_batch(agent)
    assert isinstance(agent, IQL)
    advantage = torch.linspace(-1, 1, 32)
    agent.advantage = lambda batch: advantage  # type: ignore[method-assign]
    loss, _ = agent.actor_loss(batch, noise)
    rows = agent.actor.bc_loss(batch.state, batch.action, noise)[0]
    assert torch.allclose(loss, ((2 * advantage).exp() * rows).mean())


def test_the_conservative_loss_vanishes_for_a_flat_critic(noise: torch.Generator) -> None:
    agent = make_agent("cql")
    batch = make_batch(agent)
    assert isinstance(agent, CQL)
    agent.critic.q = lambda f, a, members=ALL: torch.full((2, len(a)), 3.0)  # type: ignore[method-assign]
    loss, _ = agent.conservative_loss(batch, batch.action, noise)
    assert float(loss) == pytest.approx(0, abs=1e-6)


def test_the_chosen_candidate_is_the_critics_best() -> None:
    agent = make_agent("dql_set", candidates=8)
    state = state_of(agent, 10)
    noise = torch.randn(10, agent.draws, USERS, 1)
    chosen = agent.choose(state, noise)
    repeated = state.map(lambda part: part.repeat_interleave(8, dim=0))
    eight = agent.actor.sample(repeated, noise.view(80, -1, USERS, 1))
    values = value(agent, repeated, eight).amin(dim=0).view(10, 8)
    best = value(agent, state, chosen).amin(dim=0)
    assert torch.allclose(best, values.amax(dim=1), atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_an_agent_survives_its_file(name: str, tmp_path: Path) -> None:
    policy = OfflinePolicy(make_agent(name), seed=3)
    policy.save(tmp_path / "weights.safetensors")
    seen = observations(7).numpy()
    restored = OfflinePolicy(load_agent(tmp_path / "weights.safetensors", slice_of()), seed=3)
    assert np.array_equal(restored.act(seen), policy.act(seen))


def test_the_same_weights_decide_for_another_number_of_users_and_another_budget(
    tmp_path: Path,
) -> None:
    policy = OfflinePolicy(make_agent("dql_set"), seed=3)
    policy.save(tmp_path / "weights.safetensors")
    larger, seen = EnvironmentConfig(N_user=12, B=170), observations(7, 12).numpy()
    moved = policy.at_size(larger)
    restored = OfflinePolicy(load_agent(tmp_path / "weights.safetensors", larger), seed=3)
    assert (moved.act(seen).sum(axis=1) == 170).all()
    assert np.array_equal(moved.act(seen), restored.act(seen))
    own = observations(7).numpy()
    assert np.array_equal(moved.at_size(slice_of()).act(own), policy.act(own))
    with pytest.raises(InputError, match="see the users in a row"):
        OfflinePolicy(make_agent("dql_default")).at_size(larger)


@pytest.mark.parametrize("damage", ["empty", "rubbish", "cut", "flipped"])
def test_a_damaged_agent_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    OfflinePolicy(make_agent("bc")).save(path)
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    broken = {"empty": b"", "rubbish": b"x" * 100, "cut": path.read_bytes()[:-10]}
    path.write_bytes(broken.get(damage, bytes(content)))
    with pytest.raises(InputError, match="cannot be read as weights"):
        load_agent(path, slice_of())


def test_decisions_spend_the_budget() -> None:
    grants = OfflinePolicy(make_agent("dql_set"), seed=1).act(observations(9).numpy())
    assert (grants >= 0).all() and (grants.sum(axis=1) == 60).all()


@pytest.mark.parametrize("users", [1, 3, 6, 20])
@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("bc", None),
        ("det_set", None),
        ("det_search", None),
        *itertools.product(
            ["dql_default", "dql_published", "dql_set", "gaussian_set", "flow_set"], [1, 3, 32]
        ),
    ],
)
def test_an_action_is_the_same_to_the_last_bit_alone_and_among_others(
    name: str, candidates: int | None, users: int
) -> None:
    # The grants are rounded: they alone would hide what flips one window in thousands.
    ranked = {} if candidates is None else {"candidates": candidates}
    policy = OfflinePolicy(make_agent(name, users=users, hidden=64, **ranked), seed=4)
    seen = observations(203, users)
    with torch.inference_mode():
        together = policy._actions(seen)
        alone = torch.cat([policy._actions(window) for window in seen.split(1)])
        parts = torch.cat([policy._actions(part) for part in seen.split(9)])
    assert torch.equal(alone, together)
    assert torch.equal(parts, together)


@pytest.mark.parametrize("name", ["bc", "dql_set", "gaussian_set", "flow_set", "shortcut_set"])
def test_windows_and_seeds_have_noise_of_their_own(name: str) -> None:
    agent, seen = make_agent(name), observations(500)
    noise = OfflinePolicy(agent, seed=1)._noise(seen)
    assert noise.shape == (500, agent.draws, USERS, 1)
    assert not torch.isclose(noise, OfflinePolicy(agent, seed=2)._noise(seen)).all(dim=1).any()
    # Over windows: standard normal, and two windows' have nothing in common.
    assert float(noise.mean()) == pytest.approx(0, abs=4 / noise.numel() ** 0.5)
    assert float(noise.std()) == pytest.approx(1, abs=4 / noise.numel() ** 0.5)
    flat = noise.flatten(1)
    shared = (flat @ flat.T / flat.shape[1]).fill_diagonal_(0)
    assert float(shared.abs().max()) < 6.5 / flat.shape[1] ** 0.5


def test_minus_zero_is_zero() -> None:
    seen = observations(3)
    seen[0, 0, 0] = 0.0
    other = seen.clone()
    other[0, 0, 0] = -0.0
    policy = OfflinePolicy(make_agent("dql_set"))
    assert torch.equal(policy._noise(seen), policy._noise(other))


def test_a_policy_without_chance_does_not_look_for_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("difsched.agents.noise.window_seeds", None)
    for name in ("det_set", "gaussian_bc", "iql", "cql", "td3_bc"):
        OfflinePolicy(make_agent(name)).act(observations(5).numpy())


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_weights_that_are_loaded_are_those_that_decide(name: str, assign: bool) -> None:
    first, second = make_agent(name), make_agent(name, seed=1)
    seen = observations(20)

    def actions(agent: Agent) -> Tensor:
        return OfflinePolicy(agent, seed=2)._actions(seen)

    with torch.inference_mode():
        wanted = actions(second)
        assert not torch.equal(actions(first), wanted)
        for agent in (copy.deepcopy(first), first):
            agent.load_state_dict(second.state_dict(), assign=assign)
            assert torch.equal(actions(agent), wanted)
            assert torch.equal(actions(copy.deepcopy(agent)), wanted)


def test_the_published_target_policy_follows_late_and_the_policy_itself_decides() -> None:
    agent, average = (make_agent("dql_published", seed) for seed in (0, 1))
    before = copy.deepcopy(average)
    for step, moves in ((999, False), (1000, True), (1001, False), (1005, True)):
        at = copy.deepcopy(average)
        average.follow(agent, step)
        for part, wanted in (("actor", moves), ("critic", True)):
            pairs = zip(
                getattr(at, part).parameters(), getattr(average, part).parameters(), strict=True
            )
            assert any(not torch.equal(a, b) for a, b in pairs) is wanted
    decider = agent.decider(average)
    assert decider.actor is agent.actor and decider.critic is average.critic
    assert average.actor is not agent.actor
    own, first = next(agent.critic.parameters()), next(before.critic.parameters())  # type: ignore[union-attr]
    left = 0.995**4
    expected = own + left * (first - own)
    assert torch.allclose(next(average.critic.parameters()), expected, atol=1e-6)  # type: ignore[union-attr]


def test_other_averages_are_plain_means_at_first() -> None:
    agent, average = (make_agent("dql_set", seed) for seed in (0, 1))
    average.follow(agent, 1)
    for own, followed in zip(agent.parameters(), average.parameters(), strict=True):
        assert torch.allclose(own, followed, atol=1e-7)
    assert agent.decider(average) is average
