"""A profile of one configuration, three methods and one seed renders every table and figure."""

import re
from pathlib import Path

import pandas as pd
import pytest

from experiments.aggregate.columns import columns_of
from experiments.paths import REFERENCE
from experiments.products import PRODUCTS, TABLES, family_of_table
from experiments.studies import STUDIES
from tests.paper.conftest import Draw

METHODS = ("equal", "oracle", "bc")
#: What a sweep has besides its methods.
BESIDES = ("optimum_lower", "optimum_upper", "dp", "dual")
#: What is of studies, and what compares with configurations that are not there.
EMPTY = {*STUDIES, "transfer", "overall"}
RENDERED = [
    name
    for name, product in PRODUCTS.items()
    if product.reads and not product.shows_products and not product.shows_traffic
]


def rows_of(table: str) -> pd.DataFrame:
    """Return what such a profile leaves in a table of the slice."""
    if table in EMPTY:
        return pd.DataFrame(columns=columns_of(table))
    rows = pd.read_csv(REFERENCE / "aggregates" / f"{table}.csv")
    for column, kept in (("config", [rows.get("config", pd.Series([0])).min()]), ("seed", [0])):
        rows = rows[rows[column].isin(kept)] if column in rows else rows
    return rows[rows["method"].isin((*METHODS, *BESIDES))] if "method" in rows else rows


@pytest.mark.parametrize("name", RENDERED)
def test_it_is_rendered_without_a_number_that_is_not_known(
    name: str, tmp_path: Path, draw: Draw
) -> None:
    (tmp_path / "aggregates").mkdir()
    for table in TABLES:
        if family_of_table(table) == "slice":
            rows_of(table).to_csv(tmp_path / "aggregates" / f"{table}.csv", index=False)
    profile = {
        "configs": [0],
        "groups": {method: [method] for method in METHODS},
        "seeds": {method: [0] for method in METHODS},
    }
    drawn = draw(name, profile)
    assert drawn
    for file, content in drawn.items():
        if file.endswith(".tex"):
            assert not re.search(rb"\bnan\b", content)
