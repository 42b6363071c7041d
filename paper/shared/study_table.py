"""The table of a further family's study: a row a variant, beneath the heading of its group."""

from collections.abc import Callable

import pandas as pd

from difsched.evaluation.statistics import t_interval
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, escape, provenance, seed_count, typeset
from paper.shared.left_out import family_rows
from paper.shared.method_table import cell

INTERVALS = (
    r"Mean over {seeds}; $\pm$: half width of the 95\,\% interval for other seeds on the same "
    r"test windows."
)
ONE_SEED = "One seed, and so no interval."
DIFFERENCE = (
    r" Difference: of the score to that of ``{base}'' in the same group, seed by seed; $\ast$: its "
    r"interval excludes zero."
)


def study_table(
    label: str, study: str, caption: str, name_of: Callable[[int], str], base: str | None = None
) -> list[Table]:
    """Return the table of a study's scores; none without runs.

    Parameters
    ----------
    label : str
        Of the table, such as ``table9-shares``.
    study : str
        Such as ``mlb_shares``.
    caption : str
        Begins the caption.
    name_of : callable
        Number of a configuration -> its name.
    base : str, optional
        Label of the variant that the others of its group are compared with, seed by seed: their
        seeds must have more in common than their number.
    """
    options = arguments()
    rows = family_rows(options.aggregates, study)
    if rows.empty:
        return []
    rows = rows[rows["setting"].isna()]
    configs = sorted(rows["config"].unique())
    columns = ["Reward", "Score", *(["Difference"] if base else [])]
    body: list[list[str]] = []
    for group, members in rows.groupby("group", sort=False):
        body += [[], [typeset(str(group))]] if body else [[typeset(str(group))]]
        own = None if base is None else members[members["label"] == base]
        tested = members["tested"].fillna("")
        for (text, word), part in members.groupby([members["label"], tested], sort=False):
            words = f"{text}, {word} in the test" if word else str(text)
            cells = [
                one
                for config in configs
                for one in _cells(part, None if text == base else own, int(config), len(columns))
            ]
            body.append([typeset(words), *cells])
    seeds = rows["seed"].nunique()
    told = INTERVALS.format(seeds=seed_count(seeds)) if seeds > 1 else ONE_SEED
    told += DIFFERENCE.format(base=base) if base else ""
    names = [escape(name_of(int(config)).replace("_", " ")) for config in configs]
    return [
        Table(
            label,
            f"{caption} {told} {provenance(options, traffic=False)}",
            "l" + "r" * len(columns) * len(configs),
            ["", *(columns * len(configs))],
            body,
            [("", 1), *((name, len(columns)) for name in names)],
        )
    ]


def _cells(part: pd.DataFrame, own: pd.DataFrame | None, config: int, width: int) -> list[str]:
    """Return reward, score and difference of a variant on a configuration, as far as asked."""
    chosen = part[part["config"] == config].set_index("seed")
    if chosen.empty:
        return ["--"] * width
    reward, score = t_interval(-chosen["loss"]), t_interval(chosen["score"])
    cells = [
        cell(reward.mean, reward.half_width, 3),
        cell(score.mean, score.half_width, 1),
    ]
    if own is not None:
        against = own[own["config"] == config].set_index("seed")["score"]
        gain = t_interval((chosen["score"] - against).dropna())
        mark = r"\rlap{$^\ast$}" if gain.excludes_zero else ""
        cells.append(cell(gain.mean, gain.half_width, 1) + mark)
    return cells + ["--"] * (width - len(cells))
