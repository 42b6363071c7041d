"""From physical conditions to a link curve: limits, monotony, and curves that are found again."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from difsched.config import ConfigManager
from difsched.env.slice.link.calibration import (
    LinkConditions,
    calibrate,
    fit_link,
    load_conditions,
    physical_success,
    required_sinr_db,
)
from difsched.errors import InputError

conditions = st.builds(
    LinkConditions,
    packet_bits=st.integers(64, 6000),
    mean_sinr_db=st.floats(-10, 25),
    spread_db=st.floats(0.5, 12),
)
GRANTS = np.arange(101)


@given(st.floats(0.05, 2), st.floats(5, 60))
def test_a_logistic_curve_is_found_again(slope: float, midpoint: float) -> None:
    curve = expit(slope * (GRANTS - midpoint))
    if curve[0] >= 0.5:
        return
    fit = fit_link(curve)
    assert fit.slope == pytest.approx(slope, rel=1e-4)
    assert fit.midpoint == pytest.approx(midpoint, rel=1e-4)
    assert fit.rms_error < 1e-6


def test_a_disturbed_logistic_curve_is_found_closely() -> None:
    curve = expit(0.3 * (GRANTS - 10)) + 0.01 * np.sin(GRANTS)
    fit = fit_link(curve)
    assert fit.slope == pytest.approx(0.3, abs=0.01)
    assert fit.midpoint == pytest.approx(10, abs=0.1)
    assert fit.rms_error == pytest.approx(0.01 / math.sqrt(2), rel=0.1)


@given(conditions)
def test_success_rises_with_the_grant_from_nothing_to_certainty(link: LinkConditions) -> None:
    curve = physical_success(link, GRANTS)
    assert curve[0] == 0
    assert (np.diff(curve) >= 0).all()
    assert physical_success(link, 1e12) == pytest.approx(1)


@given(conditions, st.floats(0.1, 10))
def test_success_rises_with_the_sinr_and_falls_with_the_packet(
    link: LinkConditions, more: float
) -> None:
    plain = physical_success(link, GRANTS)
    better = LinkConditions(link.packet_bits, link.mean_sinr_db + more, link.spread_db)
    longer = LinkConditions(2 * link.packet_bits, link.mean_sinr_db, link.spread_db)
    assert (physical_success(better, GRANTS) >= plain).all()
    assert (physical_success(longer, GRANTS) <= plain).all()


@given(conditions)
def test_half_get_through_where_the_mean_sinr_just_suffices(link: LinkConditions) -> None:
    efficiency = math.log2(1 + 10 ** (link.mean_sinr_db / 10))
    grant = link.packet_bits / (180 * efficiency)
    assert required_sinr_db(link, grant) == pytest.approx(link.mean_sinr_db, abs=1e-6)
    assert physical_success(link, grant) == pytest.approx(0.5)


@given(conditions)
def test_the_curve_is_the_share_of_drawn_sinrs_that_suffice(link: LinkConditions) -> None:
    rng = np.random.default_rng(0)
    sinr = 10 ** ((link.mean_sinr_db + link.spread_db * rng.standard_normal(20_000)) / 10)
    for grant in (1, 5, 20, 80):
        share = np.mean(grant * 180e3 * 1e-3 * np.log2(1 + sinr) >= link.packet_bits)
        assert share == pytest.approx(float(physical_success(link, grant)), abs=0.015)


def test_a_better_sinr_needs_fewer_rbs_and_a_wider_spread_is_flatter() -> None:
    fits = [calibrate(LinkConditions(704, mean, 3.0)) for mean in (-6, -3, 0, 3)]
    assert all(a.midpoint > b.midpoint for a, b in pairwise(fits))
    fits = [calibrate(LinkConditions(704, -4.0, spread)) for spread in (1, 2, 4, 8)]
    assert all(a.slope > b.slope for a, b in pairwise(fits))


def test_without_spread_the_link_is_a_step() -> None:
    link = LinkConditions(704, -4.6, 0.01)
    fit = calibrate(link)
    needed = 704 / (180 * math.log2(1 + 10**-0.46))
    assert fit.slope > 5
    assert math.floor(needed) <= fit.midpoint <= math.ceil(needed)


def test_the_packaged_conditions_are_the_classes_of_the_paper() -> None:
    config = ConfigManager().load_env_config(2)
    links = sorted(load_conditions().values(), key=lambda link: link.spread_db, reverse=True)
    fits = [calibrate(link, config.B) for link in links]
    assert [fit.slope for fit in fits] == pytest.approx(config.sigmoid_k_list, abs=0.01)
    assert [fit.midpoint for fit in fits] == pytest.approx(config.sigmoid_s_list, abs=0.1)
    assert max(fit.rms_error for fit in fits) < 0.08


def test_conditions_under_which_the_budget_does_not_suffice_are_refused() -> None:
    with pytest.raises(InputError, match=r"must reach 0.5"):
        calibrate(LinkConditions(100_000, 0.0, 3.0))
    with pytest.raises(InputError, match=r"must reach 0.5"):
        fit_link(np.full(10, 0.9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("packet_bits: 1\n", "conditions is missing"),
        (
            "packet_bits: 1\nconditions: {a: {mean_sinr_db: 0, spread_db: 0}}\n",
            "spread_db = 0: must be a number > 0",
        ),
        ("conditions: {a: {mean_sinr_db: 0, spread_db: 1}}\n", "packet_bits is missing"),
        ("packet_bits: 1\nconditions: {a: 3}\n", "x.yaml: "),
    ],
)
def test_bad_conditions_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_conditions(path)
