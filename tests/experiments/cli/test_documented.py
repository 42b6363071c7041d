"""What the documents tell readers to type is taken by the commands, and their files are there."""

import re
import shlex
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from difsched.baselines.registry import methods
from difsched.cli.main import build_parser
from difsched.family import FAMILIES
from difsched.utils.files import write_text
from difsched.utils.terminal import OneLineParser
from experiments.cli.arguments import parse
from experiments.cli.targets import COMMANDS
from experiments.notebooks import notebooks
from experiments.products import FURTHER
from experiments.profiles.profile import Profile
from experiments.profiles.resolve import resolve
from experiments.publication.pieces import pieces_of

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("README.md", "CONTRIBUTING.md", "artifacts/README.md")
TYPED = re.compile(r"`((?:difsched|\./run_all\.sh) [^`]*)`")
FENCED = re.compile(r"^((?:difsched|\./run_all\.sh) [^#\n]*)", re.M)
PATH = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|yaml|ipynb|sh|md|csv|json))`")
#: What a reader puts in the place of a word.
STANDS_FOR = {"METHOD": "dql_set", "CONFIG": "0", "SEED": "0", "NAME": "alloc"}
#: Commands that have a parser of their own.
OWN = {
    *("bench", "figures", "show", "trace", "verify", "check", "tune", "models", "rooms"),
    "--method",
}
#: Words that stand for a reader's own, or for what is made beforehand.
MINE = re.compile(r"\bNAME\b|\b[A-Z]{3,}\b(?!\.md)|--help")
#: Beginnings of paths that runs make, or that are another project's.
MADE = ("artifacts/work/", "artifacts/report/", "artifacts/docs/", "paper/figures/", "results/")


class Parsed(Exception):
    """A command has read its words."""


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


@pytest.fixture
def stopping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop commands when they have read their words, in a folder that has what a reader has."""
    parse_args = OneLineParser.parse_args

    def stop(self: OneLineParser, words: Any = None, namespace: Any = None) -> NoReturn:
        parse_args(self, words, namespace)
        raise Parsed

    monkeypatch.setattr(OneLineParser, "parse_args", stop)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    for folder in ("traces", "DIR"):
        write_text(tmp_path / folder / "thumb_fr_train.csv", "window,packets\n")


@pytest.mark.usefixtures("stopping")
@pytest.mark.parametrize("line", typed("./run_all.sh"))
def test_a_line_of_run_all_is_parsed_by_its_command(line: str) -> None:
    words = [STANDS_FOR.get(word, word) for word in shlex.split(line)[1:] if word != "--help"]
    if words == ["--method"] or words == ["bench"]:  # the word alone, in a sentence
        return
    targets = parse(words).targets
    if targets[0] in OWN:
        with pytest.raises(Parsed):
            module_of(targets).main(targets[1:] if targets[0] != "bench" else targets[2:])
    elif targets[0] == "notebooks":
        assert set(targets[1:]) <= {path.stem for path in notebooks()}
    elif targets[0] == "publish":
        assert set(targets[1:]) <= {
            Profile.TOP,
            *FURTHER,
            *pieces_of(resolve("full", None).profile),
        }
    elif targets[0] in COMMANDS:
        assert targets[1:] == []


def module_of(words: Sequence[str]) -> ModuleType:
    """Return the module that a command line's first word, or a benchmark's name, stands for."""
    if any(word.startswith("--method") for word in words):
        return import_module(COMMANDS["--method"][0])
    name = f"benchmarks.{words[1]}" if words[0] == "bench" else COMMANDS[words[0]][0]
    return import_module(name)


@pytest.mark.parametrize("line", typed("./run_all.sh") + typed("difsched"))
def test_a_file_that_a_line_names_is_there(line: str) -> None:
    own = {path.name for path in ROOT.iterdir()}
    for word in shlex.split(line)[1:]:
        path = word.partition(":")[0]
        if "/" in path and path.split("/")[0] in own and not path.startswith(MADE):
            assert (ROOT / path).exists(), line


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
