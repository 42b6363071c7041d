"""Training on data of other families: actions of any shape, several outcomes, a closed form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from difsched.action_set import ActionSet
from difsched.agents import OfflinePolicy, load_agent
from difsched.baselines.offline import SCHEDULERS
from difsched.config import ConfigManager
from difsched.data.outcomes import OutcomeDataset
from difsched.errors import InputError
from difsched.family import Family, Metric
from difsched.training import offline_training

ENTITIES = 4


@dataclass(frozen=True)
class Config:
    family: ClassVar[str] = "toy"
    randomSeed: int = 1

    def to_dict(self) -> dict[str, Any]:
        return {"randomSeed": self.randomSeed}


def outcomes(action: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return how far each entity is from what it wants, (W, N, 1), which may cancel out."""
    return (action.reshape(len(action), -1, 1) - seen[..., :1]).astype(np.float32)


def combine(means: Any, observation: Any) -> Any:
    return -(means[..., 0] ** 2)


def family(actions: ActionSet) -> Family:
    def nothing(*_: Any) -> Any:
        raise AssertionError("training asks for data alone")

    return Family(
        name="toy",
        entity="entity",
        cost=Metric("miss", "Miss", "", "lower"),
        load=nothing,
        parse=nothing,
        configurations=nothing,
        simulator=nothing,
        actions=lambda config: actions,
        entities=lambda config: ENTITIES,
        combine=lambda config: combine,
        references=nothing,
    )


def dataset(actions: ActionSet, windows: int = 2000) -> OutcomeDataset:
    generator = np.random.default_rng(0)
    seen = generator.random((windows, ENTITIES, 2), dtype=np.float32)
    action = generator.random((windows, *actions.shape(ENTITIES)), dtype=np.float32)
    found = outcomes(action, seen)
    reward = combine(found.mean(axis=1), seen)
    return OutcomeDataset(seen, seen[-1:], action, found, reward)


def train(name: str, data: OutcomeDataset, **changes: Any) -> OfflinePolicy:
    manager = ConfigManager()
    short = {"gradient_steps": 200, "batch_users": 512, "curve_points": 0, **changes}
    model = manager.load_model_config(name)
    # What the rewards of a family are no mean of is not added up over windows.
    own = {"discount": 0.0} if name in ("dql_default", "dql_published") else {}
    if name == "det_search":  # what is one for the whole has no entities to exchange
        own = {"masked": 0, "exchanged": 0}
    model = replace(model, project=True, **own)
    training = manager.load_training_config("offline").changed(short)
    return offline_training(Config(), training, dataset=data, model=model)  # type: ignore[arg-type]


SETS = {"entity": ActionSet(0.0, 1.0), "whole": ActionSet(0.0, 1.0, scope="whole")}


@pytest.fixture(params=SETS)
def actions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ActionSet:
    found = SETS[request.param]
    families: Mapping[str, Family] = {"toy": family(found)}
    monkeypatch.setattr("difsched.family.FAMILIES", families)
    return found


@pytest.mark.parametrize("name", ["det_set", "dql_set", "gaussian_set", "flow_set"])
def test_outcomes_and_their_closed_form_lead_to_good_actions(name: str, actions: ActionSet) -> None:
    data = dataset(actions)
    policy = train(name, data)
    seen = np.random.default_rng(1).random((200, ENTITIES, 2), dtype=np.float32)
    action = policy.act(seen)
    assert action.shape == (200, *actions.shape(ENTITIES))
    reward = combine(outcomes(action, seen).mean(axis=1), seen)
    assert reward.mean() > 0.1 * data.reward.mean()


@pytest.mark.parametrize("name", [str(method.model) for method in SCHEDULERS])
def test_every_learner_trains_and_its_weights_load(
    name: str, actions: ActionSet, tmp_path: Any
) -> None:
    data = dataset(actions, 200)
    policy = train(name, data, gradient_steps=2)
    policy.save(tmp_path / "w.safetensors")
    again = OfflinePolicy(load_agent(tmp_path / "w.safetensors", Config()), policy.seed)  # type: ignore[arg-type]
    seen = data.observation[:9]
    assert np.array_equal(again.act(seen), policy.act(seen))


def test_actions_of_another_shape_are_refused(actions: ActionSet) -> None:
    data = dataset(actions, 20)
    data = replace(data, action=np.ones((20, ENTITIES, 3), np.float32))
    with pytest.raises(InputError, match=r"actions have shape \(4, 3\): must be"):
        train("det_set", data)
