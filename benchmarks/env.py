"""Speed of the slice's simulator, side by side in one process.

``python -m benchmarks.env`` prints one table: windows a second of all users together, and
how many times faster than the reference, the simulator in plain Python of the tests that draws
every packet of every slot.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import numpy as np

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env import Environment, Simulator, TrafficGenerator, VectorEnvironment
from difsched.utils.seeding import seed_sequence
from difsched.utils.terminal import OneLineParser
from experiments.paths import ROOT

CONFIGS = (0, 2)
COPIES = 4096
REPEATS = 5
REFERENCE = ROOT / "tests" / "env" / "slice" / "reference_simulator.py"


def reference_simulator() -> Any:
    """Return the class `ReferenceSimulator` of the tests."""
    spec = spec_from_file_location("reference_simulator", REFERENCE)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ReferenceSimulator


def rate(step: Callable[[], object], windows: int, calls: int) -> float:
    """Return windows a second, the best of some runs of ``calls`` steps of ``windows`` each."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(calls):
            step()
        times.append(time.perf_counter() - start)
    return windows * calls / min(times)


def measure(config: EnvironmentConfig, traffic: TrafficGenerator) -> dict[str, float]:
    """Return windows a second of each way to step a slice, the reference first."""
    users, even = config.N_user, config.B // config.N_user
    reference = reference_simulator()(config, traffic.trace.packets.tolist(), random.Random(1))
    rates = {"reference simulator": rate(partial(reference.step, [even] * users), 1, 100)}
    grants = np.full((COPIES, users), even)
    for outcomes, name in (("expected", "closed form"), ("sampled", "sampled")):
        simulator = Simulator(
            config, traffic, COPIES, outcomes=outcomes, seed=seed_sequence(1, "bench")
        )
        rates[f"{name}, {COPIES} copies"] = rate(partial(simulator.step, grants), COPIES, 20)
    request = np.full(users, config.B / users, dtype=np.float32)
    copies = VectorEnvironment(config.to_dict(), traffic, num_envs=64)
    requests = np.tile(request, (64, 1))
    rates["Gymnasium vector step, 64 copies"] = rate(partial(copies.step, requests), 64, 400)
    single = Environment(config.to_dict(), traffic)
    rates["Gymnasium step"] = rate(partial(single.step, request), 1, 5000)
    return rates


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = OneLineParser(prog="./run_all.sh bench env", description=__doc__)
    parser.parse_args(arguments)
    for number in CONFIGS:
        config = ConfigManager().load_env_config(number)
        rates = measure(config, TrafficGenerator.from_dataflow(config.dataflow))
        classes = len(config.sigmoid_k_list)
        print(f"config {number}: N = {config.N_user}, B = {config.B}, channel classes: {classes}")
        print(f"  {'':<34}{'windows/s':>14}{'times reference':>18}")
        slowest = next(iter(rates.values()))
        for name, value in rates.items():
            print(f"  {name:<34}{value:>14,.0f}{value / slowest:>18,.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
