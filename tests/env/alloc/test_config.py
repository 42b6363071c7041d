"""Configurations are valid once they exist, and their columns are named in one place."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difsched.env.alloc.columns import assemble, columns, feature_names, own_features, read
from difsched.env.alloc.config import CONFIGURATIONS, MODES, AllocConfig
from difsched.errors import InputError


def test_every_mode_has_a_configuration_of_both_sizes() -> None:
    sizes = {
        (config.mode, config.resources, config.tasks)
        for config in map(CONFIGURATIONS.load, CONFIGURATIONS.numbers())
    }
    assert sizes == {(mode, *size) for mode in MODES for size in ((3, 5), (5, 10))}


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("mode", "market", "must be one of faithful"),
        ("mode", 3, "must be one of"),
        ("information", "perfekt", "did you mean perfect?"),
        ("resources", 0, "in 1..32"),
        ("resources", 3.0, "in 1..32"),
        ("tasks", 0, "in 1..256"),
        ("tasks", True, "in 1..256"),
        ("episode", 0, "in 1..100000"),
        ("wait", -1, "in 0..20"),
        ("supply", (0.0, 1.0), "> 0"),
        ("supply", (1.0, 0.5), "low <= high"),
        ("supply", [0.5], "two numbers"),
        ("supply", (0.5, float("nan")), "a number"),
        ("demand", (0.0, 0.5), "> 0"),
        ("demand", (0.5, 1.5), "<= 1"),
        ("priority", (0.5, "1"), "a number"),
        ("cost", (-0.1, 1.0), "> 0"),
        ("cost_penalty", -0.1, ">= 0 and <= 100"),
        ("cost_penalty", float("nan"), ">= 0 and <= 100"),
        ("violation_penalty", 0.0, "must be a number"),
        ("violation_penalty", -10.0, "must be a number"),
        ("action_noise", -1.0, "must be a number"),
        ("sigma", 3.0, "<= 2"),
        ("load", 0.0, "must be a number"),
        ("costs_visible", 1, "true or false"),
    ],
)
def test_what_is_not_allowed_is_refused_in_a_line(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(InputError) as error:
        replace(CONFIGURATIONS.load("leontief_3x5"), **{field: value})
    line = str(error.value)
    assert line.startswith(f"{field} = ")
    assert allowed in line
    assert "\n" not in line


def test_an_unknown_configuration_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean leontief_3x5"):
        CONFIGURATIONS.load("leontief_3x6")


@pytest.mark.parametrize("mode", MODES)
def test_columns_have_a_place_and_a_name_each(mode: str) -> None:
    config = AllocConfig(mode, resources=2, tasks=4, wait=3)
    places = columns(config).values()
    taken = np.concatenate([np.arange(place.start, place.stop) for place in places])
    names = feature_names(config)
    assert (taken == np.arange(len(names))).all()
    assert len(set(names)) == len(names)
    # What is the same for all tasks stands last.
    common = names[own_features(config) :]
    assert common[:4] == ["supply_0", "supply_1", "cost_0", "cost_1"]
    assert common[4:] == (["progress"] if mode == "faithful" else [])


@pytest.mark.parametrize("mode", MODES)
def test_blocks_are_read_as_they_were_written(mode: str) -> None:
    config = AllocConfig(mode, resources=2, tasks=4)
    blank = np.zeros((3, 4, len(feature_names(config))))
    rng = np.random.default_rng(0)
    blocks = {name: rng.random(read(blank, name, config).shape) for name in columns(config)}
    observation = assemble(config, blocks)
    for name, block in blocks.items():
        assert (read(observation, name, config) == block).all()
