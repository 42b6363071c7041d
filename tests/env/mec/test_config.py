"""Numbered configurations, and what one refuses."""

import pytest

from difsched.env.mec.config import CONFIGURATIONS, MecConfig
from difsched.errors import InputError
from tests.env.mec.presets import phase_two


def test_the_sweeps_of_the_documents_are_numbered() -> None:
    numbers = CONFIGURATIONS.numbers()
    assert numbers == list(range(len(numbers)))
    for name in ("code", "fixed"):
        assert [CONFIGURATIONS.load(f"{name}_n{users}").users for users in range(2, 8)] == [
            *range(2, 8)
        ]
    for clusters in range(4, 11):
        config = CONFIGURATIONS.load(f"scaled_k{clusters}")
        assert (config.users, config.clusters) == (100, clusters)


def test_a_configuration_is_what_it_says_of_itself() -> None:
    for number in CONFIGURATIONS.numbers():
        config = CONFIGURATIONS.load(number)
        assert MecConfig.from_dict(config.to_dict()) == config
    assert CONFIGURATIONS.load("code_n5") == MecConfig()


def test_scaled_has_ten_times_the_published_server_and_band() -> None:
    code, scaled = phase_two("clustered_code"), phase_two("scaled")
    assert scaled.server_ghz == 10 * code.server_ghz
    assert scaled.server_w == 10 * code.server_w
    assert scaled.bandwidth_mhz == 10 * code.bandwidth_mhz
    assert (scaled.weight_qos, scaled.weight_energy) == (2.0, 0.05)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("users", 0, "users = 0: must be a whole number in 1.."),
        ("users", 2.5, "users = 2.5: must be a whole number in 1.."),
        ("clusters", 6, "clusters = 6: must be in 1..5, the users"),
        ("data_mbit", [80.0, 16.0], "data_mbit = [80.0, 16.0]: must be low <= high"),
        ("deadline_s", [0.0, 1.0], "deadline_s = 0.0: must be a number > 0"),
        ("distance_m", [1.0], "distance_m = [1.0]: must be two numbers"),
        ("bandwidth_mhz", 0.0, "bandwidth_mhz = 0.0: must be a number > 0"),
        ("power_w", float("nan"), "power_w = nan: must be a number > 0"),
        ("weight_energy", -1.0, "weight_energy = -1.0: must be a number >= 0"),
        ("least_share", 0.3, "least_share = 0.3: must be a number >= 0 and <= 0.2"),
        ("least_compute", 2.0, "least_compute = 2.0: must be a number >= 0 and <= 1"),
        ("radio", "urban", "radio = 'urban': must be one of inverse_square, urban_micro"),
        ("leftover", 1, "leftover = 1: must be true or false"),
    ],
)
def test_values_out_of_range_are_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        MecConfig().changed({field: value})
    assert message in str(caught.value)
