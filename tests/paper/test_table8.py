"""What critics have to choose from, as a table of rows that nobody measured."""

import pandas as pd

from paper.families.table8 import PROPOSED, rows_of

LABELS = {"det_set": "Deterministic", "dql_set": "Diffusion"}


def study() -> pd.DataFrame:
    """Return rows of two actors, two seeds and one configuration: settings are 10 points apart."""
    rows = []
    for method, label in LABELS.items():
        for seed in (0, 1):
            key = {"method": method, "label": label, "config": 3, "seed": seed}
            settings = [(None, None, 70.0), ("perturbed", 32, 80.0), ("masked", 32, 90.0)]
            if method == "dql_set":
                settings.append(("candidates", 1, 60.0))
            rows += [
                key | {"setting": setting, "setting_value": value, "score": score + seed}
                for setting, value, score in settings
            ]
    return pd.DataFrame(rows)


def test_an_actor_has_a_row_and_a_deterministic_one_no_more_than_one_sample() -> None:
    rows = rows_of(study(), [3])
    assert list(PROPOSED) == [
        *("1 sample", "32 samples", "noise", "left out"),
    ]
    plain, diffusion = ([text.split(r"\,")[0] for text in row] for row in rows)
    assert plain == ["Deterministic", "70.5", "--", "80.5", "90.5"]
    assert diffusion == ["Diffusion", "60.5", "70.5", "80.5", "90.5"]


def test_what_did_not_run_is_a_dash() -> None:
    rows = rows_of(study()[lambda table: table["method"] == "dql_set"], [3, 9])
    assert rows[0][5:] == ["--"] * 4
