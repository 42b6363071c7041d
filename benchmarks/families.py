"""Speed of the further problem families: simulators, rules and planners, side by side.

``python -m benchmarks.families [FAMILY ...]`` prints, for some configurations of each, windows
a second of the simulator at two widths, and milliseconds a window of every method that learns
nothing. A simulator is stepped with actions that the family's random behaviour drew once.
"""

import sys
import time
from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.env import rate
from difsched.baselines.method import Method, NotServed, Task
from difsched.baselines.registry import methods
from difsched.config.base import check_choice
from difsched.family import FAMILIES, Configuration, Family
from difsched.policy import Bound, Clairvoyant, Policy
from difsched.utils.seeding import seed_sequence
from difsched.utils.terminal import OneLineParser
from experiments.products import FURTHER

#: Configurations whose simulators and planners differ in kind, and the steps a second that the
#: program which a family re-implements was measured to make, one window at a time, on one core of
#: another machine; 0: not measured.
SHOWN: dict[str, dict[str, int]] = {
    "alloc": {
        **{"faithful_3x5": 9382, "leontief_3x5": 0, "gang_3x5": 0, "forecast_3x5": 0},
        **{"backlog_3x5": 0, "leontief_5x10": 0},
    },
    "mec": {"code_n5": 9204, "fixed_n5": 9204, "scaled_k4": 1164, "scaled_k10": 879},
    "mlb": {"synthetic_loiter": 0, "roads_rrl": 0},
    "promised": {"half_8": 0, "all_8": 0},
    "sequential": {"turns_8": 0, "hidden_8": 0},
}
WIDTHS = (64, 1024)
#: Windows that a method decides for, and seconds after which it is not asked for more.
DECIDED, PATIENCE = 64, 4.0
CALLS = 20


def simulated(family: Family, config: Configuration, copies: int) -> float:
    """Return windows a second of a simulator of so many copies."""
    simulator = family.simulator(config, "train", copies, "expected", _seed(config))
    behaviour = next(iter(family.behaviours.values()))
    drawn = behaviour(config, np.random.default_rng(_seed(config)))
    action = drawn.act(simulator.observe())

    def step() -> None:
        if simulator.step(action).truncated:
            simulator.reset()

    return rate(step, copies, CALLS)


def decided(method: Method, family: Family, config: Configuration) -> float:
    """Return seconds a window of a method's decisions, for several windows at once.

    Raises
    ------
    NotServed
        If the method cannot serve the configuration.
    """
    at = family.references(config)
    seen = at.revealed if method.name == at.hundred and at.revealed is not None else config
    policy = method.fit(Task(method.view(seen)))
    once = partial(_decide, policy, family, method.view(seen))
    few = once(1)
    copies = int(np.clip(PATIENCE / few, 1, DECIDED))
    return once(copies) if copies > 1 else few


def _decide(policy: Policy, family: Family, config: Configuration, copies: int) -> float:
    """Return seconds a window of a policy's first decision; of a plan, of the whole episode."""
    simulator = family.simulator(config, "test", copies, "expected", _seed(config))
    windows = copies
    start = time.perf_counter()
    if isinstance(policy, Clairvoyant):
        policy.foresee(simulator)
        windows *= family.test_episode(config)
    if isinstance(policy, Bound):
        bounded = policy.losses(simulator).size
        return (time.perf_counter() - start) / bounded
    policy.act(simulator.observe())
    return (time.perf_counter() - start) / windows


def _seed(config: Configuration) -> np.random.SeedSequence:
    return seed_sequence(config.randomSeed, "bench")


def show(name: str) -> None:
    """Print the tables of a family."""
    family = FAMILIES[name]
    for label, other in SHOWN[name].items():
        config = family.load(label)
        print(f"{name} {label}: {family.entities(config)} {family.entity}s")
        for copies in WIDTHS:
            speed = simulated(family, config, copies)
            times = f"{speed / other:>12,.0f} times {other:,.0f}" if other else ""
            print(f"  {f'simulator, {copies} copies':<34}{speed:>14,.0f} windows/s{times}")
        for method in methods(name).values():
            if method.learns:
                continue
            try:
                taken = decided(method, family, config)
            except NotServed:
                continue
            print(f"  {method.label:<34}{1000 * taken:>14.4f} ms a window", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = OneLineParser(prog="./run_all.sh bench families", description=__doc__)
    parser.add_argument("family", nargs="*", help=f"of {', '.join(FURTHER)}; all when left out")
    chosen = parser.parse_args(arguments).family
    for name in chosen:
        check_choice("family", name, FURTHER)
    for name in chosen or FURTHER:
        show(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
