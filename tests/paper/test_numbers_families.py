"""Numbers of the paper on the further families, from rows that nobody measured."""

from pathlib import Path

import pandas as pd
import pytest

from paper.shared.left_out import family_rows
from paper.shared.macros import NOTHING, Tables
from paper.text.families import families, fresh, mapped, promised, sequential


def summary(**losses: tuple[float, ...]) -> pd.DataFrame:
    """Return a row a method and configuration, from 0 on, with its loss."""
    rows = [
        {
            "method": method,
            "config": config,
            "loss": loss,
            "score": 100 * loss,
            "shortfall": loss / 10,
        }
        for method, every in losses.items()
        for config, loss in enumerate(every)
    ]
    return pd.DataFrame(rows)


def ahead(method: str, against: str, *low: float) -> pd.DataFrame:
    """Return differences of two methods by configuration, with intervals of width .02."""
    rows = [
        {"method": method, "against": against, "config": config, "difference": end + 0.01}
        | {"low": end, "high": end + 0.02}
        for config, end in enumerate(low)
    ]
    return pd.DataFrame(rows)


def cell(variant: str, method: str, *losses: float) -> list[dict[str, object]]:
    """Return runs of the map, one a seed."""
    return [
        {"variant": variant, "method": method, "seed": seed, "loss": loss}
        for seed, loss in enumerate(losses)
    ]


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    runs = [
        *cell("none_logistic_told", "oracle_predicted", 0.2),
        *cell("none_logistic_random", "dql_set", 0.21, 0.23),
        *cell("none_logistic_narrow", "dql_set", 0.3),
        *cell("waiting_logistic_told", "deadline", 0.05),
        *cell("waiting_logistic_told", "predictive", 0.04),
        *cell("waiting_logistic_random", "dql_set", 0.06),
        *cell("waiting_logistic_mixed", "dql_set", 0.07, 0.09),
        *cell("waiting_logistic_narrow", "dql_set", 0.5),
        *cell("hidden_plateaus_narrow", "dql_set", 0.1),
    ]
    sequential_summary = summary(
        bound=(0.01, 0.02),
        plan=(0.012, 0.025),
        deadline=(0.03, 0.04),
        predictive=(0.02, 0.05),
        oracle_predicted=(0.1, 0.1),
        det_set=(0.05, 0.2),
        dql_set=(0.06, 0.3),
    )
    return {
        "sequential_summary": sequential_summary,
        "sequential_pairs": ahead("estimate_then_optimize", "det_set", 0.01, -0.01),
        "sequential_map": pd.DataFrame(runs),
        "sequential_fresh": pd.DataFrame(
            {"variant": "det_fresh", "config": config, "seed": seed, "loss": loss}
            for seed, config, loss in ((0, 0, 0.1), (1, 0, 0.2), (0, 2, 0.05))
        ),
        "promised_summary": summary(
            time_sharing=(0.2, 0.30002),
            floor_bound=(0.2, 0.3),
            det_set=(0.5,),
            dql_set_floor=(0.1,),
        ),
        "alloc_summary": summary(det_set=(0.1, 0.2, 0.98, 0.97)),
        "mec_summary": family_rows(tmp_path, "mec_summary"),  # a profile that leaves it out
        "mlb_summary": family_rows(tmp_path, "mlb_summary"),
    }


def test_sequential_slices_are_told_of_in_lost_packets(tables: Tables) -> None:
    found = sequential(tables)
    assert (found["SeqConfigs"], found["SeqBound"]) == ("two", "1.0 to 2.0")
    assert found["SeqPlanGap"] == "0.20 to 0.50"
    assert found["SeqTold"] == "2.0 to 4.0"  # the better rule of each configuration
    assert found["SeqDetBeats"] == "one of the two configurations"
    assert found["SeqBothWorse"] == "one of the two configurations"


def test_fresh_logs_are_told_of_by_configuration(tables: Tables) -> None:
    found = fresh(tables)
    assert (found["FreshSeeds"], found["FreshDet"]) == ("two", "5.0 to 15.0")
    assert found["FreshOurs"] == NOTHING


def test_the_map_is_read_by_memory_link_and_log(tables: Tables) -> None:
    found = mapped(tables)
    assert found["MapOursGap"] == "2.0"  # a mean over seeds, from the oracle of the same link
    assert found["MapOursNarrow"] == "10.0"
    assert found["MapShownTold"] == "4.0"
    assert found["MapShownOurs"] == "6.0 to 8.0"
    assert found["MapNarrowOurs"] == "10.0 to 50.0"
    assert found["MapHiddenTurns"] == found["MapFitGap"] == NOTHING


def test_floors_are_told_of_in_points(tables: Tables) -> None:
    found = promised(tables)
    assert (found["FloorGap"], found["FloorKept"], found["FloorBroken"]) == ("0.002", "1.0", "5.0")


def test_scores_are_those_of_the_configurations_that_the_text_names(tables: Tables) -> None:
    found = families(tables)
    assert found["AllocKnown"] == "97.0 to 98.0"
    assert found["MecActors"] == NOTHING
