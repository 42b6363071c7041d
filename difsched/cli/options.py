"""The options by which several subcommands choose a problem."""

import argparse

#: The family of who names none.
SLICE = "slice"
#: The configuration of who names none.
FIRST = "0"


def add_family(parser: argparse.ArgumentParser) -> None:
    """Add ``--family``."""
    parser.add_argument(
        "--family",
        default=SLICE,
        metavar="F",
        help=f"family of problems, of difsched families (default: {SLICE})",
    )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add ``--set``."""
    parser.add_argument(
        "--set",
        action="append",
        metavar="FIELD=VALUE",
        help="replace a field of the configuration, or in train of the learning, such as tasks=8 "
        "or model.learning_rate=1e-4; may be repeated",
    )


def add_configuration(parser: argparse.ArgumentParser, default: str | None = FIRST) -> None:
    """Add ``--config``, and the slice's ``--traces`` and ``--link``."""
    parser.add_argument(
        "--config",
        default=default,
        metavar="C",
        help="number or name of a configuration, such as 0 or default, or a YAML file with what "
        "differs from the default "
        f"(default: {'all that have traffic' if default is None else default})",
    )
    parser.add_argument(
        "--traces",
        metavar="DIR",
        help="your own traffic: a folder of CSV traces (difsched traffic; slice)",
    )
    parser.add_argument(
        "--link",
        metavar="TABLE",
        help="your own channel classes: a CSV with columns r (RBs), p (success) and, for several, "
        "class (slice)",
    )
