"""Off-policy estimates on a bandit that can be enumerated, and losses by hand."""

import numpy as np
import pytest
import torch
from torch import Tensor

from difsched.agents.structured.off_policy import OffPolicy, chances, inverse_propensity
from difsched.config import ConfigManager
from difsched.errors import InputError
from tests.agents.conftest import USERS, make_agent, make_batch

#: Of four grants: what each gives, with which odds it is drawn, and those of the policy.
OUTCOME = torch.tensor([0.1, 0.9, 0.4, -2.0])
DRAWN = torch.tensor([0.5, 0.2, 0.2, 0.1])
POLICY = torch.tensor([0.1, 0.6, 0.2, 0.1])
VALUE = float(POLICY @ OUTCOME)
PLAIN = {"clip": 1e6, "self_normalised": False}


def estimate(grants: Tensor, outcome: Tensor, **changes: object) -> Tensor:
    settings = {**PLAIN, **changes}
    return inverse_propensity(POLICY[grants], DRAWN[grants], outcome, **settings)  # type: ignore[arg-type]


def test_inverse_propensities_are_unbiased() -> None:
    each = torch.stack([estimate(torch.tensor([g]), OUTCOME[[g]]) for g in range(4)])
    assert float(DRAWN @ each) == pytest.approx(VALUE)


@pytest.mark.parametrize("model", [OUTCOME, torch.tensor([5.0, -3.0, 0.0, 1.0])])
def test_the_doubly_robust_estimate_is_unbiased_whatever_the_model(model: Tensor) -> None:
    direct = POLICY @ model
    each = torch.stack(
        [direct + estimate(torch.tensor([g]), OUTCOME[[g]] - model[[g]]) for g in range(4)]
    )
    assert float(DRAWN @ each) == pytest.approx(VALUE, abs=1e-5)
    if model is OUTCOME:  # a right model leaves no variance
        assert torch.allclose(each, torch.full((4,), VALUE))


def test_the_doubly_robust_estimate_forgives_wrong_propensities_of_a_right_model() -> None:
    wrong = torch.tensor([0.1, 0.1, 0.7, 0.1])
    each = [
        float(
            POLICY @ OUTCOME
            + inverse_propensity(POLICY[[g]], wrong[[g]], OUTCOME[[g]] * 0, **PLAIN)
        )  # type: ignore[arg-type]
        for g in range(4)
    ]
    assert each == pytest.approx([VALUE] * 4)


def test_self_normalised_estimates_are_consistent_and_move_with_a_constant() -> None:
    grants = torch.as_tensor(np.random.default_rng(0).choice(4, 40_000, p=DRAWN.double().numpy()))
    found = estimate(grants, OUTCOME[grants], self_normalised=True)
    assert float(found) == pytest.approx(VALUE, abs=0.03)
    moved = estimate(grants, OUTCOME[grants] + 7, self_normalised=True)
    assert float(moved - found) == pytest.approx(7, abs=1e-4)


def test_weights_are_clipped_and_what_was_not_drawn_counts_for_nothing() -> None:
    chance, odds = torch.tensor([0.9, 0.5, 0.8]), torch.tensor([0.1, 0.5, 0.0])
    outcome = torch.tensor([1.0, 2.0, 50.0])
    assert float(inverse_propensity(chance, odds, outcome, clip=4.0, self_normalised=False)) == (
        pytest.approx((4 * 1 + 1 * 2) / 2)
    )
    assert float(inverse_propensity(chance, odds, outcome, clip=4.0, self_normalised=True)) == (
        pytest.approx((4 * 1 + 1 * 2) / 5)
    )


def test_the_policy_is_a_distribution_around_its_action() -> None:
    grants = torch.linspace(-2, 2, 41)
    odds = chances(torch.tensor([[0.0, 1.5]]), grants, 0.3)
    assert torch.allclose(odds.sum(dim=-1), torch.ones(1, 2))
    assert grants[odds.argmax(dim=-1)].flatten().tolist() == pytest.approx([0, 1.5], abs=1e-6)
    ratio = odds[0, 0, 23] / odds[0, 0, 20]
    assert float(ratio) == pytest.approx(np.exp(-((0.3 / 0.3) ** 2) / 2), rel=1e-4)


@pytest.mark.parametrize(("name", "parts"), [("ips", {"value"}), ("dr", {"value", "critic"})])
def test_the_value_moves_the_policy_alone(name: str, parts: set[str]) -> None:
    agent = make_agent(name)
    assert isinstance(agent, OffPolicy)
    batch = make_batch(agent)
    batch.columns["propensity"] = torch.full((32, USERS), 0.1)  # type: ignore[index]
    target = make_agent(name, seed=1)
    assert agent.loss(batch, target, 0, torch.Generator())[1].keys() == parts
    for part in parts:
        agent.zero_grad()
        agent.loss(batch, target, 0, torch.Generator())[1][part].backward()
        moved = {n.split(".")[0] for n, w in agent.named_parameters() if w.grad is not None}
        assert moved == {"actor" if part == "value" else "critic"}


@pytest.mark.parametrize("changes", [{"credit": "window"}, {"candidates": 4}, {"clip": 0}])
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object]) -> None:
    config = ConfigManager().load_model_config("ips")
    with pytest.raises(InputError, match="must be"):
        config.changed(changes)


def test_ips_and_dr_are_one_field_apart() -> None:
    ips, dr = (ConfigManager().load_model_config(name).to_dict() for name in ("ips", "dr"))
    assert {name for name in ips if ips[name] != dr[name]} == {"estimator"}
