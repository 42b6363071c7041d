"""The actor of average velocities: one step goes where many do, and several modes are cloned."""

import math

import pytest
import torch

from difsched.action_set import ActionSet
from difsched.agents.actors.actions import ActionSpace
from difsched.agents.actors.features import State
from difsched.agents.actors.shortcut import ShortcutActor
from difsched.agents.networks import SetNetwork
from difsched.config import ConfigManager
from difsched.errors import InputError


def test_one_step_clones_a_ring() -> None:
    # A ring has no mode: a mean of the data would lie at its centre.
    generator = torch.Generator().manual_seed(0)

    def network(inputs: int, outputs: int, members: int = 1) -> SetNetwork:
        return SetNetwork(
            inputs, outputs, hidden=48, layers=3, members=members, generator=generator
        )

    space = ActionSpace(ActionSet(-3.0, 3.0, width=2), 0.0, 1.0, project=True)
    actor = ShortcutActor(space, 1, network, halvings=3)
    optimizer = torch.optim.Adam(actor.parameters(), lr=5e-3)
    nothing = torch.zeros(512, 1, 1)
    state = State(nothing, nothing)
    for _ in range(300):
        angle = 2 * math.pi * torch.rand(512, 1, generator=generator)
        ring = torch.stack([angle.cos(), angle.sin()], dim=-1)
        optimizer.zero_grad()
        actor.bc_loss(state, ring, generator)[0].mean().backward()
        optimizer.step()
    noise = torch.randn(512, 1, 2, generator=generator)
    one = actor.sample(state, noise[:, None]).detach()
    steps, eight = torch.arange(8) / 8, noise
    for time in steps:
        at, length = torch.full((512,), float(time)), torch.full((512,), 1 / 8)
        eight = eight + actor.velocity(nothing, eight, at, length).detach() / 8
    for samples in (one, eight):
        radius = samples.norm(dim=-1)
        assert float(radius.mean()) == pytest.approx(1, abs=0.2)
        quadrant = (samples[..., 0] > 0).int() + 2 * (samples[..., 1] > 0).int()
        assert float(torch.bincount(quadrant.flatten(), minlength=4).min()) > 0.15 * 512
    assert float((one - eight).norm(dim=-1).mean()) < 0.35


@pytest.mark.parametrize("halvings", [-1, 11, 1.5])
def test_halvings_are_few(halvings: float) -> None:
    with pytest.raises(InputError, match="halvings"):
        ConfigManager().load_model_config("shortcut_set").changed({"halvings": halvings})
