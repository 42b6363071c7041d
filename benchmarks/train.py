"""Speed of offline training, beside this machine's peak, side by side in one process.

``python -m benchmarks.train`` prints one table: gradient steps a second of one core, the
floating-point operations of a step (products of matrices alone, counted as they run), their rate as
a share of the peak, and how many times faster a step is than the published code's. The peak is the
rate of a product of two large single-precision matrices in the same process, taken in turn with the
steps, and times are the processor's: both keep other work on the machine out of the figures.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.random_data import collect_random
from difsched.training.offline import Training
from difsched.utils.terminal import OneLineParser
from difsched.utils.timing import least_seconds

#: Configurations, of 8 and of 20 users.
CONFIGS = (0, 1)
#: Milliseconds of a step of the published Diffusion-QL (Wang et al. 2023: MLP of 256 x 3, T = 5,
#: batches of 256) with 8 users, on one core of 93 GFLOP/s.
PUBLISHED, PUBLISHED_USERS = 61.0, 8
PUBLISHED_SIZES = {"hidden": 256, "layers": 3, "diffusion_steps": 5}
PUBLISHED_BATCH = 256
SIDE = 1024
#: Turns of a case, and steps in each: the first ones of a turn find the processor's cache cold.
TURNS = 20
COLUMNS = ("hidden", "batch", "ms/step", "steps/s", "MFLOP", "GFLOP/s", "peak", "share", "faster")


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes
    ----------
    name : str
        What it is called.
    model : str
        Model configuration.
    published : bool
        Whether with the published code's sizes instead of the configuration's own.
    """

    name: str
    model: str
    published: bool = False


CASES = (
    Case("dql, published sizes", "dql_default", published=True),
    Case("dql", "dql_default"),
    Case("dql_set", "dql_set"),
    Case("det_set", "det_set"),
)


@dataclass(frozen=True)
class Speed:
    """What was measured of one case.

    Attributes
    ----------
    users, hidden, batch : int
        Users, width of a hidden layer, windows in a minibatch.
    seconds : float
        Of the processor, a gradient step.
    flops : int
        Floating-point operations of a step.
    peak : float
        Floating-point operations a second of a large product of matrices.
    """

    users: int
    hidden: int
    batch: int
    seconds: float
    flops: int
    peak: float

    def cells(self) -> list[str]:
        """Return a text for each of ``COLUMNS``."""
        rate = self.flops / self.seconds
        known = self.users == PUBLISHED_USERS
        return [
            f"{self.hidden}",
            f"{self.batch}",
            f"{1e3 * self.seconds:.2f}",
            f"{1 / self.seconds:.0f}",
            f"{self.flops / 1e6:.0f}",
            f"{rate / 1e9:.1f}",
            f"{self.peak / 1e9:.1f}",
            f"{rate / self.peak:.0%}",
            f"{PUBLISHED / self.seconds / 1e3:.1f} x" if known else "",
        ]


def training(case: Case, env: EnvironmentConfig, data: OfflineDataset) -> Training:
    """Return a training that stands at its start."""
    manager = ConfigManager()
    settings: Any = manager.load_training_config("offline")
    model: Any = manager.load_model_config(case.model)
    if case.published:
        model = replace(model, **PUBLISHED_SIZES)
        settings = replace(settings, batch_users=PUBLISHED_BATCH * env.N_user)
    return Training(env, settings, data, model)


def count_flops(call: Callable[[], object]) -> int:
    """Return the floating-point operations of a call: 2 m n k for each product of matrices."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())


def measure(case: Case, env: EnvironmentConfig, data: OfflineDataset, turns: int = TURNS) -> Speed:
    """Return the speed of a case."""
    job = training(case, env, data)
    left, right = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    flops = count_flops(lambda: job.update(1))
    step, product = least_seconds([lambda: job.update(2), lambda: torch.mm(left, right)], turns)
    batch = job.training.batch_windows(env.N_user)
    peak = 2 * SIDE**3 / product
    return Speed(env.N_user, job.agent.config.hidden, batch, step, flops, peak)


def line(name: str, cells: Sequence[str]) -> str:
    """Return one line of the table."""
    return f"  {name:<22}" + "".join(f"{cell:>10}" for cell in cells)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = OneLineParser(prog="./run_all.sh bench train", description=__doc__)
    parser.parse_args(arguments)
    torch.set_num_threads(1)
    manager = ConfigManager()
    settings: Any = manager.load_training_config("offline")
    print(f"faster: than {PUBLISHED:.0f} ms, a step of the published code with 8 users")
    for number in CONFIGS:
        env = manager.load_env_config(number)
        data = collect_random(env, settings.n_windows)
        print(line(f"N = {env.N_user}", COLUMNS))
        for case in CASES:
            print(line(case.name, measure(case, env, data).cells()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
