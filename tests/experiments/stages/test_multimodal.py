"""Several modes: the measures, the CVAE, the near ties, and the stage from runs to tables."""

import argparse
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from difsched.action_set import ActionSet
from difsched.agents.actors.actions import ActionSpace
from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.config import ConfigManager
from difsched.errors import InputError
from difsched.utils.files import write_json
from experiments.aggregate.columns import cells
from experiments.aggregate.multimodality import multimodal as aggregated
from experiments.multimodality import cloning as clones
from experiments.multimodality.cloning import MODELS, Cloning, equivariant, mlp
from experiments.multimodality.cvae import CVAEActor
from experiments.multimodality.gaussian_mixtures import MIXTURES, energy_distance
from experiments.multimodality.near_ties import TiedSlice
from experiments.runs.workspace import Workspace
from experiments.stages import multimodal

OPEN = ActionSpace(ActionSet(low=0.0, high=2000.0), center=1000.0, scale=1.0, project=False)
SLICE = TiedSlice(users=8, budget=100, slope=0.3, midpoint=10.0)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 100))
def test_the_energy_distance_is_its_definition_pair_by_pair(n: int, m: int, seed: int) -> None:
    one, other = (generator(seed).normal(size=(count, 2)) for count in (n, m))
    other += generator(seed + 1).normal(size=2)

    def mean(a: Any, b: Any) -> float:
        return float(np.mean([math.dist(x, y) for x, y in itertools.product(a, b)]))

    expected = 2 * mean(one, other) - mean(one, one) - mean(other, other)
    assert energy_distance(one, other) == pytest.approx(expected, rel=0.02, abs=2e-3)


def test_two_points_are_twice_their_distance_apart_and_a_sample_is_at_zero_from_itself() -> None:
    assert energy_distance(np.zeros((1, 2)), np.array([[3.0, 4.0]])) == pytest.approx(10, rel=1e-3)
    points = generator().normal(size=(50, 2))
    assert energy_distance(points, points) == pytest.approx(0, abs=1e-12)


def test_the_ring_has_mean_zero_and_variance_one() -> None:
    ring = MIXTURES["ring"]
    assert ring.weights @ ring.means == pytest.approx([0, 0], abs=1e-12)
    variance = ring.weights @ ring.means**2 + ring.sd**2
    assert variance == pytest.approx([1, 1], abs=1e-12)


@pytest.mark.parametrize("name", MIXTURES)
def test_exact_samples_cover_every_mode_and_a_gaussian_of_their_moments_does_not(name: str) -> None:
    mixture = MIXTURES[name]
    points = mixture.sample(20_000, generator())
    shares = mixture.mode_shares(points)
    assert shares == pytest.approx((1 - math.exp(-4.5)) * mixture.weights, abs=0.01)
    assert mixture.covered(points) == len(mixture.weights)
    gaussian = generator(1).multivariate_normal(points.mean(axis=0), np.cov(points.T), 20_000)
    assert mixture.covered(gaussian) < len(mixture.weights)
    assert mixture.mode_shares(gaussian).sum() < 0.8 * shares.sum()
    same = energy_distance(points[:10_000], points[10_000:])
    assert energy_distance(points[:10_000], gaussian[:10_000]) > 5 * same


def test_a_point_between_two_modes_is_near_none() -> None:
    ring = MIXTURES["ring"]
    between = ring.means[:2].mean(axis=0, keepdims=True)
    assert ring.mode_shares(between).sum() == 0
    assert ring.mode_shares(ring.means).tolist() == [1 / 8] * 8


def make_cvae() -> CVAEActor:
    weights = torch.Generator().manual_seed(1)
    actor = CVAEActor(OPEN, clones.FEATURES, mlp(1, weights))
    with torch.no_grad():
        for part in actor.parameters():
            if part.ndim:
                part.mul_(2)
    return actor


def test_a_cvaes_loss_bounds_minus_the_log_likelihood_from_above() -> None:
    actor, noise = make_cvae(), torch.Generator().manual_seed(2)
    latent = torch.linspace(-8, 8, 4001)
    blind = torch.zeros(1, 1, 1)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(latent)
    with torch.no_grad():
        means = actor.decode(blind.expand(4001, 1, 1), latent[:, None, None])[:, 0, 0]
        for action in (-1.0, 0.0, 0.7):
            density = torch.distributions.Normal(means, actor.log_width.exp())
            joint = prior + density.log_prob(torch.tensor(action))
            evidence = float(joint.logsumexp(0)) + math.log(16 / 4000)
            rows = torch.full((20_000, 1, 1), action)
            loss = actor.bc_loss(clones.blind(20_000, 1), rows, noise)[0].mean()
            assert float(loss) + 0.5 * math.log(2 * math.pi) > -evidence - 0.01


def test_a_cvae_that_ignores_its_latent_has_a_gaussians_likelihood_and_samples() -> None:
    actor, noise = make_cvae(), torch.Generator().manual_seed(2)
    actor.encoder, actor.decoder = _Constant(0.0, 2), _Constant(0.3, 1)
    action = torch.linspace(-2, 2, 9)[:, None, None]
    loss, rebuilt = actor.bc_loss(clones.blind(9, 1), action, noise)
    density = torch.distributions.Normal(0.3, actor.log_width.exp())
    expected = -density.log_prob(action)[:, 0, 0] - 0.5 * math.log(2 * math.pi)
    assert torch.allclose(loss, expected, atol=1e-5)
    assert torch.allclose(rebuilt, torch.tensor(0.3))
    with torch.no_grad():
        drawn = torch.randn(20_000, 2, 1, 1, generator=noise)
        samples = actor.sample(clones.blind(20_000, 1), drawn)
    assert float(samples.mean()) == pytest.approx(0.3, abs=0.02)
    assert float(samples.std()) == pytest.approx(math.exp(-1), rel=0.03)


class _Constant(nn.Module):
    def __init__(self, value: float, outputs: int) -> None:
        super().__init__()
        self.value, self.outputs = value, outputs

    def forward(self, features: Tensor) -> Tensor:
        return torch.full((1, *features.shape[:2], self.outputs), self.value)


def test_a_gaussian_clone_takes_over_mean_and_standard_deviation() -> None:
    actions = generator().normal([0.5, -1.0], [0.3, 0.8], (4000, 2))
    cloning = Cloning(root=1, seed=0, gradient_steps=250, batch_size=128)
    drawn = cloning.samples("gaussian", mlp, OPEN, actions, 4000, "test")
    assert drawn.mean(axis=0) == pytest.approx([0.5, -1.0], abs=0.05)
    assert drawn.std(axis=0) == pytest.approx([0.3, 0.8], rel=0.1)


@pytest.mark.parametrize("model", MODELS)
def test_a_clone_repeats_itself_and_another_seed_differs(model: str) -> None:
    actions = generator().normal(size=(50, 3))

    def drawn(seed: int) -> Any:
        cloning = Cloning(root=1, seed=seed, gradient_steps=2, batch_size=8)
        return cloning.samples(model, equivariant, OPEN, actions, 5, "test")

    assert drawn(0).tobytes() == drawn(0).tobytes()
    assert not np.array_equal(drawn(0), drawn(1))


def test_an_equivariant_deterministic_clone_treats_tied_users_alike() -> None:
    cloning = Cloning(root=1, seed=0, gradient_steps=3, batch_size=8)
    actions = generator().normal(size=(50, 4))
    drawn = cloning.samples("deterministic", equivariant, OPEN, actions, 2, "test")
    assert drawn == pytest.approx(np.full((2, 4), drawn[0, 0]), abs=1e-6)


def test_clones_refuse_what_they_cannot_be_trained_with() -> None:
    with pytest.raises(InputError, match="gradient_steps = 0: must be"):
        Cloning(root=1, seed=0, gradient_steps=0, batch_size=8)


def test_who_is_dropped_in_a_near_tie_has_the_least_demand() -> None:
    demand = SLICE.windows(50, generator())
    grants = SLICE.optimum(demand)
    assert ((grants == 0).sum(axis=1) == 1).all()
    assert (grants.argmin(axis=1) == demand.argmin(axis=1)).all()
    assert (grants.sum(axis=1) == SLICE.budget).all()


def test_two_optima_of_nearly_the_same_window_are_far_apart_and_their_mean_is_worse() -> None:
    demand = np.full((2, 8), 60.0)
    demand[0, 0], demand[1, 1] = 59.9, 59.9
    one, other = SLICE.optimum(demand)
    assert np.abs(one - other).sum() >= 28
    assert SLICE.loss(demand, one) == pytest.approx(SLICE.loss(demand, other), abs=1e-4)
    equal = SLICE.spend(np.ones(8))
    assert SLICE.loss(demand, equal) > SLICE.loss(demand, one) + 0.01


def test_the_loss_of_a_tied_slice_is_one_minus_the_share_delivered() -> None:
    demand = SLICE.windows(4, generator())
    best = maximize_sigmoids(demand, 0.3, 10.0, 100, "dp")
    expected = 1 - (best.value / demand.sum(axis=1)).mean()
    assert SLICE.loss(demand, best.allocation) == pytest.approx(expected, abs=1e-12)


def test_users_tie_in_a_slice_of_one_channel_class_alone() -> None:
    manager = ConfigManager()
    assert TiedSlice.of(manager.load_env_config(0)) == SLICE
    with pytest.raises(InputError, match="has 5 entries: must be 1"):
        TiedSlice.of(manager.load_env_config(2))


SPEC = {
    "traces": None,
    "traffic_id": "builtin",
    "profile": {
        "multimodal": {
            "seeds": [0, 1],
            "mixtures": {"gradient_steps": 2, "batch_size": 4},
            "ties": {"configs": [0], "gradient_steps": 2, "batch_size": 4},
        }
    },
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("multimodal")
    write_json(folder / "spec.json", SPEC)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("DATA", 100), ("POINTS", 50), ("WINDOWS", 20)):
            patch.setattr(multimodal, name, value)
        multimodal.run(Workspace(folder), argparse.Namespace())
    return folder


def tables_of(workspace: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table as mappings."""
    made = aggregated(Workspace(workspace))
    return {name: [cells(row) for row in rows] for name, rows in made.items()}


def test_tables_have_every_model_and_seed(workspace: Path) -> None:
    tables = tables_of(workspace)
    mixtures = {(row["mixture"], row["model"], row["seed"]) for row in tables["mixtures"]}
    models = ["data", *(model for model in MODELS if model != "deterministic")]
    assert mixtures == set(itertools.product(MIXTURES, models, (0, 1)))
    ties = {(row["model"], row["action"], row["seed"]) for row in tables["ties"]}
    kinds = [("oracle", "sample"), ("shuffled", "sample")]
    kinds += itertools.product(MODELS, ("sample", "mean"))
    assert ties == {(*kind, seed) for kind in kinds for seed in (0, 1)}
    assert all(row["loss"] >= 0.3 for row in tables["ties"])


def test_grants_spend_the_budget_and_shares_sum_to_one(workspace: Path) -> None:
    tables = tables_of(workspace)
    sums: dict[Any, float] = {}
    for row in tables["tie_examples"]:
        key = (row["model"], row["window"])
        sums[key] = sums.get(key, 0) + row["rbs"]
    assert set(sums.values()) == {100}
    assert {row["seed"] for row in tables["tie_examples"]} == {0}
    shares: dict[Any, float] = {}
    for row in tables["tie_grants"]:
        key = (row["model"], row["seed"])
        shares[key] = shares.get(key, 0) + row["share"]
    assert list(shares.values()) == pytest.approx([1.0] * len(shares))


def test_nobody_without_the_demand_loses_less_than_the_oracle(workspace: Path) -> None:
    rows = tables_of(workspace)["ties"]
    least = min(row["loss"] for row in rows if row["model"] == "oracle")
    assert all(row["loss"] >= least for row in rows)


def test_a_complete_run_is_not_made_again(workspace: Path) -> None:
    records = {p: p.stat().st_mtime_ns for p in workspace.glob("runs/*/complete.json")}
    assert {path.parent.name for path in records} == {
        f"multimodal-{study}-s{seed}" for study in ("mixtures", "ties") for seed in (0, 1)
    }
    multimodal.run(Workspace(workspace), argparse.Namespace())
    assert records == {p: p.stat().st_mtime_ns for p in records}
