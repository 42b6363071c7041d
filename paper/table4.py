"""T4: ablations, what each part of our method is worth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from difsched.baselines.registry import METHODS
from difsched.config import ConfigManager
from difsched.evaluation.statistics import Interval, t_interval, welch
from experiments.aggregate.intervals import OURS
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import (
    TwoBlocks,
    count,
    escape,
    number,
    provenance,
    seed_count,
    typeset,
    write_tables,
)
from experiments.studies.variants import Variant, variants

STUDY = "ablation"
BASE = "base"
HEADER = ["", r"Loss (\%)", "Score", "Difference"]
COLUMNS = "lrrr"
#: Hangs into the room beside the column.
MARK = r"\rlap{$^\ast$}"
#: A variant, or a setting of the base's decisions.
Key: TypeAlias = str | tuple[str, float]
CAPTION = (
    r"Ablations of {ours} on configuration {config}, one thing changed at a time; in parentheses "
    r"what it is otherwise. Mean over {seeds} of the packet loss on the common test windows and of "
    r"the normalised score (0 equal split, 100 oracle with the same information, both in the slice "
    r"at hand). Difference: of the score to that of {ours} as it is.{waiting}{episodes} {intervals}"
)
#: Where the oracle, which plans window by window, is no bound: losses stand for scores.
WAITING = (
    r" Where packets wait to be sent again there is no score, since the oracle plans for one "
    r"window and is no bound: differences are of the loss, in percentage points (pp), to that of "
    r"{ours} without other changes in that slice."
)
INTERVALS = (
    r"$\pm$: half width of the 95\,\% interval for other seeds on the same data and test windows: "
    r"Student's $t$; for a difference Welch's, since two trainings share no more than the number "
    r"of a seed, but seed by seed where the same weights decide (Candidates). $\ast$: it excludes "
    r"zero. If no change mattered, {chance:.1f} of the {count} differences would be marked by "
    r"chance."
)
ONE_SEED = r"One seed gives no interval, and so nothing can be marked."
EPISODES = r" Data of another size are in episodes of {other} windows instead of {usual}."


def changes(variant: Variant) -> dict[str, Any]:
    """Return what a variant changes, but for the length of episodes, which goes with the size."""
    fields = {**variant.model, **variant.training, **variant.environment, **variant.dataset}
    return {name: value for name, value in fields.items() if name != "episode_length"}


def own_settings(rows: pd.DataFrame) -> dict[str, Any]:
    """Return what our method and its data are when nothing is changed.

    The size and make of the data are those on record: a profile may shorten them.
    """
    manager = ConfigManager()
    settings = manager.load_model_config(OURS).to_dict() | manager.load_dataset_config().to_dict()
    base = rows[rows["variant"] == BASE]
    if len(base):
        settings["n_windows"] = int(base["data_windows"].iloc[0])
        settings["random_share"] = float(base["random_share"].iloc[0])
    return settings


def episodes_note(rows: pd.DataFrame, study: Mapping[str, Variant]) -> str:
    """Return the sentence on the length of episodes, if any run has another than the base."""
    present = (study[str(name)].dataset.get("episode_length") for name in rows["variant"].unique())
    other = next((length for length in present if length), None)
    usual = ConfigManager().load_dataset_config().episode_length
    return "" if other in (None, usual) else EPISODES.format(other=other, usual=usual)


def load(aggregates: Path, study: str) -> pd.DataFrame:
    """Return the rows of a study; labels are text even where all are digits."""
    text = {name: str for name in ("group", "label", "field")}
    return pd.read_csv(aggregates / f"{study}.csv", dtype=text)


def without_own(rows: pd.DataFrame, own: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows but for decisions with our method's own setting: those are the run itself."""
    return rows[rows["value"] != rows["field"].map(own)]


def decisions(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that score the base's weights with other settings of its decisions."""
    return rows[rows["field"].notna() & (rows["variant"] == BASE)]


def scores(rows: pd.DataFrame) -> "pd.Series[float]":
    """Return the score of each seed, or its loss in per cent where the slice has no scores."""
    by_seed = rows.set_index("seed")
    return by_seed["score"] if scored(rows) else 100 * by_seed["loss"]


def scored(rows: pd.DataFrame) -> bool:
    """Return whether the slice of some rows has scores."""
    return bool(rows["score"].notna().all())


def differences(rows: pd.DataFrame, study: Mapping[str, Variant]) -> dict[Key, Interval]:
    """Return the difference of each variant, or (field, value), to what it is compared with.

    Parameters
    ----------
    rows : DataFrame
        Of one configuration; see ``ablation.csv``.
    study : mapping
        The variants by name.

    Returns
    -------
    dict
        Without what has nothing to be compared with, or is itself what others are.
    """
    runs = rows[rows["field"].isna()].groupby("variant")
    by_variant = {str(name): scores(part) for name, part in runs}
    found: dict[Key, Interval] = {}
    for name, own in by_variant.items():
        # The slice alone changed: scores of two slices cannot be subtracted.
        same = [key for key in by_variant if changes(study[key]) == study[name].environment]
        if same and same != [name]:
            found[name] = welch(own, by_variant[same[0]])
    for (field, value), part in decisions(rows).groupby(["field", "value"]):
        paired = (scores(part) - by_variant.get(BASE, pd.Series(dtype=float))).dropna()
        if len(paired):
            found[str(field), float(str(value))] = t_interval(paired)
    return found


def decimals(interval: Interval) -> int:
    """Return two, or as many as it takes to see whether the interval excludes zero."""
    for digits in range(2, 6):
        mean, half_width = round(abs(interval.mean), digits), round(interval.half_width, digits)
        if bool(mean > half_width) == bool(interval.excludes_zero):
            return digits
    return 2


def pm(interval: Interval, unit: str = "") -> str:
    """Return points of score, or of a unit, with their interval, if they have one."""
    digits = decimals(interval)
    text = number(interval.mean, digits)
    if not np.isnan(interval.half_width):
        text = rf"{text}\,{{\scriptsize$\pm${interval.half_width:.{digits}f}}}"
    return rf"{text}\,{unit}" if unit else text


def line(label: str, rows: pd.DataFrame, difference: Interval | None) -> list[str]:
    """Return the cells of a row: label, loss, score and difference with its mark."""
    has = scored(rows)
    compared = "--" if difference is None else pm(difference, "" if has else "pp")
    if difference is not None and difference.excludes_zero:
        compared += MARK
    points = pm(t_interval(rows["score"])) if has else "--"
    return [label, number(100 * rows["loss"].mean(), 2), points, compared]


def shown(value: Any) -> str:
    r"""Return a setting as the labels write it: ``50\,000``, ``0.5``, ``2``, ``vp``."""
    return escape(value) if isinstance(value, str) else count(value)


def heading(title: str, study: Mapping[str, Variant], own: Mapping[str, Any]) -> str:
    """Return a group's heading, with what our method has instead if all of it change one field."""
    changed = [set(changes(variant)) for variant in study.values() if variant.group == title]
    fields = set.intersection(*changed) & set(own)
    named = typeset(title)
    return f"{named} ({shown(own[fields.pop()])})" if len(fields) == 1 else named


def table_body(
    rows: pd.DataFrame,
    study: Mapping[str, Variant],
    own: Mapping[str, Any],
    compared: Mapping[Key, Interval],
) -> list[list[str]]:
    """Return the table's rows: the variants in the order of the study, then the decisions."""
    body: list[list[str]] = []
    for title, of_group in rows[rows["field"].isna()].groupby("group", sort=False):
        parts = [(str(name), part) for name, part in of_group.groupby("variant", sort=False)]
        lines = [
            line(typeset(part["label"].iloc[0]), part, compared.get(name)) for name, part in parts
        ]
        body += [[heading(str(title), study, own)], *lines]
    for field, of_field in decisions(rows).groupby("field"):
        name = str(field)
        values = [(float(str(value)), part) for value, part in of_field.groupby("value")]
        lines = [line(shown(value), part, compared.get((name, value))) for value, part in values]
        body += [[f"{escape(name.capitalize())} ({shown(own[name])})"], *lines]
    return body


def main() -> None:
    """Write ``paper/tables/table4.tex``, with one table for each configuration."""
    options = arguments()
    study, tables = variants(STUDY), []
    ablations = load(options.aggregates, STUDY)
    for place, (config, every) in enumerate(ablations.groupby("config")):
        own = own_settings(every)
        rows = without_own(every, own)
        compared = differences(rows, study)
        known = sum(not np.isnan(difference.half_width) for difference in compared.values())
        seeds = rows["seed"].nunique()
        ours = escape(METHODS[OURS].label)
        caption = CAPTION.format(
            ours=ours,
            config=config,
            seeds=seed_count(seeds),
            waiting=WAITING.format(ours=ours) if (rows["retransmit"] > 0).any() else "",
            episodes=episodes_note(rows, study),
            intervals=INTERVALS.format(count=known, chance=0.05 * known) if known else ONE_SEED,
        )
        caption = f"{caption} {provenance(options)}"
        label = f"table4-c{config}" if place else "table4"
        body = table_body(rows, study, own, compared)
        tables.append(TwoBlocks(label, caption, COLUMNS, HEADER, body))
    write_tables("table4", tables)


if __name__ == "__main__":
    main()
