"""Where something stands in the paper: the section, table or figure that a label names."""

import re
from collections.abc import Sequence
from functools import cache

from difsched.config.base import check_choice
from experiments.paths import PAPER

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
#: What the text takes in: a product each.
INPUT = re.compile(r"\\input\{((?:tables/|figures/)?(\w+))\}")
#: What counts sections, and what names one.
HEADING = re.compile(r"^\\(section|subsection)\{|\\label\{(sec:[a-z]+)\}", re.M)


def products(text: str) -> dict[str, str]:
    """Return what a TeX text takes in: path without suffix -> name of the product."""
    return {match[1]: match[2] for match in INPUT.finditer(text)}


def labelled(text: str) -> dict[str, str]:
    """Return the labels of the paper's sections, tables and figures: "Section VI-A", "Fig. 10".

    Tables and figures have the numbers of the products that the text takes in.

    Parameters
    ----------
    text : str
        ``main.tex``.
    """
    found, section, part = {}, 0, 0
    for match in HEADING.finditer(text):
        if match[1] == "section":
            section, part = section + 1, 0
        elif match[1]:
            part += 1
        else:
            letter = f"-{chr(ord('A') + part - 1)}" if part else ""
            found[match[2]] = f"Section {ROMAN[section - 1]}{letter}"
    for name in products(text).values():
        if name.startswith("table"):
            found[f"tab:{name}"] = f"Table {ROMAN[int(name.removeprefix('table')) - 1]}"
        elif name.startswith("fig"):
            found[f"fig:{name}"] = f"Fig. {name.removeprefix('fig')}"
    return found


@cache
def places() -> dict[str, str]:
    """Return the labels of ``paper/main.tex``; see :func:`labelled`."""
    return labelled((PAPER / "main.tex").read_text(encoding="utf-8"))


def where(labels: Sequence[str]) -> str:
    """Return what labels name: "Section VI-A, Table II".

    Raises
    ------
    InputError
        If one of them is none of the paper's.
    """
    known = places()
    return ", ".join(known[check_choice("paper", label, known)] for label in labels)
