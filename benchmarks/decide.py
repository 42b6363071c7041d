"""Latency of one decision, side by side in one process.

``python -m benchmarks.decide`` prints one table: the median and the 99th percentile of the
milliseconds that a scheduler takes for the grants of one window, by the number of users. Learned
schedulers have their first weights: what they decide is poor, how long it takes is the same. Times
are one core's own, so that other work on the machine stays out of them.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.oracle import SIZES, Size
from difsched.agents.actors.features import Standardizer
from difsched.agents.agent import make_agent
from difsched.agents.outcomes import OutcomeScale
from difsched.agents.policy import OfflinePolicy
from difsched.agents.problem import Problem
from difsched.baselines.slice.heuristics import ProportionalPolicy
from difsched.baselines.slice.mdp import ComposedPolicy, fit_agent
from difsched.baselines.slice.oracle import OraclePolicy
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.environment import training_traffic
from difsched.env.slice.simulator import Simulator
from difsched.evaluation.latency import QUANTILES, WARM_UP, milliseconds
from difsched.family import family_of
from difsched.policy import Policy
from difsched.utils.seeding import seed_sequence
from difsched.utils.terminal import OneLineParser
from experiments.profiles.sweeps import resize

CONFIG = 2
CALLS = 400
LEARNED = ("dql_set", "flow_set", "gaussian_set", "det_search", "det_set")


def observations(env: EnvironmentConfig, windows: int) -> NDArray[Any]:
    """Return what a scheduler sees before each of some windows, (W, N, 4)."""
    seed = seed_sequence(env.randomSeed, "bench", "decide")
    return Simulator(env, training_traffic(env), windows, outcomes="expected", seed=seed).observe()


def untrained(model: str, env: EnvironmentConfig, seen: NDArray[Any]) -> Policy:
    """Return the policy of an agent with its first weights."""
    config: Any = ConfigManager().load_model_config(model)
    share = env.B / env.N_user
    units = {"center": share, "scale": share, "project": config.project}
    problem = Problem.of(env, env.N_user, units, OutcomeScale([0.0], [1.0], 0.0, 1.0))
    weight = family_of(env).weight
    standardizer = Standardizer.fit(torch.as_tensor(seen, dtype=torch.float32), weight)
    generator = torch.Generator().manual_seed(env.randomSeed)
    return OfflinePolicy(make_agent(config, problem, standardizer, generator))


def composed(env: EnvironmentConfig) -> Policy:
    """Return the composed MDP policy of a slice, planned here."""
    planned = ConfigManager().load_agent_config(env.sub_agents_idx[0])
    agent = fit_agent(planned, training_traffic(env).trace.packets)
    return ComposedPolicy([agent] * len(env.user_map), env.user_map, env.B)


def schedulers(env: EnvironmentConfig, seen: NDArray[Any]) -> dict[str, Policy]:
    """Return the schedulers of the table for a slice that they see so, by name."""
    learned = {model: untrained(model, env, seen) for model in LEARNED}
    return learned | {
        "mdp": composed(env),
        "oracle (dp)": OraclePolicy(env.B, "dp"),
        "oracle (dual)": OraclePolicy(env.B, "dual"),
        "proportional": ProportionalPolicy(env.B),
    }


def measure(size: Size, calls: int = CALLS) -> dict[str, list[float]]:
    """Return scheduler -> a time for each of ``QUANTILES``, milliseconds."""
    env = resize(ConfigManager().load_env_config(CONFIG), size.users, size.budget)
    seen = observations(env, WARM_UP + calls)
    return {
        name: np.quantile(milliseconds(policy, seen, calls), list(QUANTILES.values())).tolist()
        for name, policy in schedulers(env, seen).items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = OneLineParser(prog="./run_all.sh bench decide", description=__doc__)
    parser.parse_args(arguments)
    torch.set_num_threads(1)
    print("Milliseconds a decision, by the number of users N")
    print(table({size.users: measure(size) for size in SIZES}))
    return 0


def table(rows: Mapping[int, Mapping[str, Sequence[float]]]) -> str:
    """Return the table of users -> scheduler -> a time for each of ``QUANTILES``."""
    cells = {"": [f"N={users} {name}" for users in rows for name in QUANTILES]}
    for name in next(iter(rows.values())):
        cells[name] = [f"{latency:.3f}" for row in rows.values() for latency in row[name]]
    lines = [f"{name:<16}" + "".join(f"{cell:>12}" for cell in row) for name, row in cells.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
