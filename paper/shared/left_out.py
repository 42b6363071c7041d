"""What a profile leaves out of a family: no rows, and tables and figures that say so."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from experiments.aggregate.columns import columns_of
from experiments.rendering.style import COLUMN_INCHES, figure, save
from experiments.rendering.tex import provenance, write_figure

NOTHING = "The profile runs no configuration of this family."
#: Of a study.
NOT_RUN = "The profile runs nothing of it."


def left_nothing(aggregates: Path, tables: Sequence[str]) -> bool:
    """Return whether a profile left none of a family's CSV files, named without suffix."""
    return not any((aggregates / f"{table}.csv").is_file() for table in tables)


def family_rows(aggregates: Path, table: str) -> pd.DataFrame:
    """Return the rows of a family's CSV file, named without suffix; none where it is not there."""
    if left_nothing(aggregates, [table]):
        return pd.DataFrame(columns=columns_of(table))
    return pd.read_csv(aggregates / f"{table}.csv")


def left_out(name: str, title: str, tables: Sequence[str], options: Namespace) -> bool:
    """Return whether a family left no aggregates behind; its figure then says that alone.

    Parameters
    ----------
    name, title : str
        The figure, such as ``fig13``, and what its caption begins with.
    tables : sequence of str
        What it is drawn from, without suffix.
    options : Namespace
        ``workspace`` and ``aggregates`` of the render script.
    """
    if not left_nothing(options.aggregates, tables):
        return False
    write_not_run(name, title, options, NOTHING)
    return True


def write_not_run(name: str, title: str, options: Namespace, why: str = NOT_RUN) -> None:
    """Write a figure that says that nothing of it was run.

    Parameters
    ----------
    name, title : str
        The figure, such as ``fig13``, and what its caption begins with.
    options : Namespace
        ``workspace`` and ``aggregates`` of the render script.
    why : str
        The sentence that follows the title.
    """
    drawing, (axes,) = figure(COLUMN_INCHES, 0.6)
    axes.set_axis_off()
    axes.text(0.5, 0.5, "not run", ha="center", va="center", transform=axes.transAxes)
    save(drawing, name)
    write_figure(name, f"{title}. {why} {provenance(options, traffic=False)}", wide=False)
