"""The agent: symmetry, losses, gradients, sampling, files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from difsched.agents import DQLAgent, DQLPolicy, load_agent
from difsched.agents.dql.actions import ActionSpace
from difsched.agents.dql.agent import Batch, expectile_loss
from difsched.agents.dql.features import Standardizer, step_embedding
from difsched.agents.dql.networks import ALL
from difsched.config import ConfigManager, DQLConfig
from difsched.errors import InputError

USERS = 6


def model(name: str, **changes: object) -> DQLConfig:
    loaded: DQLConfig = ConfigManager().load_model_config(name)
    return replace(loaded, **{"hidden": 16, "candidates": 4, **changes})  # type: ignore[arg-type]


def agent(config: DQLConfig, seed: int = 0) -> DQLAgent:
    space = ActionSpace(budget=60, center=10.0, scale=8.0, project=config.project)
    standardizer = Standardizer.fit(observations(500))
    generator = torch.Generator().manual_seed(seed)
    return DQLAgent(config, space, standardizer, USERS, generator)


def observations(windows: int, users: int = USERS, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(windows, users, 4, generator=generator)
    return values * torch.tensor([150.0, 150.0, 0.5, 0.0]) + torch.tensor([0, 0, 0.1, 10.0])


def batch(of: DQLAgent, windows: int = 32) -> Batch:
    generator = torch.Generator().manual_seed(2)
    features = of.standardizer(observations(windows))
    return Batch(
        features,
        torch.randn(windows, USERS, generator=generator),
        torch.randn(windows, generator=generator),
        features.flip(0),
    )


def test_set_networks_follow_a_permutation_of_the_users() -> None:
    subject = agent(model("dql_set", discount=0.9))
    features = subject.standardizer(observations(20))
    action, step = torch.randn(20, USERS), torch.randint(5, (20,))
    order = torch.randperm(USERS)
    noise = subject.denoise(features, action, step)[0]
    moved = subject.denoise(features[:, order], action[:, order], step)[0]
    assert torch.allclose(moved, noise[:, order], atol=1e-5)
    values = subject.q(features, action)
    assert torch.allclose(subject.q(features[:, order], action[:, order]), values, atol=1e-5)
    assert torch.allclose(subject.v(features[:, order]), subject.v(features), atol=1e-5)


def test_mlp_networks_do_not() -> None:
    subject = agent(model("dql_default"))
    features, action = subject.standardizer(observations(20)), torch.randn(20, USERS)
    flipped = subject.q(features.flip(1), action.flip(1))
    assert not torch.allclose(flipped, subject.q(features, action), atol=1e-5)


@pytest.mark.parametrize("users", [1, 3, 20])
def test_a_set_policy_decides_for_any_number_of_users(users: int) -> None:
    grants = DQLPolicy(agent(model("dql_set"))).act(observations(5, users).numpy())
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


def test_a_perfect_denoiser_gives_the_clean_action_back() -> None:
    for prediction in ("noise", "action"):
        subject = agent(model("dql_default", prediction=prediction))
        clean, noise = torch.randn(40, USERS), torch.randn(40, USERS)
        step = torch.randint(5, (40,))
        signal = subject.schedule.alpha_bar[step].unsqueeze(-1)
        noisy = signal.sqrt() * clean + (1 - signal).sqrt() * noise
        truth = clean if prediction == "action" else noise
        subject.denoiser = _Constant(truth)
        got = subject.denoise(subject.standardizer(observations(40)), noisy, step)[1]
        assert torch.allclose(got, clean, atol=1e-4)


class _Constant(torch.nn.Module):
    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output

    def forward(self, features: Tensor) -> Tensor:
        return self.output[None, ..., None]


def _moved(subject: DQLAgent, loss: Tensor) -> set[str]:
    subject.zero_grad()
    loss.backward()
    return {
        name.split(".")[0]
        for name, weight in subject.named_parameters()
        if weight.grad is not None and weight.grad.abs().max() > 0
    }


def test_gradients_flow_only_where_they_should() -> None:
    subject = agent(model("dql_default"))
    data = batch(subject)
    target = agent(model("dql_default"), seed=1)
    step, noise = torch.randint(5, (32,)), torch.randn(32, USERS)
    assert _moved(subject, subject.critic_loss(data)) == {"critic"}
    assert _moved(subject, subject.value_loss(data, target)) == {"value"}
    assert _moved(subject, subject.policy_loss(data, step, noise, 0)[0]) == {"denoiser"}
    assert subject.critic is not None
    subject.critic.requires_grad_(False)
    assert _moved(subject, subject.policy_loss(data, step, noise, 0)[1]) == {"denoiser"}


def test_the_q_loss_pulls_towards_what_the_critic_prefers() -> None:
    subject = agent(model("dql_set", hidden=32, eta=1.0))
    data = batch(subject)

    def prefers_the_demand(features: Tensor, action: Tensor, members: slice = ALL) -> Tensor:
        return (10 - (action - features[..., 0]).square().sum(dim=-1)).expand(2, -1)

    subject.q = prefers_the_demand  # type: ignore[method-assign]
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(subject.denoiser.parameters(), lr=3e-3)

    def value() -> float:
        action = subject.sample(data.features, torch.Generator().manual_seed(1))
        return float(subject.q(data.features, action)[0].mean())

    before = value()
    for _ in range(60):
        step = torch.randint(5, (32,), generator=generator)
        noise = torch.randn(32, USERS, generator=generator)
        optimizer.zero_grad()
        subject.policy_loss(data, step, noise, 0)[1].backward()
        optimizer.step()
    assert value() > before + 1


def test_without_a_discount_there_is_no_value_network() -> None:
    subject = agent(model("dql_set", discount=0.0))
    data = batch(subject)
    assert subject.value is None
    squared = (subject.q(data.features, data.action) - data.reward).square().mean()
    assert torch.equal(subject.critic_loss(data), squared)


def test_the_critics_goal_looks_one_window_ahead() -> None:
    subject = agent(model("dql_default", discount=0.5))
    data = batch(subject)
    goal = data.reward + 0.5 * subject.v(data.next_features)
    squared = (subject.q(data.features, data.action) - goal).square().mean()
    assert torch.allclose(subject.critic_loss(data), squared)


def test_the_chosen_candidate_is_the_critics_best() -> None:
    subject = agent(model("dql_set", candidates=8))
    features = subject.standardizer(observations(10))
    chosen = subject.choose(features, torch.Generator().manual_seed(0))
    all_eight = subject.sample(
        features.repeat_interleave(8, dim=0), torch.Generator().manual_seed(0)
    )
    values = subject.q(features.repeat_interleave(8, dim=0), all_eight).amin(dim=0).view(10, 8)
    best = subject.q(features, chosen).amin(dim=0)
    assert torch.allclose(best, values.amax(dim=1), atol=1e-6)


def test_samples_of_a_known_gaussian_are_recovered() -> None:
    # For x_0 ~ N(m, v) the best prediction of the clean action is known in closed form; with many
    # steps the chain must then give back mean and variance.
    mean, variance = 0.4, 0.25
    subject = agent(model("dql_default", prediction="action", diffusion_steps=200))
    subject.schedule = type(subject.schedule)("cosine", 200)
    bar = subject.schedule.alpha_bar

    def denoise(features: Tensor, noisy: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        b = bar[step].unsqueeze(-1)
        clean = mean + b.sqrt() * variance / (b * variance + 1 - b) * (noisy - b.sqrt() * mean)
        return clean, clean

    subject.denoise = denoise  # type: ignore[method-assign]
    features = subject.standardizer(observations(1)).expand(4000, -1, -1)
    samples = subject.sample(features, torch.Generator().manual_seed(0))
    assert float(samples.mean()) == pytest.approx(mean, abs=0.03)
    assert float(samples.var()) == pytest.approx(variance, rel=0.08)


@pytest.mark.parametrize("name", ["dql_default", "dql_set", "bc"])
def test_an_agent_survives_its_file(name: str, tmp_path: Path) -> None:
    subject = agent(model(name))
    policy = DQLPolicy(subject, seed=3)
    policy.save(tmp_path / "weights.safetensors")
    seen = observations(7).numpy()
    restored = DQLPolicy(load_agent(tmp_path / "weights.safetensors"), seed=3)
    assert np.array_equal(restored.act(seen), policy.act(seen))


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_a_damaged_agent_is_refused(damage: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    DQLPolicy(agent(model("bc"))).save(path)
    path.write_bytes(path.read_bytes()[:-10] if damage is None else damage)
    with pytest.raises(InputError, match="cannot be read as an agent"):
        load_agent(path)


def test_decisions_do_not_depend_on_how_windows_are_batched_away() -> None:
    policy = DQLPolicy(agent(model("dql_set")), seed=1)
    grants = policy.act(observations(9).numpy())
    assert (grants >= 0).all() and (grants.sum(axis=1) == 60).all()


def test_denoising_steps_have_different_embeddings() -> None:
    table = step_embedding(50)
    distance = torch.cdist(table, table) + torch.eye(50)
    assert distance.min() > 1e-3
