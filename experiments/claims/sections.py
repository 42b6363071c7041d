"""Where something stands: the paper's section, table or figure that a label names.

Tables and figures that the paper's text does not take in stand in the report, under the numbers of
their products.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from difsched.config.base import check_choice
from experiments.paths import PAPER
from experiments.products import PRODUCTS

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV")
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
    return found | _numbered(products(text).values())


def _numbered(names: Iterable[str]) -> dict[str, str]:
    """Return the labels of tables and figures, by the numbers of their products."""
    found = {}
    for name in names:
        if name.startswith("table"):
            found[f"tab:{name}"] = f"Table {ROMAN[int(name.removeprefix('table')) - 1]}"
        elif name.startswith("fig"):
            found[f"fig:{name}"] = f"Fig. {name.removeprefix('fig')}"
    return found


@cache
def places() -> dict[str, str]:
    """Return the labels of ``paper/main.tex``, and those of the products that it leaves out."""
    in_paper = labelled((PAPER / "main.tex").read_text(encoding="utf-8"))
    left_out = {
        label: f"{place} of the report"
        for label, place in _numbered(PRODUCTS).items()
        if label not in in_paper
    }
    return in_paper | left_out


def where(labels: Sequence[str]) -> str:
    """Return what labels name: "Section VI-A, Table II", "Table X of the report".

    Raises
    ------
    InputError
        If one of them is none of the paper's or the report's.
    """
    known = places()
    return ", ".join(known[check_choice("paper", label, known)] for label in labels)
