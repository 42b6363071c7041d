"""The fast simulator draws from the law of the reference, which draws every packet of every slot.

Each comparison is a two-sample chi-square test at LEVEL. Sixty cases of three statistics give a
sound simulator a false alarm in fewer than 1 of 500 choices of seeds; the seeds are fixed besides.
"""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env import Simulator
from difsched.env.slice.traffic.generator import Trace, TrafficGenerator
from difsched.utils.seeding import seed_sequence
from tests.env.slice.reference_simulator import ReferenceSimulator

LEVEL = 1e-5
COPIES = 1000
Numbers = NDArray[np.float64]


@st.composite
def slices(draw: st.DrawFn) -> tuple[EnvironmentConfig, list[int], list[int]]:
    """Draw a small slice, its trace and grants within its budget."""
    users, classes = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    length = draw(st.integers(1, 20))
    grants = draw(st.lists(st.integers(0, 15), min_size=users, max_size=users))
    config = replace(
        ConfigManager().load_env_config(),
        N_user=users,
        B=max(1, sum(grants)),
        LEN_window=length,
        sub_agents_idx=[0],
        user_map=[list(range(users))],
        sigmoid_k_list=draw(st.lists(st.floats(0.05, 2), min_size=classes, max_size=classes)),
        sigmoid_s_list=draw(st.lists(st.floats(0, 15), min_size=classes, max_size=classes)),
        channel_stay=draw(st.sampled_from([0.0, 0.5, 0.9])),
        retransmit=draw(st.integers(0, 3)),
    )
    return config, draw(st.lists(st.integers(0, length), min_size=1, max_size=6)), grants


def referenced(
    config: EnvironmentConfig, trace: list[int], grants: list[int], windows: int, seed: int
) -> Numbers:
    """Return three statistics of the last window in COPIES reference slices, (3, COPIES)."""
    rng = random.Random(seed)
    rows = []
    for _ in range(COPIES):
        slice_ = ReferenceSimulator(config, trace, rng)
        for _ in range(windows):
            _, delivered, lost, queue, reward = slice_.step(grants)
        rows.append([delivered[0] - lost[0], sum(map(len, queue)), reward])
    return np.array(rows, dtype=float).T


def sampled(
    config: EnvironmentConfig, trace: list[int], grants: list[int], windows: int, seed: int
) -> Numbers:
    """Return the same statistics of the fast simulator's copies."""
    traffic = TrafficGenerator(Trace(np.array(trace), np.array(trace, float)))
    simulator = Simulator(
        config, traffic, COPIES, outcomes="sampled", seed=seed_sequence(seed, "distribution")
    )
    for _ in range(windows):
        step = simulator.step(np.tile(grants, (COPIES, 1)))
    return np.array([step.delivered[:, 0] - step.lost[:, 0], step.pending.sum(axis=1), step.reward])


def p_value(a: Numbers, b: Numbers) -> float:
    """Return the two-sample chi-square test's p-value, in bins of an eighth of the sample."""
    values, counts = np.unique(np.round(np.concatenate([a, b]), 9), return_counts=True)
    edges, held, least = [-np.inf], 0, counts.sum() / 8
    for value, count in zip(values, counts, strict=True):
        held += count
        if held >= least:
            edges, held = [*edges, value + 1e-6], 0
    edges[-1] = np.inf  # what is left over joins the last bin
    if len(edges) < 3:
        return 1.0
    table = [np.histogram(sample, np.array(edges))[0] for sample in (a, b)]
    return float(chi2_contingency(table, correction=False).pvalue)


@given(slices(), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_sampled_simulator_has_the_law_of_the_reference(
    case: tuple[EnvironmentConfig, list[int], list[int]], windows: int, seed: int
) -> None:
    for a, b in zip(referenced(*case, windows, seed), sampled(*case, windows, seed), strict=True):
        assert p_value(a, b) > LEVEL


def test_the_comparison_finds_a_wrong_link_and_a_wrong_queue(config: EnvironmentConfig) -> None:
    small = replace(config, N_user=1, user_map=[[0]], sub_agents_idx=[0], LEN_window=20)
    small = replace(small, sigmoid_k_list=[0.3], sigmoid_s_list=[10.0], retransmit=1)
    trace, grants = [20, 15], [11]
    right = referenced(small, trace, grants, 2, 0)
    for wrong in (replace(small, sigmoid_s_list=[11.5]), replace(small, retransmit=2)):
        found = [
            p_value(*pair) for pair in zip(right, sampled(wrong, trace, grants, 2, 0), strict=True)
        ]
        assert min(found) < LEVEL


@pytest.mark.parametrize("retransmit", [0, 2])
@pytest.mark.parametrize("grant", [0, 5, 10, 14, 30])
def test_the_closed_form_is_the_mean_of_a_million_packets(retransmit: int, grant: int) -> None:
    copies, packets = 10_000, 100
    config = replace(
        ConfigManager().load_env_config(0),
        N_user=1,
        user_map=[[0]],
        sub_agents_idx=[0],
        retransmit=retransmit,
    )
    # One channel class and one count: every copy meets the same windows.
    traffic = TrafficGenerator(Trace(np.full(3, packets), np.full(3, float(packets))))
    exact, drawn = (
        Simulator(config, traffic, n, outcomes=outcomes, seed=seed_sequence(7, grant, retransmit))
        for n, outcomes in ((1, "expected"), (copies, "sampled"))
    )
    for _ in range(retransmit + 1):
        mean, step = exact.step(np.array([[grant]])), drawn.step(np.full((copies, 1), grant))
    # Packets of age j = 0..D are of independent windows; each is there with probability q^j.
    failure = 1 / (1 + math.exp(0.3 * (grant - 10)))
    ages = failure ** np.arange(retransmit + 2)
    for name, chances in (
        ("delivered", ages[:-1] * (1 - failure)),
        ("lost", ages[-1:]),
        ("pending", ages[1:-1]),
    ):
        expected = getattr(mean, name).item()
        assert expected == pytest.approx(packets * chances.sum())
        error = math.sqrt(packets * (chances * (1 - chances)).sum() / copies)
        assert abs(getattr(step, name).mean() - expected) <= 4 * error
