"""F14 from a table that nobody measured."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from difsched.baselines.registry import find
from experiments.aggregate.columns import columns_of
from experiments.rendering.tex import seed_count
from experiments.studies.variants import variants
from paper.families.fig14 import DATA, KINDS, LINES, LINK, MEMORY, TOLD, rows_of, split
from tests.paper.conftest import Render

VARIANTS = variants("sequential_map")


def write(folder: Path, names: list[str]) -> None:
    """Write the runs of some variants, three seeds of what learns."""
    rows = []
    for name in names:
        for place, method in enumerate(VARIANTS[name].methods):
            seeds = (0, 1, 2) if find(method, "sequential").training else (0,)
            key = {"variant": name, "method": method, "family": "sequential", "config": 2}
            rows += [
                key | {"seed": seed, "loss": 0.02 + 0.03 * place + 0.01 * seed} for seed in seeds
            ]
    table = pd.DataFrame(rows).reindex(columns=list(columns_of("sequential_map")))
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "sequential_map.csv", index=False)


def test_every_variant_and_method_of_the_study_has_its_place() -> None:
    assert set(VARIANTS) == {"_".join(words) for words in product(MEMORY, LINK, [TOLD, *DATA])}
    drawn = {*LINES, *(name for _, names in KINDS.values() for name in names)}
    assert {name for variant in VARIANTS.values() for name in variant.methods} == drawn


def test_the_three_memories_differ_in_what_they_say_alone() -> None:
    for memory, (link, data) in product(MEMORY, product(LINK, DATA)):
        one = VARIANTS[f"{memory}_{link}_{data}"]
        assert one.environment["retransmit"] == (0 if memory == "none" else 2)
        assert one.environment["channel_information"] == (memory != "hidden")
        assert ("link_curves" in one.environment) == (link == "plateaus")
        assert one.dataset == {"random_share": {"random": 1.0, "mixed": 0.5, "narrow": 0.0}[data]}


@pytest.mark.parametrize("names", [list(VARIANTS), ["waiting_plateaus_narrow"]])
def test_it_is_drawn_of_what_ran_twice_with_the_same_bytes(
    names: list[str], render: Render, tmp_path: Path
) -> None:
    write(tmp_path / "aggregates", names)
    first = render("fig14")
    assert sorted(first) == [f"fig14.{suffix}" for suffix in ("json", "pdf", "png", "tex")]
    assert f"means over {seed_count(3)}" in first["fig14.tex"].decode()
    assert render("fig14") == first


def test_a_profile_without_the_study_gets_a_figure_that_says_so(
    render: Render, tmp_path: Path
) -> None:
    (tmp_path / "aggregates").mkdir()
    assert "runs no configuration" in render("fig14")["fig14.tex"].decode()
    write(tmp_path / "aggregates", [])
    assert "runs nothing of it" in render("fig14")["fig14.tex"].decode()


def test_methods_stand_in_the_order_of_their_kinds() -> None:
    runs = split(
        pd.DataFrame({"variant": ["hidden_logistic_told"] * 2, "method": ["det_set", "bound"]})
    )
    assert rows_of(runs) == ["det_set"]
    assert runs.iloc[0][["memory", "link", "data"]].tolist() == ["hidden", "logistic", "told"]
