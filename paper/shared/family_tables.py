"""T8 to T10, T13, T14: a further family's methods, and what its metrics say of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from difsched.baselines.method import Method
from difsched.baselines.registry import methods
from difsched.family import FAMILIES, Family, Metric
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import (
    Table,
    escape,
    number,
    profile_of,
    provenance,
    write_tables,
)
from paper.shared.left_out import NOTHING, family_rows, left_nothing
from paper.shared.method_table import (
    MARKS,
    ONE_SEED,
    best_of,
    body,
    by_section,
    cell,
    dashes,
    left_out,
    planned,
)
from paper.shared.seeds import seeds_told
from paper.shared.theirs import theirs

#: Configurations beside each other in a table.
WIDTH = 7
KEY = ["method", "config"]
#: What is read of a family's tables.
READ = ("main", "summary", "pairs")
SCORE = (
    r"{title}: normalised score on the common test windows. {scale} Methods that are trained by "
    r"gradient: mean over {seeds} of the last checkpoint. $\pm$: half width of the 95\,\% interval "
    r"for other seeds and other test windows, where it does not round to 0. {marks} n/a: a method "
    r"that cannot serve a configuration."
)
MEASURES = (
    r"{title}: what the methods do, on {name}; each with the half width of its 95\,\% interval, "
    r"where it does not round to 0. {units}{alike}{gained}"
)
GAINED = (
    r" SD: of the reward, between seeds. Improvement: on {zero}, in per cent of what that loses."
)


def write(
    product: str,
    title: str,
    family_name: str,
    shown: Sequence[int],
    *,
    gains: bool = False,
    more: Sequence[Table] = (),
) -> None:
    """Write ``paper/tables/PRODUCT.tex`` of a family.

    Parameters
    ----------
    product : str
        Such as ``table10``.
    title : str
        What the family is, in the words of a caption.
    family_name : str
    shown : sequence of int
        Configurations of which all metrics are told, where they are run.
    gains : bool
        Whether these tell of the reward its deviation between seeds, too, and by how much of it a
        method is better than what scores 0: where the loss is 0 at best.
    more : sequence of Table
        Further ones, which stand behind these.
    """
    options = arguments()
    family, known = FAMILIES[family_name], methods(family_name)
    part = profile_of(options.workspace).part(family_name)
    source = provenance(options, traffic=False)
    files = [f"{family_name}_{name}" for name in READ]
    if left_nothing(options.aggregates, files):
        caption = f"{title}. {NOTHING} {source}"
        write_tables(product, [Table(product, caption, "l", ["Method"], [])])
        return
    runs, summary, pairs = (family_rows(options.aggregates, file) for file in files)
    runs_of = planned(part)
    names = [name for name in known if name in part.every_method()]
    results = _every(summary, runs, names, part.configs)
    broken = _broken(results, family)
    best = best_of(results["loss"].drop(broken).unstack("method"), pairs, known)
    caption = SCORE.format(
        title=title,
        scale=_scale(family, part.configs, known),
        seeds=seeds_told(runs.groupby("method")["seed"].nunique(), known),
        marks=MARKS if any(best.values()) else ONE_SEED,
    )
    if family.tolerated is not None:
        name, most = family.tolerated
        label = next(metric.label for metric in family.metrics if metric.name == name)
        caption += rf" $\ddagger$: breaks constraints, {label} above {most:g}; it is not ranked."
    caption += dashes(left_out(results.index, runs_of))
    tables = []
    for start in range(0, len(part.configs), WIDTH):
        configs = part.configs[start : start + WIDTH]
        label = product if start == 0 else f"{product}-{start // WIDTH + 1}"
        text = caption if start == 0 else rf"Further configurations of Table~\ref{{tab:{product}}}."
        chosen = results[results.index.isin(configs, level="config")]
        rows = body(known, chosen, "score", 1, best, runs_of, broken)
        rows += theirs(options, family_name, results["loss"], configs, "score", 1)
        header = ["Method", *(escape(_printed(family.name_of(config))) for config in configs)]
        tables.append(Table(label, f"{text} {source}", "l" + "r" * len(configs), header, rows))
    for config in [config for config in shown if config in part.configs]:
        told = summary[summary["config"] == config].set_index("method")
        gained = _gains(runs[runs["config"] == config], family, config) if gains else None
        tables.append(_measured(product, title, family, config, told, known, gained))
    write_tables(product, [*tables, *more])


def _every(
    summary: pd.DataFrame, runs: pd.DataFrame, names: Sequence[str], configs: Sequence[int]
) -> pd.DataFrame:
    """Return a row (method, config) of every method and configuration."""
    every = pd.MultiIndex.from_product([names, configs], names=KEY)
    reasons = runs.groupby(KEY)["not_served"].first()
    return summary.set_index(KEY).reindex(every).join(reasons)


def _broken(results: pd.DataFrame, family: Family) -> list[tuple[str, int]]:
    """Return the methods and configurations whose constraints are broken."""
    if family.tolerated is None:
        return []
    name, most = family.tolerated
    return [(str(method), int(config)) for method, config in results.index[results[name] > most]]


def _scale(family: Family, configs: Sequence[int], known: Mapping[str, Method]) -> str:
    """Return the sentences that say what 0 and 100 stand for."""
    found: dict[str, list[str]] = {}
    for config in configs:
        at = family.references(family.load(config))
        bound = "which none can exceed" if at.certified else "which looking further can exceed"
        said = f"0: {known[at.zero].label}, 100: {known[at.hundred].label}, {bound}"
        said = said if at.none is None else f"No score, as {at.none}"
        found.setdefault(said, []).append(_printed(family.name_of(config)))
    if len(found) == 1:
        return f"{escape(next(iter(found)))}."
    return " ".join(f"{escape(said)}, on {escape(', '.join(on))}." for said, on in found.items())


def _printed(name: str) -> str:
    return name.replace("_", " ")


def _measured(
    product: str,
    title: str,
    family: Family,
    config: int,
    rows: pd.DataFrame,
    known: Mapping[str, Method],
    gained: Mapping[str, list[str]] | None,
) -> Table:
    """Return the table of all metrics on a configuration."""
    shown = [metric for metric in family.metrics if rows[metric.name].notna().any()]
    metrics = [metric for metric in shown if rows[metric.name].nunique() > 1]
    same = [metric for metric in shown if metric not in metrics]
    told: dict[str, dict[str, Any]] = {
        str(row["method"]): {str(key): value for key, value in row.items()}
        for row in rows.reset_index().to_dict("records")
    }

    def line(name: str) -> list[str]:
        row = told[name]
        reward = cell(-float(row["loss"]), float(row["loss_half_width"]), 3)
        more = [] if gained is None else gained[name]
        return [reward, *more, *(_value(row, metric) for metric in metrics)]

    names = [name for name in known if name in rows.index]
    name = escape(_printed(family.name_of(config)))
    more = [] if gained is None else ["SD", r"Improvement (\%)"]
    header = ["Method", "Reward", *more, *(escape(metric.label) for metric in metrics)]
    zero = known[family.references(family.load(config)).zero].label
    units = "; ".join(f"{escape(one.label)} in {escape(one.unit)}" for one in metrics if one.unit)
    alike = ", ".join(f"{escape(one.label)} {rows[one.name].iloc[0]:g}" for one in same)
    caption = MEASURES.format(
        title=title,
        name=name,
        units=f"{units}." if units else "",
        alike=f" Of all methods: {alike}." if alike else "",
        gained="" if gained is None else GAINED.format(zero=escape(zero)),
    )
    label = f"{product}-{family.name}{config}"
    return Table(
        label, caption, "l" + "r" * (len(header) - 1), header, by_section(known, names, line)
    )


def _gains(runs: pd.DataFrame, family: Family, config: int) -> dict[str, list[str]]:
    """Return by method the deviation of the loss between seeds, and how much less it is, %, TeX."""
    loss = runs.groupby("method")["loss"]
    zero = loss.mean().get(family.references(family.load(config)).zero, float("nan"))
    spread, gain = loss.std(), 100 * (1 - loss.mean() / zero)
    return {
        str(name): [number(float(spread[name]), 3), number(float(gain[name]), 1)]
        for name in spread.index
    }


def _value(row: Mapping[str, Any], metric: Metric) -> str:
    """Return a metric with its interval, to three digits or so."""
    value, half_width = float(row[metric.name]), float(row[f"{metric.name}_half_width"])
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1
    return cell(value, half_width, digits)
