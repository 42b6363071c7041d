"""Actors: what they clone, and that samples follow the distribution that was learned."""

import numpy as np
import pytest
import torch
from torch import Tensor

from difsched.agents.actors.diffusion import DiffusionActor
from difsched.agents.actors.features import State, step_embedding
from difsched.agents.actors.gaussian import GaussianActor
from difsched.agents.actors.schedule import Schedule
from tests.agents.conftest import USERS, make_agent, observations


def diffusion(**changes: object) -> DiffusionActor:
    actor = make_agent("dql_default", **changes).actor
    assert isinstance(actor, DiffusionActor)
    return actor


def state(windows: int) -> State:
    return make_agent("dql_default").standardizer.state(observations(windows))


def test_set_denoisers_follow_a_permutation_of_the_users() -> None:
    actor = make_agent("dql_set").actor
    assert isinstance(actor, DiffusionActor)
    seen, action = state(20).features, torch.randn(20, USERS, 1)
    step = torch.randint(5, (20,))
    order = torch.randperm(USERS)
    output = actor.denoise(seen, action, step)[0]
    moved = actor.denoise(seen[:, order], action[:, order], step)[0]
    assert torch.allclose(moved, output[:, order], atol=1e-5)


@pytest.mark.parametrize("prediction", ["noise", "action"])
def test_a_perfect_denoiser_gives_the_clean_action_back(prediction: str) -> None:
    actor = diffusion(prediction=prediction)
    clean, noise = torch.randn(40, USERS, 1), torch.randn(40, USERS, 1)
    step = torch.randint(5, (40,))
    signal = actor.schedule.alpha_bar[step].view(-1, 1, 1)
    noisy = signal.sqrt() * clean + (1 - signal).sqrt() * noise
    actor.denoiser = _Constant(clean if prediction == "action" else noise)
    assert torch.allclose(actor.denoise(state(40).features, noisy, step)[1], clean, atol=1e-4)


class _Constant(torch.nn.Module):
    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output

    def forward(self, features: Tensor) -> Tensor:
        return self.output[None]


def test_samples_of_a_known_mixture_are_recovered(noise: torch.Generator) -> None:
    # For x_0 from a mixture of Gaussians E[x_0 | x_t] is known in closed form; with many steps the
    # chain must then give back the mixture: weights, means and variances.
    weight = np.array([0.3, 0.7])
    mean, sd = np.array([-1.0, 0.8]), np.array([0.15, 0.3])
    actor = diffusion(prediction="action", diffusion_steps=200)
    actor.schedule = Schedule("cosine", 200)

    def denoise(features: Tensor, noisy: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        bar = actor.schedule.alpha_bar[step].double().numpy()[:, None, None, None]
        x = noisy.double().numpy()[..., None]
        variance = bar * sd**2 + 1 - bar
        log = (
            np.log(weight) - 0.5 * np.log(variance) - (x - np.sqrt(bar) * mean) ** 2 / variance / 2
        )
        part = np.exp(log - log.max(axis=-1, keepdims=True))
        part /= part.sum(axis=-1, keepdims=True)
        each = mean + np.sqrt(bar) * sd**2 / variance * (x - np.sqrt(bar) * mean)
        clean = torch.as_tensor((part * each).sum(axis=-1), dtype=torch.float32)
        return clean, clean

    actor.denoise = denoise  # type: ignore[method-assign]
    drawn = torch.randn(4000, 200, USERS, 1, generator=noise)
    seen = state(1).map(lambda part: part.expand(4000, -1, -1))
    samples = actor.sample(seen, drawn).detach().numpy().ravel()
    low = samples < -0.35
    assert low.mean() == pytest.approx(0.3, abs=0.02)
    assert samples[low].mean() == pytest.approx(-1.0, abs=0.02)
    assert samples[~low].mean() == pytest.approx(0.8, abs=0.02)
    assert samples[low].std() == pytest.approx(0.15, abs=0.03)
    assert samples[~low].std() == pytest.approx(0.3, abs=0.03)


def test_a_gaussian_actors_cloning_loss_is_its_likelihood(noise: torch.Generator) -> None:
    actor = make_agent("gaussian_set").actor
    assert isinstance(actor, GaussianActor)
    seen, action = state(16), torch.randn(16, USERS, 1)
    mean, log_sd = actor.distribution(seen.features)
    density = torch.distributions.Normal(mean, log_sd.exp()).log_prob(action)
    expected = -density.mean(dim=(-2, -1)) - 0.5 * np.log(2 * np.pi)
    assert torch.allclose(actor.bc_loss(seen, action, noise)[0], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["dql_set", "flow_set", "gaussian_set", "det_set"])
def test_everything_proposed_is_within_the_budget(name: str, noise: torch.Generator) -> None:
    agent = make_agent(name)
    seen = agent.standardizer.state(observations(30))
    proposals = [
        agent.actor.bc_loss(seen, torch.randn(30, USERS, 1), noise)[1],
        agent.actor.sample(seen, torch.randn(30, agent.actor.draws, USERS, 1)),
        agent.actor.mode(seen, torch.randn(30, agent.actor.mode_draws, USERS, 1)),
    ]
    for action in proposals:
        grants = agent.space.decode(action, USERS)
        assert torch.allclose(grants.sum(dim=-1), torch.tensor(60.0), atol=1e-2)
        assert float(grants.detach().min()) > -1e-3


def test_denoising_steps_have_different_embeddings() -> None:
    table = step_embedding(50)
    distance = torch.cdist(table, table) + torch.eye(50)
    assert distance.min() > 1e-3
