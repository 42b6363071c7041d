"""Figures of a family that a profile leaves out: they say so."""

from argparse import Namespace
from collections.abc import Sequence

from experiments.rendering.style import COLUMN_INCHES, figure, save
from experiments.rendering.tex import provenance, write_figure

NOTHING = "The profile runs no configuration of this family."


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
    if any((options.aggregates / f"{table}.csv").is_file() for table in tables):
        return False
    drawing, (axes,) = figure(COLUMN_INCHES, 0.6)
    axes.set_axis_off()
    axes.text(0.5, 0.5, "not run", ha="center", va="center", transform=axes.transAxes)
    save(drawing, name)
    caption = f"{title}. {NOTHING} {provenance(options, traffic=False)}"
    write_figure(name, caption, wide=False)
    return True
