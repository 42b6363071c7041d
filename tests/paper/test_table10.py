"""T10's further tables, of rows that nobody measured."""

import pandas as pd

from paper.families.table10 import RISKS, shifts, tails


def test_tails_are_told_of_each_configuration_that_ran() -> None:
    key = {"config": 2, "cvar_99": -0.1, "goal": 50.0, "episodes": 100}
    none = dict.fromkeys((f"{one}_half_width" for one in RISKS), float("nan"))
    rows = [
        {**key, **none, "method": "drf", "cvar_95": -0.2, "success": 0.9, "amount": None},
        {**key, **none, "method": "dqn", "cvar_95": -0.3, "success": 1.0, "amount": 9500.0},
    ]
    (table,) = tails(pd.DataFrame(rows).astype({"amount": float}), "Source.")
    assert table.label == "table10-risk2" and "leontief 3x5" in table.caption
    assert table.header[-1] == "To score 50"
    assert ["DRF", "$-0.200$", "$-0.100$", "90.0", "--"] in table.body
    assert ["DQN (online)", "$-0.300$", "$-0.100$", "100.0", "9500"] in table.body


def test_scores_under_other_conditions_are_means_over_seeds() -> None:
    rows = [
        {"config": 6, "label": label, "seed": seed, "tested": tested, "score": score + seed}
        for label, seed, tested, score in (
            ("Stochastic LP", 0, None, 69.0),
            ("Stochastic LP", 0, "both", 60.0),
            ("Det-Set", 0, None, 68.0),
            ("Det-Set", 1, None, 68.0),
            ("Det-Set", 0, "both", 61.0),
            ("Det-Set", 1, "both", 61.0),
        )
    ]
    (table,) = shifts(pd.DataFrame(rows), "Source.")
    assert table.header == ["Policy", "as it is", "both"]
    assert table.body[0] == ["Stochastic LP", "69.0", "60.0"]
    assert table.body[1][1].startswith("68.5") and "2" in table.caption
    assert shifts(pd.DataFrame(columns=list(rows[0])), "Source.") == []
