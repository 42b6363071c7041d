"""What the documents tell readers to type is taken by the commands, and their files are there."""

import re
import shlex
from pathlib import Path

import pytest

from difsched.baselines.registry import methods
from difsched.cli.main import build_parser
from difsched.family import FAMILIES
from experiments.cli.targets import ACTIONS, BENCHMARKS, COMMANDS
from experiments.products import PRODUCTS

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("README.md", "CONTRIBUTING.md", "artifacts/README.md")
TYPED = re.compile(r"`((?:difsched|\./run_all\.sh) [^`]*)`")
FENCED = re.compile(r"^((?:difsched|\./run_all\.sh) [^#\n]*)", re.M)
PATH = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|yaml|ipynb|sh|md|csv|json))`")
#: Words that stand for a reader's own, or for what is made beforehand.
MINE = re.compile(r"\bNAME\b|\b[A-Z]{3,}\b(?!\.md)|--help")
#: Beginnings of paths that runs make, or that are another project's.
MADE = ("artifacts/work/", "artifacts/report/", "artifacts/docs/", "paper/figures/", "results/")


def typed(program: str) -> list[str]:
    """Return the documents' lines that call a program, each once."""
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]
    found = [line for page in pages for how in (TYPED, FENCED) for line in how.findall(page)]
    return list(dict.fromkeys(line.strip() for line in found if line.startswith(program)))


@pytest.mark.parametrize("line", typed("difsched"))
def test_a_line_of_difsched_is_taken(line: str) -> None:
    words = shlex.split(line)[1:]
    if len(words) == 1 or MINE.search(" ".join(words[:2])):
        assert words[0] in build_parser().format_help() or words[0].startswith("-")
        return
    options = build_parser().parse_args(words)
    family = str(getattr(options, "family", "slice"))
    method = getattr(options, "method", None)
    if method and not method.endswith("Largest"):
        assert method in methods(family), line
    config = str(getattr(options, "config", "") or "")
    if config and not config.endswith(".yaml") and not config.isdecimal():
        assert FAMILIES[family].load(config), line


@pytest.mark.parametrize("line", typed("./run_all.sh"))
def test_a_line_of_run_all_is_known(line: str) -> None:
    words = shlex.split(line)[1:]
    if not words or words[0].startswith("-"):
        return
    first, known = words[0], {"bench": BENCHMARKS}
    assert first in {*PRODUCTS, *ACTIONS, *COMMANDS}, line
    if first in ("bench", "figures", "show"):
        names = [word for word in words[1:] if not word.startswith("-")]
        assert set(names) <= set(known.get(first, PRODUCTS)), line


def test_files_that_the_documents_name_are_there() -> None:
    pages = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]
    named = {path for page in pages for path in PATH.findall(page)}
    assert named
    own = {path.name for path in ROOT.iterdir()}
    gone = [
        path
        for path in sorted(named)
        if path.split("/")[0] in own and not path.startswith(MADE) and not MINE.search(path)
    ]
    gone = [path for path in gone if not (ROOT / path).exists()]
    assert not gone
