"""Noise schedules: identities of the diffusion."""

import numpy as np
import pytest
import torch

from difsched.agents.actors.schedule import Schedule, betas
from difsched.config.learner import SCHEDULES

CASES = [(kind, steps) for kind in SCHEDULES for steps in (1, 2, 5, 20, 100)]


@pytest.mark.parametrize(("kind", "steps"), CASES)
def test_signal_falls_from_most_to_hardly_any(kind: str, steps: int) -> None:
    beta = betas(kind, steps)
    bar = Schedule(kind, steps).alpha_bar.double()
    assert ((beta > 0) & (beta < 1)).all()
    assert torch.allclose(bar, torch.as_tensor(np.cumprod(1 - beta)), atol=1e-6)
    assert (bar.diff() < 0).all()
    assert bar[-1] < 0.01


@pytest.mark.parametrize(("kind", "steps"), CASES)
def test_the_posterior_is_bayes_rule(kind: str, steps: int) -> None:
    # q(x_{t-1} | x_t, x_0) is the product of N(sqrt(bar_{t-1}) x_0, 1 - bar_{t-1}) and
    # N(x_t; sqrt(alpha_t) x_{t-1}, beta_t): precisions add.
    schedule, beta = Schedule(kind, steps), betas(kind, steps)
    bar = np.cumprod(1 - beta)
    for t in range(1, steps):
        precision = (1 - beta[t]) / beta[t] + 1 / (1 - bar[t - 1])
        clean = np.sqrt(bar[t - 1]) / (1 - bar[t - 1]) / precision
        noisy = np.sqrt(1 - beta[t]) / beta[t] / precision
        assert float(schedule.posterior_clean[t]) == pytest.approx(clean, rel=1e-4)
        assert float(schedule.posterior_noisy[t]) == pytest.approx(noisy, rel=1e-4)
        assert float(schedule.posterior_sd[t]) == pytest.approx(precision**-0.5, rel=1e-4)


@pytest.mark.parametrize(("kind", "steps"), CASES)
def test_the_last_step_gives_the_clean_action_itself(kind: str, steps: int) -> None:
    schedule = Schedule(kind, steps)
    clean, noisy = torch.tensor([0.7]), torch.tensor([-5.0])
    assert torch.allclose(schedule.posterior_mean(0, clean, noisy), clean, atol=1e-5)
    assert schedule.posterior_sd[0] == 0


def test_step_by_step_noising_has_the_closed_forms_moments() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.full((200_000,), 1.5)
    for beta, bar in zip(betas("vp", 5), Schedule("vp", 5).alpha_bar, strict=True):
        noise = torch.randn(x.shape, generator=generator)
        x = float((1 - beta) ** 0.5) * x + float(beta**0.5) * noise
        assert float(x.mean()) == pytest.approx(1.5 * float(bar) ** 0.5, abs=0.01)
        assert float(x.var()) == pytest.approx(1 - float(bar), abs=0.01)


def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of vp, linear, cosine"):
        betas("quadratic", 5)
