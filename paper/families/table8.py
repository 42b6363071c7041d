"""T8: edge computing, methods x configurations, and what critics have to choose from."""

from collections.abc import Sequence

import pandas as pd

from difsched.env.mec.config import CONFIGURATIONS
from difsched.evaluation.statistics import t_interval
from experiments.products import ONE_SAMPLE, PROPOSED
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, escape, provenance, seed_count
from paper.shared.family_tables import write
from paper.shared.left_out import family_rows
from paper.shared.method_table import cell

FAMILY, STUDY = "mec", "mec_proposals"
CAPTION = (
    r"Edge computing: normalised score of the same weights with other proposals, of which the "
    r"critic takes the best: one sample of the actor, 32, or three rounds of local search from the "
    r"best of these, each among {copies} copies with noise, or with some UEs left out. A "
    r"deterministic actor has one sample. Mean over {seeds}; $\pm$: half width of the 95\,\% "
    r"interval for other seeds on the same data and test windows."
)


def rows_of(table: pd.DataFrame, configs: Sequence[int]) -> list[list[str]]:
    """Return a row an actor: its scores on each configuration, one for each of ``PROPOSED``."""
    return [
        [escape(label), *(_cell(rows, config, word) for config in configs for word in PROPOSED)]
        for label, rows in table.groupby("label", sort=False)
    ]


def _cell(rows: pd.DataFrame, config: int, word: str) -> str:
    """Return the score of an actor's runs on a configuration with what is proposed."""
    setting = PROPOSED[word]
    if (rows["method"] == ONE_SAMPLE).all() and word in ("1 sample", "32 samples"):
        if setting is None:
            return "--"
        setting = None
    field, value = setting or (None, None)
    asked = rows["setting"].isna() if field is None else rows["setting"] == field
    chosen = rows[asked & (rows["config"] == config)]
    if value is not None:
        chosen = chosen[chosen["setting_value"] == value]
    scores = chosen["score"].dropna().to_numpy(float)
    if not len(scores):
        return "--"
    interval = t_interval(scores)
    return cell(interval.mean, interval.half_width, 1)


def proposals() -> list[Table]:
    """Return the table of the study, of the configurations on which it ran; none without runs."""
    options = arguments()
    table = family_rows(options.aggregates, STUDY)
    if table.empty:
        return []
    configs = sorted(table["config"].unique())
    names = [escape(CONFIGURATIONS.name_of(config).replace("_", " ")) for config in configs]
    seeds = seed_count(table["seed"].nunique())
    source = provenance(options, traffic=False)
    return [
        Table(
            "table8-proposals",
            f"{CAPTION.format(copies=32, seeds=seeds)} {source}",
            "l" + "r" * len(PROPOSED) * len(configs),
            ["Actor", *(list(PROPOSED) * len(configs))],
            rows_of(table, configs),
            [("", 1), *((name, len(PROPOSED)) for name in names)],
        )
    ]


def main() -> None:
    """Write ``paper/tables/table8.tex``."""
    write("table8", "Edge computing", FAMILY, CONFIGURATIONS.numbers(), more=proposals())


if __name__ == "__main__":
    main()
