"""Settings of the whole suite, and what many tests share."""

import numpy as np
import pytest
from hypothesis import settings

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from experiments.runs.packs import unpack

unpack()
settings.register_profile("suite", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("suite")


@pytest.fixture
def config() -> EnvironmentConfig:
    """Return configuration 2: eight users, five channel classes."""
    return ConfigManager().load_env_config(2)


@pytest.fixture
def trace() -> Trace:
    """Return a short trace with every count that can occur, and a biased forecast."""
    packets = np.random.default_rng(5).permutation(np.arange(201))
    return Trace(packets=packets, forecast=0.8 * packets + 10.0)


@pytest.fixture
def generator(trace: Trace) -> TrafficGenerator:
    """Return users on the short trace."""
    return TrafficGenerator(trace)
