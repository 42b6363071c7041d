"""The oracle on the eight configurations' own test windows."""

import numpy as np
import pytest

from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.config import ConfigManager
from difsched.env.slice.traffic.generator import load_traffic
from experiments.stages.sweep import observe

WINDOWS = 400


@pytest.mark.parametrize("index", range(8))
def test_bound_optimum_and_feasible_point_are_in_order_and_close(index: int) -> None:
    config = ConfigManager().load_env_config(index)
    test = load_traffic(config.dataflow).test
    seen = observe(config, test, WINDOWS)["perfect"]
    demand, _, slope, midpoint = np.moveaxis(seen.reshape(-1, *seen.shape[2:]), -1, 0)
    assert demand.shape == (WINDOWS, config.N_user)
    exact, dual = (
        maximize_sigmoids(demand, slope, midpoint, config.B, method) for method in ("dp", "dual")
    )
    slack = 1e-9 * (1 + exact.value)
    assert (dual.upper_bound >= exact.value - slack).all()
    assert (dual.value <= exact.value + slack).all()
    missed = 1 - dual.value / exact.value
    assert missed.mean() < 1e-3 and missed.max() < 1e-2
    assert ((dual.upper_bound - dual.value) / demand.sum(axis=1)).mean() < 2e-3
