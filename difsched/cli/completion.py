"""Completion of words in the shell: a static script made from the parser."""

import argparse
from collections.abc import Iterable, Iterator

from difsched.cli.checkout import is_checkout, suite_module
from difsched.config import ConfigManager

#: Subcommands of the suite -> where their names are.
NAMES = {
    "bench": ("experiments.products", "BENCHMARKS"),
    "show": ("experiments.cli.show", "SHOWN"),
    "trace": ("experiments.tracing.sources", "SOURCES"),
}

BASH = """\
_difsched() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} offered=""
    local place="${{COMP_WORDS[1]}} ${{COMP_WORDS[COMP_CWORD-1]}}"
    if ((COMP_CWORD == 1)); then
        offered="{commands}"
    else
        case $place in
{values}
            *) case ${{COMP_WORDS[1]}} in
{options}
            esac ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$offered" -- "$current"))
}}
complete -o default -F _difsched difsched
"""
ZSH = """\
_difsched() {{
    local offered="" place="$words[2] $words[CURRENT-1]"
    if ((CURRENT == 2)); then
        offered="{commands}"
    else
        case $place in
{values}
            *) case $words[2] in
{options}
            esac ;;
        esac
    fi
    compadd -- ${{=offered}}
    ((CURRENT == 2)) || _files
}}
compdef _difsched difsched
"""
SHELLS = {"bash": BASH, "zsh": ZSH}


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script of a shell for a parser with subcommands.

    After a subcommand it offers options and names; after an option with values of its own, those,
    and after one that takes anything else, files.

    Parameters
    ----------
    parser : ArgumentParser
    shell : {"bash", "zsh"}
    """
    commands = dict(_subparsers(parser))
    options = {name: " ".join(_offered(name, sub)) for name, sub in commands.items()}
    # Options with the same values share a line.
    values: dict[str, list[str]] = {}
    for name, sub in commands.items():
        for action in sub._actions:
            if action.option_strings and action.nargs != 0:
                places = [f'"{name} {option}"' for option in action.option_strings]
                values.setdefault(" ".join(_names(name, action)), []).extend(places)
    return SHELLS[shell].format(
        commands=" ".join(commands),
        values=_cases(12, {"|".join(places): words for words, places in values.items()}),
        options=_cases(16, options),
    )


def _cases(indent: int, cases: dict[str, str]) -> str:
    return "\n".join(f'{" " * indent}{case}) offered="{words}" ;;' for case, words in cases.items())


def _subparsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _offered(command: str, parser: argparse.ArgumentParser) -> list[str]:
    """Return the options of a subcommand, and what its positional arguments can be."""
    offered: list[str] = []
    for action in parser._actions:
        offered += action.option_strings or _names(command, action)
    return offered


def _names(command: str, action: argparse.Action) -> list[str]:
    """Return the words that an argument can be, if they can be listed."""
    from difsched.baselines.registry import METHODS  # slow to import

    if action.choices is not None:
        return list(map(str, action.choices))
    lists: dict[str, Iterable[str]] = {
        "C": map(str, ConfigManager().indices("env")),
        "METHOD": METHODS,
        "LEARNER": (name for name, method in METHODS.items() if method.training is not None),
    }
    if action.metavar == "NAME" and command in NAMES and is_checkout():
        module, names = NAMES[command]
        return list(getattr(suite_module(module, command), names))
    return list(lists.get(str(action.metavar), ()))
