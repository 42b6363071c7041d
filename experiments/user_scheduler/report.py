"""What the evaluation of a scheduler from outside leaves: a table, CSV files and a figure.

============  =====================================================================================
results.csv   one row a configuration: columns of ``summary.csv``, and what made it invalid
pairs.csv     one row a configuration and other method: columns of ``pairs.csv``
episodes.csv  one row a configuration, seed and test episode: its loss
setting.json  what ran: sources, slices, windows; by `experiments.user_scheduler.place`
score.pdf     scores beside the reference's, and ``score.png``
============  =====================================================================================
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from difsched.baselines.method import Method
from difsched.baselines.registry import METHODS
from difsched.config import EnvironmentConfig
from difsched.evaluation.crossed import paired_interval
from difsched.utils.files import atomic
from difsched.utils.terminal import aligned
from experiments.aggregate.columns import COLUMNS
from experiments.aggregate.intervals import LEVEL, OURS, summary
from experiments.aggregate.results import BEST, Rows, Trial, Trials
from experiments.paths import shown
from experiments.user_scheduler.figure import draw

#: Methods of which the printed table has a column.
AGAINST = (OURS, BEST["predicted"])
NONE = "-"
OWN_COLUMNS = {
    "results": (*COLUMNS["summary"], "invalid", "not_compared"),
    "pairs": COLUMNS["pairs"],
    "episodes": ("family", "config", "seed", "episode", "loss"),
}


@dataclass
class Cell:
    """What became of a scheduler on one configuration.

    Attributes
    ----------
    config, users : int or str, int
        Number of the configuration, or name of its file, and number of its users.
    own, others : list of dict
        Results of the scheduler, one a seed, and of what it is compared with.
    invalid, refused : str or None
        The rule that it broke, and why it is not compared with the reference, if so.
    """

    config: int | str
    users: int
    own: Rows = field(default_factory=list)
    others: Rows = field(default_factory=list)
    invalid: str | None = None
    refused: str | None = None


def report(method: Method, cells: list[Cell], n_windows: int, folder: Path) -> str:
    """Write the files and return the table with what belongs to it."""
    trials = Trials([row for cell in cells for row in [*cell.others, *cell.own]])
    rows = summary(trials)
    results = {row["config"]: row for row in rows if row["method"] == method.name}
    pairs = [
        compare(own, other)
        for config in trials.configs
        for own in trials.on(config)
        for other in trials.on(config)
        if own.method == method.name != other.method
    ]
    reasons = {"invalid": "invalid", "refused": "not_compared"}
    tables: dict[str, Rows] = {
        "results": [
            {"method": method.name, "family": EnvironmentConfig.family, "config": cell.config}
            | results.get(cell.config, {})
            | {column: getattr(cell, name) for name, column in reasons.items()}
            for cell in cells
        ],
        "pairs": pairs,
        "episodes": [
            {name: row[name] for name in ("family", "config", "seed")}
            | {"episode": episode, "loss": loss}
            for cell in cells
            for row in cell.own
            for episode, loss in enumerate(row["loss_by_episode"])
        ],
    }
    for name, content in tables.items():
        with atomic(folder / f"{name}.csv") as path:
            frame = pd.DataFrame(content, columns=OWN_COLUMNS[name], dtype=object)
            frame.to_csv(path, index=False, lineterminator="\n")
    draw(rows, method.name, folder)
    parts = [table(cells, results, pairs)]
    if len(cells) == 1 and pairs:
        parts.append(beside(rows, pairs))
    whys = unscored(trials, method.name)
    parts.append("\n".join([remarks(n_windows), *whys, listing(folder)]))
    return "\n" + "\n\n".join(parts)


def compare(own: Trial, other: Trial) -> dict[str, Any]:
    """Return the row of ``pairs.csv`` for the loss of one method minus that of another."""
    losses = own.by_episode(), other.by_episode()
    interval = paired_interval(*losses, LEVEL)
    half_width = own.known * other.known * interval.half_width
    ends = interval.mean - half_width, interval.mean + half_width
    names = (own.method, other.method, own.family, own.config)
    row = (*names, interval.mean, *ends, own.seeds, other.seeds, losses[0].shape[1])
    return dict(zip(COLUMNS["pairs"], row, strict=True))


def table(cells: list[Cell], results: dict[int | str, dict[str, Any]], pairs: Rows) -> str:
    """Return the printed table, one row a configuration."""
    difference = {(row["config"], row["against"]): row for row in pairs}
    known = [name for name in AGAINST if any(against == name for _, against in difference)]
    lines = [["config", "users", "loss %", "score", *(f"minus {name}" for name in known)]]
    for cell in cells:
        row = results.get(cell.config)
        if row is None:
            lines.append([str(cell.config), str(cell.users), f"invalid: {cell.invalid}"])
            continue
        against = [_ends(difference.get((cell.config, name))) for name in known]
        figures = [_figure(row, "loss", 100, 2), _figure(row, "score", 1, 1)]
        lines.append([str(cell.config), str(cell.users), *figures, *against])
    return aligned(lines)


def beside(rows: Rows, pairs: Rows) -> str:
    """Return the printed table of one slice: what the scheduler is compared with, row by row."""
    difference = {pair["against"]: pair for pair in pairs}
    lines = [["beside", "loss %", "score", "own loss minus it"]]
    for row in rows:
        if (pair := difference.get(row["method"])) is not None:
            figures = [_figure(row, "loss", 100, 2), _figure(row, "score", 1, 1)]
            lines.append([METHODS[row["method"]].label, *figures, _ends(pair)])
    return aligned(lines)


def _figure(row: dict[str, Any], name: str, scale: float, digits: int) -> str:
    value, half_width = row[name], row[f"{name}_half_width"]
    if value is None:
        return NONE
    text = f"{scale * value:.{digits}f}"
    return text if pd.isna(half_width) else f"{text} ± {scale * half_width:.{digits}f}"


def _ends(row: dict[str, Any] | None) -> str:
    if row is None:
        return NONE
    figures = (f"{100 * row[key]:+.2f}" for key in ("difference", "low", "high"))
    difference, low, high = (text.replace("-0.00", "+0.00") for text in figures)
    return difference if pd.isna(row["low"]) else f"{difference} [{low}, {high}]"


def unscored(trials: Trials, name: str) -> list[str]:
    """Return a line for each configuration on which a method has no score: why."""
    found = [trial for config in trials.configs for trial in trials.on(config)]
    whys = {trial.config: trials.unscored(trial) for trial in found if trial.method == name}
    return [f"config {config} has no score: {why}." for config, why in whys.items() if why]


def remarks(n_windows: int) -> str:
    """Return what the columns are."""
    return (
        f"loss: mean packet loss on {n_windows} common test windows. score: 0 equal split, 100 "
        "oracle on the forecast.\nminus: loss less that of the other method on the same episodes, "
        "percentage points; below 0 is better.\n± and []: 95 % intervals for other seeds and test "
        "episodes; none where the other method learns and has one seed."
    )


def listing(folder: Path) -> str:
    """Return the files, a line."""
    names = [f"{name}.csv" for name in ("results", "pairs", "episodes")]
    names += ["score.pdf", "score.png", "setting.json"]
    return f"written to {shown(folder)}: {', '.join(names)}"
