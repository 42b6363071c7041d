"""The actor of average velocities: one step goes where many do, and several modes are cloned."""

from functools import partial

import pytest
import torch

from difsched.agents.actors.shortcut import ShortcutActor
from difsched.config import ConfigManager
from difsched.errors import InputError
from tests.agents import ring


def test_one_step_clones_a_ring() -> None:
    actor, noise = ring.clone(partial(ShortcutActor, halvings=3), steps=300)
    one, eight = actor.sample(ring.STATE, noise[:, None]).detach(), noise
    for time in torch.arange(8) / 8:
        at, length = time.expand(ring.POINTS), torch.full((ring.POINTS,), 1 / 8)
        eight = eight + actor.velocity(ring.STATE.features, eight, at, length).detach() / 8
    for samples in (one, eight):
        assert ring.off_the_ring(samples) < 0.2
    assert float((one - eight).norm(dim=-1).mean()) < 0.35


@pytest.mark.parametrize("halvings", [-1, 11, 1.5])
def test_halvings_are_few(halvings: float) -> None:
    with pytest.raises(InputError, match="halvings"):
        ConfigManager().load_model_config("shortcut_set").changed({"halvings": halvings})
