"""Sequential slices as a family: measure, data, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difsched.env.sequential.config import SequentialConfig
from difsched.env.sequential.dataset import SequentialDataset
from difsched.env.sequential.family import FAMILY, SequentialWindows
from difsched.env.slice.random_data import collect_random
from difsched.errors import InputError

CONFIG = SequentialConfig(N_user=3, B=24, retransmit=1, LEN_episode=10)
HIDDEN = replace(CONFIG, channel_information=False, history=2)


def windows(config: SequentialConfig, outcomes: str = "expected") -> SequentialWindows:
    found = FAMILY.simulator(config, "test", 40, outcomes, np.random.SeedSequence(5))
    assert isinstance(found, SequentialWindows)
    return found


def test_eight_configurations_mirror_those_of_the_slice() -> None:
    assert list(FAMILY.configurations()) == list(range(8))
    assert len({FAMILY.name_of(number) for number in FAMILY.configurations()}) == 8
    for number in FAMILY.configurations():
        config = FAMILY.load(number)
        assert (config.N_user, config.dataflow) == (
            (8, 20)[number % 2],
            ("thumb_fr", "thumb_bk")[number >= 4],
        )
        hidden = number % 4 >= 2
        assert (config.channel_information, len(config.sigmoid_k_list)) == (
            not hidden,
            5 if hidden else 1,
        )


@pytest.mark.parametrize("config", [CONFIG, HIDDEN], ids=["shown", "hidden"])
def test_rewards_add_up_to_lost_over_new_packets(config: SequentialConfig) -> None:
    copies, reward, lost, new = windows(config), 0.0, 0.0, 0.0
    grants = np.full((40, 3), 8)
    demand, _ = copies.future()
    for window in range(20):
        step = copies.step(grants)
        np.testing.assert_allclose(step.outcomes.mean(axis=(1, 2)), step.reward)
        reward, lost = reward - step.reward.sum(), lost + step.metrics["lost"].sum()
        new += demand[..., window].sum()
    assert reward * copies.usual == pytest.approx(lost)
    assert reward / 20 / 40 == pytest.approx(lost / new, rel=0.1)


def test_the_future_is_what_comes() -> None:
    copies = windows(HIDDEN, "sampled")
    demand, classes = copies.future()
    again, _ = copies.future()
    np.testing.assert_array_equal(demand, again)
    for window in range(5):
        np.testing.assert_array_equal(copies.simulator._classes, classes[..., window])
        step = copies.step(np.zeros((40, 3), dtype=np.int64))
        np.testing.assert_array_equal(step.observation[..., 1], demand[..., window])


def test_a_hidden_channel_is_not_told_by_what_waits() -> None:
    for config, whole in ((HIDDEN, True), (CONFIG, False)):
        seen = windows(config).step(np.full((40, 3), 8)).observation[..., 4]
        assert (seen == seen.round()).all() == whole


def test_logs_have_the_reward_of_the_family() -> None:
    log = collect_random(CONFIG, 100)
    data = SequentialDataset.of(log)
    usual = log.demand.sum(axis=1).mean()
    np.testing.assert_allclose(data.reward, -log.lost.sum(axis=1) / usual, rtol=1e-5)
    np.testing.assert_allclose(data.outcomes.mean(axis=(1, 2)), data.reward, rtol=1e-4, atol=1e-6)
    shown = data.shown(HIDDEN)
    assert isinstance(shown, SequentialDataset)
    assert shown.observation.shape[-1] == 4 + 1 + 6
    shown.check(HIDDEN)
    assert len(np.unique(shown.observation[..., 2])) == 1


def test_rewards_of_another_kind_are_refused() -> None:
    log = collect_random(CONFIG, 100)
    fields: dict[str, Any] = {name: getattr(log, name) for name in log.ARRAYS}
    with pytest.raises(InputError, match=r"reward = .* in window .*: must be .* each packet lost"):
        SequentialDataset(**fields)


def test_a_score_stands_on_the_certified_bound() -> None:
    found = FAMILY.references(CONFIG)
    assert (found.zero, found.hundred, found.certified) == ("oracle_predicted", "bound", True)
    assert found.none is None
