"""A family in a page: jobs of different worth share one machine; shares have falling returns."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from difsched.config.base import Config, whole
from difsched.family import Budget, Family, Metric, References, Simulator, Step
from difsched.typing import Floats

#: Columns of an observation: a job's worth and size, and the machine's capacity (the same for all).
WORTH, SIZE, CAPACITY = range(3)
LOW, HIGH = (0.1, 0.2, 0.3), (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class ToyConfig(Config):
    """So many jobs a window."""

    family: ClassVar[str] = "toy"
    jobs: Annotated[int, whole(2)] = 3
    randomSeed: int = 7


def outcomes(action: Floats, observation: Floats) -> Floats:
    """Return what each job is worth with its share x, (W, N, 1): p_i (1 - exp(-3 x_i / d_i))."""
    size = observation[..., SIZE]
    return (observation[..., WORTH] * -np.expm1(-3 * action / size))[..., None]


class Jobs(Simulator):
    """Windows that do not depend on one another, drawn from a seed."""

    def __init__(self, config: ToyConfig, copies: int, seed: np.random.SeedSequence) -> None:
        self.config, self.copies, self.rng = config, copies, np.random.default_rng(seed)
        self.reset()

    def reset(self) -> Floats:
        """Draw a window."""
        self.seen = self.rng.uniform(LOW, HIGH, (self.copies, self.config.jobs, len(LOW)))
        self.seen[..., CAPACITY] = self.seen[:, :1, CAPACITY]
        return self.seen

    def observe(self) -> Floats:
        """Return what is seen of the window, (W, N, 3)."""
        return self.seen

    def step(self, action: NDArray[Any]) -> Step:
        """Share the machine."""
        idle = self.seen[:, 0, CAPACITY] - action.sum(axis=1)
        assert (action >= 0).all() and (idle > -1e-6).all()
        found = outcomes(action, self.seen)
        return Step(self.reset(), found.mean(axis=(1, 2)), found, {"idle": np.maximum(idle, 0)})


def equal_or_best(config: ToyConfig) -> References:
    """Return the equal split and the best of a grid, which none of its points beats."""
    return References("equal", "oracle", seen=config)


class Random:
    """Draws shares that leave some of the machine idle, new at every call."""

    def __init__(self, config: ToyConfig, generator: np.random.Generator) -> None:
        self.weights, self.rng = np.ones(config.jobs + 1), generator

    def act(self, observation: Floats) -> Floats:
        """Return shares (W, N)."""
        parts = self.rng.dirichlet(self.weights, len(observation))[:, :-1]
        return parts * observation[:, :1, CAPACITY]


FAMILY = Family(
    name="toy",
    entity="job",
    cost=Metric("loss", "Worth lost", "", "lower"),
    metrics=(Metric("idle", "Idle share", "", "lower"),),
    load=lambda name: ToyConfig(jobs=int(name)),
    parse=ToyConfig.from_dict,
    entities=lambda config: config.jobs,
    configurations=lambda: [3, 5],
    simulator=lambda config, split, copies, outcomes, seed, source=None: Jobs(config, copies, seed),
    actions=lambda config: Budget(0.0, 1.0, budget=lambda seen: seen[..., 0, CAPACITY, None]),
    combine=lambda config: lambda mean_outcomes, observation: mean_outcomes[..., 0],
    references=equal_or_best,
    test_episode=lambda config: 10,
    behaviours={"random": Random},
)
