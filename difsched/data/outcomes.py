"""Offline datasets that hold what every family gives: actions and outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from difsched.data.arrays import cast
from difsched.data.transitions import Transitions
from difsched.errors import InputError, choices
from difsched.policy import Policy
from difsched.utils.seeding import rng, seed_sequence

if TYPE_CHECKING:
    from difsched.family import Family, Simulator


@dataclass(frozen=True)
class OutcomeDataset(Transitions):
    """A log of any family; see `Transitions`.

    Attributes
    ----------
    action : (W, ...) ndarray of float32
        What was done in each window; see `ActionSet.shape`.
    outcomes : (W, N, K) ndarray of float32
        What became of each entity.

    Raises
    ------
    InputError
        If an array has another shape, or values that are no finite numbers.
    """

    ARRAYS: ClassVar[tuple[str, ...]] = (
        "observation",
        "final_observation",
        "action",
        "outcomes",
        "reward",
    )
    INFOS: ClassVar[Mapping[str, str]] = {"outcomes": "outcomes", "action": "action"}

    observation: NDArray[np.float32]
    final_observation: NDArray[np.float32]
    action: NDArray[np.float32]
    outcomes: NDArray[np.float32]
    reward: NDArray[np.float32]
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Cast and check the arrays; raise InputError naming the one that does not fit."""
        for name in self.ARRAYS:
            object.__setattr__(self, name, cast(name, getattr(self, name)))
        self._check_shapes()

    def _check_shapes(self) -> None:
        if self.observation.ndim != 3 or 0 in self.observation.shape:
            raise InputError(f"observation has shape {self.observation.shape}: must be (W, N, F)")
        windows, entities, features = self.observation.shape
        episodes = len(self.final_observation) if self.final_observation.ndim else 0
        if episodes == 0 or windows % episodes:
            raise InputError(
                f"final_observation has {episodes} episodes: must divide {windows} windows, as "
                "all episodes are equally long"
            )
        shapes = {
            "final_observation": (episodes, entities, features),
            "action": (windows, *self.action.shape[1:]),
            "outcomes": (windows, entities, *self.outcomes.shape[2:3]),
            "reward": (windows,),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"{name} has shape {getattr(self, name).shape}: must be {shape}")
        if self.outcomes.ndim != 3:
            raise InputError(f"outcomes has shape {self.outcomes.shape}: must be (W, N, K)")

    def check(self, config: Any) -> None:
        """Raise InputError unless the card is that of a configuration; see `Transitions.check`."""
        self._check_family(config.family)
        described, own = self.card.get("environment", {}), config.to_dict()
        for name, value in own.items():
            if name in described and described[name] != value:
                raise InputError(
                    f"dataset's card has {name} = {described[name]}: must be {value}, as in the "
                    "configuration"
                )


def collect(simulator: "Simulator", policy: Policy, windows: int) -> OutcomeDataset:
    """Let a policy run a simulator's copies side by side, one episode each.

    Parameters
    ----------
    simulator : Simulator
        E copies, from where they stand.
    policy : Policy
        What decides.
    windows : int
        Windows in an episode T, >= 1; fewer if the simulator cuts it.

    Returns
    -------
    OutcomeDataset
        E episodes.
    """
    observation = simulator.observe()
    rows: list[tuple[NDArray[Any], ...]] = []
    for _ in range(windows):
        action = policy.act(observation)
        step = simulator.step(action)
        rows.append((observation, action, step.outcomes, step.reward))
        observation = step.observation
        if step.truncated:
            break

    def episodes(values: tuple[NDArray[Any], ...]) -> Any:
        stacked = np.stack(values, axis=1)
        return stacked.reshape(-1, *stacked.shape[2:])

    seen, action, outcomes, reward = map(episodes, zip(*rows, strict=True))
    return OutcomeDataset(seen, cast("final_observation", observation), action, outcomes, reward)


def collect_log(
    family: "Family", config: Any, windows: int, behaviour: str | None = None
) -> OutcomeDataset:
    """Collect about ``windows`` windows of one of the family's behaviours on its training split.

    Whole episodes, at least one. Left out, the behaviour is the configuration's own.

    Raises
    ------
    InputError
        If the family has no such behaviour.
    """
    behaviour = family.behaviour(config) if behaviour is None else behaviour
    if behaviour not in family.behaviours:
        raise InputError(f"behaviour = {behaviour!r}: {choices(behaviour, family.behaviours)}")
    name = ("collect_log", family.name, behaviour)
    length = family.episode(config)
    simulator = family.simulator(
        config,
        "train",
        max(1, windows // length),
        "sampled",
        seed_sequence(config.randomSeed, *name, "simulator"),
    )
    policy = family.behaviours[behaviour](config, rng(config.randomSeed, *name, "policy"))
    return collect(simulator, policy, length)
