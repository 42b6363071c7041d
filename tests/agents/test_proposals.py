"""What the critic ranks at a decision: the same for every actor, and never worse by it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from difsched.action_set import ActionSet, Budget
from difsched.agents import OfflinePolicy, load_agent
from difsched.agents.actors.actions import ActionSpace
from difsched.agents.proposals import Ranking, exchanged, masked
from difsched.config.learner import PROPOSALS
from difsched.errors import InputError
from tests.agents.conftest import USERS, make_agent, observations, slice_of
from tests.agents.test_families import SETS
from tests.agents.test_families import make as make_any
from tests.agents.test_families import observations as seen_by_any

NAMES = ["dql_set", "idql", "flow_set", "gaussian_set", "det_set", "iql", "cql", "td3_bc", "rebrac"]
SEARCH: dict[str, Any] = {"perturbed": 5, "masked": 6, "exchanged": 4, "rounds": 2}


@pytest.mark.parametrize("name", NAMES)
def test_the_search_never_ends_below_its_start_by_the_critic(name: str) -> None:
    agent = make_agent(name)
    assert agent.critic is not None
    state = agent.standardizer.state(observations(40))
    longest = agent.deciding(SEARCH)
    noise = torch.randn(40, longest.draws, USERS, 1)
    values = []
    for changes in ({}, {**SEARCH, "rounds": 1}, SEARCH):
        chosen = agent.deciding(changes)
        action = chosen.choose(state, noise[:, : chosen.draws])
        values.append(agent.critic.q(state, action).amin(dim=0))
    assert (values[1] >= values[0] - 1e-6).all() and (values[2] >= values[1] - 1e-6).all()
    assert float((values[2] > values[0] + 1e-4).float().mean()) > 0.5


@pytest.mark.parametrize("name", ["dql_set", "flow_set", "det_set", "rebrac"])
def test_a_search_is_the_same_to_the_last_bit_alone_and_among_others(name: str) -> None:
    policy = OfflinePolicy(make_agent(name, hidden=64, **SEARCH), seed=4)
    seen = observations(101)
    with torch.inference_mode():
        together = policy._actions(seen)
        alone = torch.cat([policy._actions(window) for window in seen.split(1)])
        parts = torch.cat([policy._actions(part) for part in seen.split(9)])
        again = policy._actions(seen)
    assert torch.equal(alone, together)
    assert torch.equal(parts, together)
    assert torch.equal(again, together)


@pytest.mark.parametrize("shape", SETS)
def test_what_is_taken_is_admitted_whatever_the_set(shape: tuple[int, ...]) -> None:
    search = {**SEARCH, **({"masked": 0, "exchanged": 0} if shape[0] == 1 else {})}
    agent = make_any("det_set", SETS[shape], **search)
    state = agent.standardizer.state(seen_by_any(9))
    noise = torch.randn(9, agent.draws, agent.space.rows(5), agent.space.width)
    taken = agent.choose(state, 9 * noise)
    assert taken.shape == (9, agent.space.rows(5), agent.space.width)
    assert torch.allclose(agent.space.admit(taken, state.observation), taken, atol=1e-5)


def test_of_masked_copies_the_first_leave_few_out_and_the_last_many() -> None:
    space = ActionSpace(Budget(0.0, 10.0, budget=10.0, equality=True), 2.0, 3.0, project=True)
    best = space.encode(torch.rand(400, USERS).softmax(dim=-1) * 10)
    copies = masked(space, best, torch.randn(400, 4, USERS, 1), USERS)
    grants = space.decode(copies.flatten(0, 1), USERS).view(400, 4, USERS)
    out = grants < 1e-5
    assert out.float().mean(dim=(0, 2)).tolist() == pytest.approx(
        [1 / 8, 3 / 8, 5 / 8, 7 / 8], abs=0.05
    )
    left = ~out.all(dim=-1)
    assert torch.allclose(grants.sum(dim=-1)[left], torch.tensor(10.0), atol=1e-3)
    # The others share it in proportion.
    before = space.decode(best, USERS)[:, None].expand_as(grants)
    ratio = torch.where(out, torch.nan, grants / before)
    spread = ratio.nan_to_num(0).amax(dim=-1) - ratio.nan_to_num(1e9).amin(dim=-1)
    assert float(spread[left].abs().max()) < 1e-2 * float(ratio.nan_to_num(0).max())


def test_exchanged_copies_leave_out_admit_and_swap_every_entity_in_turn() -> None:
    space = ActionSpace(Budget(0.0, 10.0, budget=10.0, equality=True), 0.0, 1.0, project=True)
    best = torch.tensor([0.0, 1.0, 3.0, 6.0]).view(1, 4, 1)
    copies = exchanged(space, best, torch.randn(1, 12, 4, 1), 4)[0, ..., 0]
    out, admitted, swapped = copies[::3], copies[1::3], copies[2::3]
    expected = {(0.0, 1.0, 3.0, 6.0), (0.0, 0.0, 10 / 3, 20 / 3), (0.0, 10 / 7, 0.0, 60 / 7)}
    expected |= {(0.0, 2.5, 7.5, 0.0)}
    assert torch.allclose(torch.tensor(sorted(expected)), out[_lexical(out)], atol=1e-5)
    for copies, changes in ((admitted, 1), (swapped, 2)):
        for copy in copies:
            moved = (copy != best[0, :, 0]).sum()
            assert moved in (0, changes)  # the other may be the same entity
            assert set(copy.tolist()) <= {0.0, 1.0, 3.0, 6.0}
    assert all(copy.sort().values.tolist() == [0.0, 1.0, 3.0, 6.0] for copy in swapped)


def _lexical(rows: torch.Tensor) -> list[int]:
    return sorted(range(len(rows)), key=lambda row: rows[row].tolist())


def test_entities_are_exchanged_as_often_as_others() -> None:
    space = ActionSpace(Budget(0.0, 30.0, budget=30.0, equality=True), 0.0, 1.0, project=True)
    best = torch.arange(1.0, 6.0).view(1, 5, 1).expand(3000, 5, 1)
    swapped = exchanged(space, best, torch.randn(3000, 15, 5, 1), 5)[:, 2::3, :, 0]
    moved = (swapped != best[:, None, :, 0]).float()
    assert torch.allclose(moved.mean(dim=(0, 1)), torch.tensor(2 * 4 / 25), atol=0.03)


def test_one_entity_alone_exchanges_nothing() -> None:
    space = ActionSpace(ActionSet(-9.0, 9.0, width=2), 0.0, 1.0, project=True)
    best = torch.randn(3, 1, 2)
    copies = exchanged(space, best, torch.randn(3, 6, 1, 2), 1)
    kept = copies.view(3, 2, 3, 1, 2)[:, :, 1:]
    assert torch.equal(kept, best[:, None, None].expand(kept.shape))


def test_a_choice_by_softmax_follows_the_critics_values(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = make_agent("det_set", choice="softmax", candidates=3)
    assert agent.critic is not None and agent.draws == 1
    values = torch.tensor([0.3, -0.5, 1.0])
    ranking = Ranking(agent.config, agent.critic, 1)  # type: ignore[arg-type]
    monkeypatch.setattr(Ranking, "values", lambda self, state, p: values.expand(len(p), 3))
    proposals = torch.arange(3.0).view(1, 3, 1, 1).expand(20_000, 3, 1, 1)
    state = agent.standardizer.state(observations(1))
    taken = ranking.by_lot(state, proposals, torch.randn(20_000))
    share = torch.bincount(taken.flatten().int(), minlength=3) / 20_000
    assert torch.allclose(share, values.softmax(dim=0), atol=0.02)


def test_rounding_errors_do_not_inherit_a_budget() -> None:
    budget = Budget(0.0, 10.0, budget=10.0)
    action = torch.tensor([[10.0, 1e-7, 0.0], [0.0, 0.0, 0.0]])
    out = torch.tensor([[True, False, False], [False, True, False]])
    assert torch.allclose(budget.without(action, out), torch.zeros(2, 3), atol=1e-6)


def test_without_a_budget_nobody_gets_what_another_gives_up() -> None:
    box = ActionSet(-1.0, 1.0, width=2)
    action, out = torch.rand(3, 4, 2), torch.zeros(3, 4, 2, dtype=torch.bool)
    out[:, 1] = True
    left = box.without(action, out)
    assert (left[:, 1] == -1).all()
    assert torch.equal(left[:, [0, 2, 3]], action[:, [0, 2, 3]])


def test_an_action_of_the_whole_has_no_entities_to_leave_out() -> None:
    with pytest.raises(InputError, match="masked = 2: must be 0, as the family's action is one"):
        make_any("det_set", SETS[1, 3], masked=2)
    with pytest.raises(InputError, match="exchanged = 2: must be 0, as the family's action is one"):
        make_any("det_set", SETS[1, 3], exchanged=2)
    with pytest.raises(InputError, match="masked = 2: must be 0, as the family's action is one"):
        OfflinePolicy(make_any("det_set", SETS[1, 3])).decide_with(masked=2)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"candidates": 0}, "candidates = 0: must be a whole number in 1..4096"),
        ({"perturbed": -1}, "perturbed = -1: must be a whole number in 0..4096"),
        ({"choice": "worst"}, "choice = 'worst': must be one of best, softmax"),
        ({"exchanged": 5000}, "exchanged = 5000: must be a whole number in 0..4096"),
        ({"masked": 1.5}, "masked = 1.5: must be a whole number in 0..4096"),
        ({"rounds": 0}, "rounds = 0: must be a whole number in 1..100"),
        ({"perturbation": 0}, "perturbation = 0: must be a number > 0 and <= 100"),
        ({"hidden": 8}, "hidden is not a field of a decision"),
    ],
)
def test_settings_that_are_not_allowed_are_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as refused:
        OfflinePolicy(make_agent("det_set")).decide_with(**changes)
    assert line in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["bc", "gaussian_bc"])
def test_who_has_no_critic_ranks_nothing(name: str) -> None:
    with pytest.raises(InputError, match="candidates: must be left out: there is no critic"):
        OfflinePolicy(make_agent(name)).decide_with(candidates=8)


@pytest.mark.parametrize("name", NAMES)
def test_the_search_is_part_of_the_weights_file(name: str, tmp_path: Path) -> None:
    policy = OfflinePolicy(make_agent(name, **SEARCH), seed=3)
    policy.save(tmp_path / "weights.safetensors")
    seen = observations(7).numpy()
    restored = OfflinePolicy(load_agent(tmp_path / "weights.safetensors", slice_of()), seed=3)
    assert np.array_equal(restored.act(seen), policy.act(seen))
    found = restored.agent.config.to_dict()
    assert {n: found[n] for n in SEARCH} == SEARCH and set(PROPOSALS) <= found.keys()
