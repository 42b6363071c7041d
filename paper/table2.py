"""T2: the main result, methods x configurations."""

import pandas as pd

from difsched.baselines.registry import METHODS
from difsched.family import EPISODE_WINDOWS
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import (
    Table,
    escape,
    profile_of,
    provenance,
    write_tables,
)
from paper.shared.method_table import (
    MARKS,
    ONE_SEED,
    best_of,
    body,
    dashes,
    left_out,
    planned,
)
from paper.shared.seeds import seeds_told
from paper.shared.theirs import theirs

#: Methods that the report shows alone: the paper's text names them, or does without.
FURTHER = (
    *("random", "best_constant", "proportional", "mdp", "sac_set", "estimate_isotonic"),
    *("gaussian_bc", "dql_published", "shortcut_set", "ips", "dql_set_support", "oracle_bayes"),
)
CAPTION = (
    r"Main result: packet loss in \% on the common test windows. Methods that are trained by "
    r"gradient: mean over {seeds} of the last checkpoint. The others have one run each: no chance "
    r"is in what they fit or decide, but for the draws of Random. $\pm$: half width of the 95\,\% "
    r"interval for other seeds and other test windows ({episodes} episodes of {windows}), where it "
    r"does not round to 0. {marks}{missing}"
)
SCORE = (
    r"Normalised score of the runs of Table~\ref{{tab:table2}}: 0 for the equal split and 100 for "
    r"the oracle that takes what the method is shown, forecast or truth, for the truth. Intervals "
    r"and marks as there.{missing}"
)
UNSCORED = (
    "no score, where packets wait, for which the oracle is no bound, or the equal split loses no "
    "more than the oracle"
)


def main() -> None:
    """Write ``paper/tables/table2.tex``."""
    options = arguments()
    key = ["method", "config"]
    runs = pd.read_csv(options.aggregates / "main.csv")
    summary = pd.read_csv(options.aggregates / "summary.csv").set_index(key)
    pairs = pd.read_csv(options.aggregates / "pairs.csv")
    configs = sorted(runs["config"].unique())
    profile = profile_of(options.workspace)
    runs_of, scored = planned(profile), profile.every_method()
    names = [name for name in METHODS if name in scored]
    every = pd.MultiIndex.from_product([names, configs], names=key)
    results = summary.reindex(every).join(runs.groupby(key)["not_served"].first())
    best = best_of(results["loss"].unstack("method"), pairs, METHODS)
    reasons = ", ".join(sorted(set(results["not_served"].dropna())))
    missing = f" n/a: {escape(reasons)}." if reasons else ""
    caption = CAPTION.format(
        seeds=seeds_told(runs.groupby("method")["seed"].nunique(), METHODS),
        episodes=int(results["episodes"].max()),
        windows=EPISODE_WINDOWS,
        marks=MARKS if any(best.values()) else ONE_SEED,
        missing=missing,
    )
    columns, header = "l" + "r" * len(configs), ["Config", *map(str, configs)]
    source = provenance(options)
    loss, score = (
        body(METHODS, results, column, scale, best, runs_of)
        + theirs(options, "slice", results["loss"], configs, column, scale)
        for column, scale in (("loss", 100), ("score", 1))
    )
    further = [escape(METHODS[name].label) for name in FURTHER]
    # Of what the paper's text shows all is run everywhere.
    aside = dashes(left_out(every, runs_of))
    second = SCORE.format(missing=missing)
    if (results["loss"].notna() & results["score"].isna()).any():
        second += dashes([UNSCORED])
    parts = [("table2", caption, loss), ("table2-score", second, score)]
    tables = [
        Table(label, f"{text} {source}{aside}", columns, header, rows, (), further, aside)
        for label, text, rows in parts
    ]
    write_tables("table2", tables)


if __name__ == "__main__":
    main()
