"""Parameter sets and what a configuration refuses."""

from dataclasses import replace

import pytest

from difsched.env.mec.config import PHASE_ONE, PHASE_TWO, MecConfig, phase_one, phase_two
from difsched.errors import InputError


def test_every_published_size_is_valid() -> None:
    for name in PHASE_ONE:
        assert [phase_one(name, users).users for users in range(2, 8)] == list(range(2, 8))
    for name in PHASE_TWO:
        assert [phase_two(name, k).clusters for k in range(4, 11)] == list(range(4, 11))


def test_scaled_has_ten_times_the_published_server_and_band() -> None:
    code, scaled = phase_two("code"), phase_two("scaled")
    assert scaled.server_ghz == 10 * code.server_ghz
    assert scaled.server_w == 10 * code.server_w
    assert scaled.bandwidth_mhz == 10 * code.bandwidth_mhz
    assert (scaled.weight_qos, scaled.weight_energy) == (2.0, 0.05)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("users", 0, "users = 0: must be a whole number >= 1"),
        ("users", 2.5, "users = 2.5: must be a whole number >= 1"),
        ("clusters", 6, "clusters = 6: must be a whole number in 1..5 (the number of users)"),
        ("data_mbit", (80.0, 16.0), "data_mbit = (80.0, 16.0): must be two numbers (low, high)"),
        ("deadline_s", (0.0, 1.0), "deadline_s = (0.0, 1.0): must be two numbers (low, high) > 0"),
        ("bandwidth_mhz", 0.0, "bandwidth_mhz = 0.0: must be a number > 0"),
        ("power_w", float("nan"), "power_w = nan: must be a number > 0"),
        ("weight_energy", -1.0, "weight_energy = -1.0: must be a number >= 0"),
        ("least_share", 0.3, "least_share = 0.3: must be a number in [0, 1/users]"),
        ("least_compute", 2.0, "least_compute = 2.0: must be a number in [0, 1/clusters]"),
        ("radio", "urban", "radio = 'urban': must be one of inverse_square, urban_micro"),
        ("leftover", 1, "leftover = 1: must be true or false"),
    ],
)
def test_values_out_of_range_are_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(MecConfig(), **{field: value})
    assert message in str(caught.value)


def test_an_unknown_parameter_set_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match=r"parameter set = 'cod': must be one of code"):
        phase_one("cod")
