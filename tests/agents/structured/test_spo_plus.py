"""SPO+ against brute force over all ways to share a budget."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from difsched.agents.structured.spo_plus import SPOPlus, spo_plus
from difsched.utils.knapsack import allocate
from tests.agents.conftest import USERS, make_agent, make_batch

BUDGET, ROWS = 5, 6
WAYS = torch.tensor([way for way in product(range(BUDGET + 1), repeat=3) if sum(way) == BUDGET])


def worth(values: Tensor) -> Tensor:
    """Return what each way is worth, (R, ways)."""
    return torch.stack([values[:, range(3), way].sum(dim=-1) for way in WAYS], dim=1)


def maximize(values: Tensor) -> Tensor:
    return torch.as_tensor(allocate(values.detach().numpy()))


def case() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (ROWS, 3, BUDGET + 1)
    predicted, truth = (
        torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2)
    )
    return predicted.requires_grad_(), truth


def test_the_loss_is_the_papers_formula_over_all_ways() -> None:
    predicted, truth = case()
    with torch.no_grad():
        best = worth(truth).argmax(dim=1)
        own = worth(predicted)[range(ROWS), best]
        wanted = worth(2 * predicted - truth).amax(dim=1) - 2 * own + worth(truth).amax(dim=1)
    assert torch.allclose(spo_plus(predicted, truth, maximize), wanted)


def test_the_loss_is_pyepos_on_a_fixed_batch() -> None:
    # What pyepo.func.SPOPlus of PyEPO 2.2.7 gives, with this solver and modelSense MAXIMIZE.
    generator = np.random.default_rng(0)
    predicted, truth = (torch.tensor(generator.normal(size=(4, 3, 6))) for _ in range(2))
    found = spo_plus(predicted, truth, maximize)
    assert found.tolist() == pytest.approx([6.301115, 7.660435, 2.8378, 11.536622], abs=1e-5)


def test_the_loss_is_no_less_than_the_regret_and_nothing_for_the_truth() -> None:
    predicted, truth = case()
    decided = worth(predicted.detach()).argmax(dim=1)
    regret = worth(truth).amax(dim=1) - worth(truth)[range(ROWS), decided]
    assert (spo_plus(predicted, truth, maximize) >= regret - 1e-9).all()
    assert (spo_plus(truth, truth, maximize).abs() < 1e-9).all()


def test_the_gradient_is_twice_the_difference_of_two_decisions() -> None:
    predicted, truth = case()
    spo_plus(predicted, truth, maximize).sum().backward()
    tilted = WAYS[worth((2 * predicted - truth).detach()).argmax(dim=1)]
    best = WAYS[worth(truth).argmax(dim=1)]
    wanted = np.zeros(predicted.shape)
    for row, user in product(range(ROWS), range(3)):
        wanted[row, user, tilted[row, user]] += 2
        wanted[row, user, best[row, user]] -= 2
    assert predicted.grad is not None
    assert np.array_equal(predicted.grad.numpy(), wanted)


def test_each_loss_moves_what_it_is_for() -> None:
    agent = make_agent("spo_plus", solved=4)
    assert isinstance(agent, SPOPlus)
    batch = make_batch(agent)
    for name in ("sent", "delivered"):
        batch.columns[name] = torch.full((32, USERS), 30.0)  # type: ignore[index]
    for part, network in (("likelihood", "model"), ("decision", "predictor")):
        agent.zero_grad()
        agent.loss(batch, agent, 0, torch.Generator())[1][part].backward()
        moved = {n.split(".")[0] for n, w in agent.named_parameters() if w.grad is not None}
        assert moved == {network}
