"""A report of results that nobody made, and a reader of its HTML."""

from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from PIL import Image

from difsched.utils.files import write_json
from experiments.claims import check
from experiments.cli import docs
from experiments.products import ANIMATED, PRODUCTS
from experiments.publication import report
from experiments.rendering import tex
from experiments.runs.run import RECORD
from paper.families.animation import write_gif

NOTE = "50 % & <more> than nothing."
BODY = [
    ["Rules"],
    ["A", r"12.3\,{\scriptsize$\pm$0.4}", "$-9.5$"],
    ["B", "$-3.0$", "n/a"],
    [],
    ["Ours"],
    ["C", r"\textbf{100.2}", r"1\,000"],
    ["", "--", r"$-20.0$$^\dagger$"],
]
WIDE = [["a" * 60, *["12.3"] * 40]]
VOID = {"meta", "img", "br", "hr", "input", "link"}


@dataclass(frozen=True)
class Site:
    """A report, the folder of all its files and what it was made from."""

    folder: Path
    text: str

    def write(self, aggregates: str = "aggregates") -> str:
        """Return the report anew."""
        return report.page(self.folder / aggregates, self.folder / "smoke-builtin")


def build(folder: Path, patch: pytest.MonkeyPatch, note: str | None = NOTE) -> Site:
    """Write everything that a report is made from, in a folder of its own, and the report."""
    for name, place in (("TABLES", tex), ("FIGURES", tex), ("PAGE", report)):
        patch.setattr(place, name, folder / name / ("index.html" if name == "PAGE" else ""))
    patch.setattr(tex, "NUMBERS", folder / "numbers.tex")
    patch.setattr(docs, "FOLDER", folder / "docs")
    docs.stand_in(folder / "docs")
    patch.setattr(check, "check", verdicts)
    workspace, aggregates = folder / "smoke-builtin", folder / "aggregates"
    profile: dict[str, Any] = {"configs": [0, 1], "seeds": {"sac": [0, 2], "equal": [0]}}
    profile |= {} if note is None else {"note": note}
    spec = {"traces": None, "traffic_id": "builtin", "profile": profile}
    write_json(workspace / "spec.json", spec)
    empty = [workspace / "traffic" / "thumb_fr.npz", report.PAGE]
    for name in report.SHOWN:
        empty += [aggregates / f"{table}.csv" for table in PRODUCTS[name].reads]
        empty += [
            workspace / "runs" / f"{run}-a b-slice0-s0" / RECORD for run in report.behind(name)
        ]
        if name.startswith("table"):
            rows, width = (WIDE, 41) if name == "table1" else (BODY, 3)
            groups = [("", 1), (r"R\&D", width - 1)]
            header = ["Config", *map(str, range(1, width))]
            caption = rf"Of {name}: $N < 3$, {'word' * 20} <script>alert(1)</script>."
            tex.write_tables(name, [tex.Table(name, caption, "l", header, rows, groups)])
        else:
            tex.write_figure(name, r"Of $\kappa$ \& ``quotes''", wide=True)
            empty.append(tex.FIGURES / f"{name}.pdf")
            matplotlib.image.imsave(tex.FIGURES / f"{name}.png", np.zeros((40, 900, 3)))
    for path in empty:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Site(folder, report.page(aggregates, workspace))


def make_films(folder: Path) -> None:
    """Write animations of three frames, each of another colour, and their captions."""
    pictures = [Image.new("P", (60, 30), color) for color in range(3)]
    for picture in pictures:
        picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    for part in ANIMATED:
        write_gif(folder / f"animation_{part}.gif", pictures)
    write_json(folder / "animation.json", {part: rf"Users \& {part}." for part in ANIMATED})


def verdicts(given: list[check.Claim], *folders: Path) -> list[check.Verdict]:
    """Return verdicts on two claims that are supported and one that is not."""
    good, other = [claim for claim in given if claim.supported][:2]
    good = replace(good, statement="a < b <b>c</b>")
    bad = next(claim for claim in given if not claim.supported)
    return [
        check.Verdict(good, "PASS", "1.25", "at least 1", "main.csv: loss"),
        check.Verdict(other, "FAIL", "0.75", "at least 1", "main.csv: loss"),
        check.Verdict(bad, "NOT RUN", "needs the full profile", "below 0", "pairs.csv: high"),
    ]


class Reader(HTMLParser):
    """Collects tags and text, and fails where an element is not closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.words.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name))]

    @property
    def shown(self) -> str:
        return " ".join(" ".join(self.words).split())
