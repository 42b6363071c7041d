"""The command line: its help and its checks.

Standard library only: run_all.sh asks this module before it makes the environment, so that a
wrong argument or a call for help does not wait for an installation.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from difsched import __version__
from difsched.errors import InputError, choices
from difsched.utils.streams import careful_output
from experiments.cli.pages import asks_help, has_own_page, page
from experiments.cli.targets import ACTIONS, BENCHMARKS, COMMANDS, target_lines
from experiments.paths import DEFAULT_PROFILE, PROFILES
from experiments.products import PRODUCTS

MAX_JOBS = 1024
ANSWERED = 100
#: What the environment costs; run_all.sh says the same.
SET_UP = "in .venv: about 80 s and 2 GB, needed once"

STATUSES = """\
exit status:
  0    done, or nothing to do
  1    a job or a test failed; the job's name, the end of its log and the log's path are printed
  2    wrong argument or input: one line says what is wrong and what is allowed
  3    another call holds the lock; the line says which
  130  interrupted; what was finished is kept, and the same command goes on from there
"""


DESCRIPTION = """\
Reproduces the paper: makes the environment when it is missing, then whatever the
targets still need, and nothing else. Results go to paper/tables, paper/figures and
artifacts/aggregates. Kill it when you like: the same command goes on from there."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage: an input error is one line."""
        raise InputError(f"{' '.join(message.split())} (see ./run_all.sh --help)")


def profile_lines() -> list[str]:
    """Return one line a profile: its name and its cost, as the profile's first line tells it."""
    paths = sorted(PROFILES.glob("*.yaml"), key=lambda path: path.stem != DEFAULT_PROFILE)
    heads = [(path.stem, path.read_text(encoding="utf-8").splitlines()[0]) for path in paths]
    return [f"  {name:<12} {head.lstrip('# ')}" for name, head in heads]


def listing() -> str:
    """Return the targets and profiles, one a line."""
    return "\n".join(["targets:", *target_lines(), "", "profiles:", *profile_lines()])


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _about(target: str) -> str:
    """Return the help's first words on a product."""
    product = PRODUCTS[target]
    text = f"Makes {target}: {product.about}.\nFiles: {', '.join(product.files)}"
    return f"{text}\nNothing is made twice: what is up to date is left as it is."


def _parser(target: str | None) -> argparse.ArgumentParser:
    """Return the parser of targets; its help is about one of them, if there is one."""
    parser = _Parser(
        prog="./run_all.sh",
        description=DESCRIPTION if target is None else _about(target),
        epilog=STATUSES if target else f"{listing()}\n\n{STATUSES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"difsched {__version__}")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="what to make (default: all)")
    parser.add_argument(
        "--profile",
        default=DEFAULT_PROFILE,
        metavar="NAME",
        help=f"how much to compute: {', '.join(_profile_names())} (default: {DEFAULT_PROFILE})",
    )
    parser.add_argument(
        "--traces",
        metavar="DIR",
        help="use the CSV traces of this folder instead of the built-in traffic generator: "
        "DATAFLOW_train.csv and DATAFLOW_test.csv with the columns window, packets and, if you "
        "have a forecast, packets_predicted",
    )
    parser.add_argument(
        "--jobs", metavar="N", help="jobs at a time, one core each (default: all cores)"
    )
    parser.add_argument(
        "--cluster",
        metavar="DIR",
        help="give the jobs to a cluster's scheduler, by Snakemake's settings in this folder, such "
        "as experiments/cluster/slurm",
    )
    parser.add_argument(
        "--keep-results",
        action="store_true",
        help="go on with results that other code made, where you know that the change changes "
        "nothing; every caption and verify say so",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="list the jobs that would run and their estimated time; write nothing",
    )
    return parser


def _profile_names() -> list[str]:
    return [line.split()[0] for line in profile_lines()]


def _check_targets(targets: list[str]) -> list[str]:
    allowed = [*ACTIONS, *COMMANDS, *PRODUCTS]
    for target in targets:
        if target in COMMANDS:
            raise InputError(f"target {target!r} comes first and takes arguments of its own")
        if target not in allowed:
            raise InputError(f"target {target!r} is unknown: {choices(target, allowed)}")
    for alone in ("list", "test", "bench"):
        if alone in targets and len(targets) > 1:
            raise InputError(f"target {alone!r} stands alone: leave out {_others(targets, alone)}")
    return targets or ["all"]


def _check_benchmark(targets: list[str]) -> list[str]:
    if len(targets) < 2 or targets[1] not in BENCHMARKS:
        given = " ".join(targets[1:])
        raise InputError(f"benchmark {given!r} is unknown: {choices(given, BENCHMARKS)}")
    return targets


def _others(targets: list[str], alone: str) -> str:
    return ", ".join(target for target in targets if target != alone) or f"one {alone!r}"


def _check_jobs(text: str | None) -> int:
    if text is None:
        return cores()
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_JOBS:
        raise InputError(f"--jobs {text!r}: must be a whole number in 1..{MAX_JOBS}")
    return int(text)


def _check_profile(name: str) -> str:
    if name not in _profile_names():
        raise InputError(f"--profile {name!r}: {choices(name, _profile_names())}")
    return name


def _check_traces(text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text)
    try:
        if not path.is_dir():
            raise InputError(f"--traces {text!r}: must be a folder that exists")
        if not any(path.glob("*.csv")):
            raise InputError(f"--traces {text!r}: must be a folder with CSV files, it has none")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"--traces {text!r}: must be a folder that can be read") from None
    return path.resolve()


def _check_cluster(text: str | None) -> Path | None:
    if text is not None and not (Path(text) / "config.yaml").is_file():
        raise InputError(f"--cluster {text!r}: must be a folder with Snakemake's config.yaml")
    return None if text is None else Path(text).resolve()


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the checked arguments by name, such as ``targets`` and ``profile``.

    A command of ``COMMANDS`` and a benchmark check their own: ``targets`` is all there is then.

    Raises
    ------
    InputError
        At the first argument that is not allowed.
    SystemExit
        After ``--help``.
    """
    if argv and asks_help(argv) and not has_own_page(argv) and (text := page(argv)) is not None:
        print(text)
        raise SystemExit(0)
    if list(argv) in (["list", "methods"], ["test", "maths"]):
        return argparse.Namespace(targets=list(argv))
    if any(word.partition("=")[0] == "--method" for word in argv):
        return argparse.Namespace(targets=["--method", *argv])
    if argv and argv[0] in COMMANDS:
        return argparse.Namespace(targets=list(argv))
    if argv and argv[0] == "bench":
        return argparse.Namespace(targets=_check_benchmark(list(argv)))
    about = next((word for word in argv if word in PRODUCTS), None)
    arguments = _parser(about).parse_intermixed_args(argv)
    arguments.targets = _check_targets(arguments.targets)
    arguments.profile = _check_profile(arguments.profile)
    arguments.jobs = _check_jobs(arguments.jobs)
    arguments.traces = _check_traces(arguments.traces)
    arguments.cluster = _check_cluster(arguments.cluster)
    return arguments


def main() -> int:
    """Answer what needs no environment; return 0 when there is work that needs one."""
    try:
        with careful_output():
            return _answer(sys.argv[1:])
    except OSError as error:
        print(f"run_all.sh: the answer cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    return ANSWERED


def _answer(argv: Sequence[str]) -> int:
    try:
        arguments = parse(argv)
    except InputError as error:
        print(f"run_all.sh: {error}", file=sys.stderr)
        return 2
    except SystemExit:
        return ANSWERED
    if arguments.targets == ["list"]:
        print(listing())
        return ANSWERED
    if asks_help(arguments.targets):
        print(page(arguments.targets))
        return ANSWERED
    if getattr(arguments, "dry_run", False):
        print(_before_the_environment(arguments.profile))
        return ANSWERED
    return 0


def _before_the_environment(profile: str) -> str:
    """Return what a dry run can say where the environment that counts jobs is missing."""
    (line,) = (line.strip() for line in profile_lines() if line.split()[0] == profile)
    return (
        "the environment is missing, and nothing is installed by a dry run: a call would first "
        f"make it ({SET_UP}),\nthen whatever the targets need of the profile {line}\n"
        "with the environment, --dry-run counts the jobs; ./run_all.sh verify --reference makes it"
    )


if __name__ == "__main__":
    sys.exit(main())
