"""Soft actor-critic on set networks: what they do not see, and how they are built in."""

from typing import Any

import torch
from gymnasium import spaces
from torch import Tensor

from difsched.baselines.sac_set.networks import SetPolicy

ENTITIES, FEATURES, WIDTH = 5, 3, 2


def policy(entities: int = ENTITIES) -> Any:
    torch.manual_seed(0)
    return SetPolicy(
        spaces.Box(-torch.inf, torch.inf, (entities * FEATURES,)),
        spaces.Box(-1.0, 1.0, (entities * WIDTH,)),
        lambda _: 0.01,
        net_arch=[8, 8],
        features=FEATURES,
        width=WIDTH,
    )


def mixed(rows: Tensor, order: Tensor) -> Tensor:
    """Return entities in a row, (W, N F), in another order."""
    return rows.unflatten(1, (ENTITIES, -1))[:, order].flatten(1)


def test_actions_follow_the_entities_and_values_do_not_see_their_order() -> None:
    made, order = policy(), torch.tensor([3, 0, 4, 1, 2])
    seen, action = torch.randn(7, ENTITIES * FEATURES), torch.rand(7, ENTITIES * WIDTH)
    done = made.actor(seen, deterministic=True)
    again = made.actor(mixed(seen, order), deterministic=True)
    assert done.shape == (7, ENTITIES * WIDTH)
    assert torch.allclose(again, mixed(done, order), atol=1e-6)
    values = made.critic(seen, action)
    assert len(values) == 2 and values[0].shape == (7, 1)
    for value, other in zip(
        values, made.critic(mixed(seen, order), mixed(action, order)), strict=True
    ):
        assert torch.allclose(value, other, atol=1e-6)


def test_the_optimisers_and_the_target_have_these_networks() -> None:
    made = policy()
    for module in (made.actor, made.critic):
        held = {id(weight) for group in module.optimizer.param_groups for weight in group["params"]}
        assert held == {id(weight) for weight in module.parameters()}
    names = [name for name, _ in made.critic.named_parameters()]
    assert all(name.startswith(("qf0.network", "qf1.network")) for name in names)
    for own, target in zip(made.critic.parameters(), made.critic_target.parameters(), strict=True):
        assert torch.equal(own, target) and own is not target


def test_the_same_weights_serve_another_number_of_entities() -> None:
    larger = policy(9)
    larger.actor.load_state_dict(policy().actor.state_dict())
    assert larger.actor(torch.randn(4, 9 * FEATURES), deterministic=True).shape == (4, 9 * WIDTH)
