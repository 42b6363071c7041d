"""A rule is a method in a line, and chance has no memory."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from difsched.baselines.method import NotServed, Task
from difsched.baselines.rules import random_method, rule_method
from difsched.policy import RandomBehaviour, RulePolicy


@dataclass(frozen=True)
class Config:
    family: ClassVar[str] = "slice"
    randomSeed: int = 0
    scale: float = 2.0

    def to_dict(self) -> dict[str, Any]:
        return {}


def times(observation: NDArray[Any], config: Config) -> NDArray[Any]:
    return config.scale * observation[..., 0]


def uniform(
    observation: NDArray[Any], generator: np.random.Generator, config: Config
) -> NDArray[Any]:
    return config.scale * generator.random(observation.shape[:2])


def test_a_rule_is_followed_where_it_serves() -> None:
    seen = np.arange(6.0).reshape(1, 3, 2)
    served = rule_method("times", "Times", times, about="Twice the first")
    assert served.fit(Task(Config())).act(seen).tolist() == [[0, 4, 8]]
    refused = rule_method("times", "Times", times, about="", refuse=lambda config: "too many")
    with pytest.raises(NotServed, match="too many"):
        refused.fit(Task(Config()))


def test_chance_gives_the_same_window_the_same_action_alone_or_among_others() -> None:
    seen = np.random.default_rng(0).random((20, 4, 3))
    policy = random_method(uniform, about="Anything").fit(Task(Config()))
    drawn = policy.act(seen)
    assert (policy.act(seen[::-1])[::-1] == drawn).all()
    assert (policy.act(seen[7:8]) == drawn[7:8]).all()
    assert len(np.unique(drawn)) == drawn.size
    other = random_method(uniform, about="").fit(Task(Config(randomSeed=1)))
    assert (other.act(seen) != drawn).all()


def test_a_behaviour_draws_anew_at_every_call() -> None:
    seen = np.zeros((5, 2, 1))
    behaviour = RandomBehaviour(Config(), uniform, np.random.default_rng(0))
    assert (behaviour.act(seen) != behaviour.act(seen)).all()
    assert RulePolicy(Config(), times).act(seen).shape == (5, 2)
