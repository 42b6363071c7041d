"""What the shell's completion offers: the parser's words, and names that it takes as plain text."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import shtab

from difsched import published
from difsched.baselines.registry import methods
from difsched.cli.checkout import is_checkout, suite_module
from difsched.family import FAMILIES

#: Subcommands of the suite -> where their names are.
NAMES = {
    "bench": ("experiments.cli.targets", "BENCHMARKS"),
    "show": ("experiments.cli.show", "SHOWN"),
    "trace": ("experiments.tracing.sources", "SOURCES"),
}


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script of a shell for a parser with subcommands.

    Parameters
    ----------
    parser : ArgumentParser
        Gets `offer`'s words: what it parses afterwards is held to them.
    shell : {"bash", "zsh"}
    """
    offer(parser)
    return shtab.complete(parser, shell)


def offer(parser: argparse.ArgumentParser) -> None:
    """Give the arguments of every subcommand the words, files and folders that they can be."""
    families = FAMILIES.values()
    known = {name: one for family in families for name, one in methods(family.name).items()}
    places = [(one, number) for one in families for number in one.configurations()]
    numbers = dict.fromkeys(str(number) for _, number in places)
    named = dict.fromkeys(family.name_of(number) for family, number in places)
    lists: dict[str, Iterable[str]] = {
        "family": FAMILIES,
        "FAMILY": FAMILIES,
        "config": numbers | named,
        "METHOD": known,
        "MODEL": published.names(),
        "LEARNER": (name for name, method in known.items() if method.training is not None),
    }
    words = {place: list(names) for place, names in lists.items()}
    for command, sub in subparsers(parser):
        for action in sub._actions:
            if action.metavar == "NAME" and command in NAMES and is_checkout():
                module, names = NAMES[command]
                action.choices = list(getattr(suite_module(module, command), names))
            elif (found := words.get(action.dest, words.get(str(action.metavar)))) is not None:
                action.choices = found
            elif action.type is Path or action.metavar in ("DIR", "TABLE", "[NAME=]LOG"):
                kind = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
                action.complete = kind  # type: ignore[attr-defined]


def subparsers(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the name and the parser of every subcommand."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()
