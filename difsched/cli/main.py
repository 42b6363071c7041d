"""The command ``difsched``: the parts of the suite one by one."""

import argparse
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from difsched import __version__
from difsched.cli.checkout import suite_module
from difsched.cli.options import add_configuration, add_family, add_overrides
from difsched.errors import InputError
from difsched.utils.streams import careful_output
from difsched.utils.terminal import OneLineParser

#: Subcommands of the suite, which parse their own arguments: name -> module and what it does.
PASSED = {
    "bench": ("experiments.cli.bench", "run a benchmark: bench NAME"),
    "show": ("experiments.cli.show", "print a table or a figure's caption: show table2"),
    "trace": ("experiments.tracing.command", "what stands behind a cell: trace table2 dql_set 3"),
}
#: Packages that an extra brings -> the extra.
EXTRAS = {
    **{"stable_baselines3": "sac", "minari": "minari", "h5py": "minari"},
    **dict.fromkeys(("onnx", "onnxruntime", "onnxscript"), "onnx"),
}
#: Subcommands: name -> module and function, what it does, and examples.
COMMANDS = {
    "families": (
        ("families", "families"),
        "list the families of problems, or the configurations and methods of one",
        ["families", "families alloc --json"],
    ),
    "models": (
        ("models", "models"),
        "list the published models, or print the card of one",
        ["models", "models dql_set-slice3"],
    ),
    "collect": (
        ("train_evaluate", "collect"),
        "collect an offline dataset",
        [
            "collect --config 3 --out data.npz",
            "collect --family alloc --config leontief_3x5 --out alloc.npz",
        ],
    ),
    "train": (
        ("train_evaluate", "train"),
        "train a method on offline data (sac: by interaction); writes safetensors",
        [
            "train dql_set --config 0 --out dql.safetensors",
            "train bc --data data.npz --out bc.safetensors",
        ],
    ),
    "evaluate": (
        ("train_evaluate", "assess"),
        "score a method or weights on the common test windows",
        [
            "evaluate top_m --config 3",
            "evaluate --model dql_set-slice3",
            "evaluate --weights dql.safetensors --config 3 --json",
            "evaluate equal --family alloc --config leontief_3x5 --json",
        ],
    ),
    "export": (
        ("export", "write"),
        "write trained weights as an ONNX file, for programs without Python",
        ["export dql.safetensors --config 0 --onnx dql.onnx"],
    ),
    "oracle": (
        ("slice_tools", "oracle"),
        "share the budget of one window",
        ["oracle 80 60 20 --budget 30 --k 0.3"],
    ),
    "traffic": (
        ("slice_tools", "traffic"),
        "packet logs (a time a line, or a table with a column of times) to CSV traces",
        [
            "traffic thumb_fr=up.txt thumb_bk=down.txt --out traces",
            "traffic thumb_fr=capture.csv --where ip.src=10.0.0.2 --unit ms --out traces",
        ],
    ),
    "sanity": (
        ("slice_tools", "sanity"),
        "report on traffic and links before any training",
        ["sanity --traces traces", "sanity --link curves.csv --config 0 --json"],
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status: 0, or 2 after one line on bad input."""
    # sacred imports pkg_resources, which says at every start that it is deprecated.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with careful_output():
            return _answer(words)
    except (InputError, FloatingPointError) as error:
        print(f"difsched: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        package = f"difsched[{extra}]"
        print(f"difsched: {error.name} is not installed: pip install '{package}'", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"difsched: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0  # the reader of the output has seen enough


def _answer(words: list[str]) -> int:
    if words and words[0] in PASSED:
        name, *rest = words
        status: int = suite_module(PASSED[name][0], name).main(rest)
        return status
    parser = build_parser()
    arguments = parser.parse_args(words)
    if arguments.command == "completion":
        completion = import_module("difsched.cli.completion")
        print(completion.script(parser, arguments.shell))
        return 0
    # Slow to import: help does without.
    module, function = COMMANDS[arguments.command][0]
    getattr(import_module(f"difsched.cli.{module}"), function)(arguments)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of everything but ``PASSED``, which it lists."""
    parser = OneLineParser(
        prog="difsched",
        description="The parts of the suite one by one; ./run_all.sh makes the paper.",
        epilog="source <(difsched completion bash) completes words; status: 0, or 2 on bad input",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"difsched {__version__}")
    groups = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    own = {
        name: groups.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog="\n".join(["examples:", *(f"  difsched {line}" for line in examples)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        for name, (_, about, examples) in COMMANDS.items()
    }
    for name, (_, about) in PASSED.items():
        groups.add_parser(name, help=about, add_help=False).add_argument("name", metavar="NAME")
    shells = groups.add_parser("completion", help="print a script that completes words")
    shells.add_argument("shell", choices=("bash", "zsh"), help="source <(difsched completion bash)")
    for name in ("collect", "train", "evaluate", "export"):
        add_family(own[name])
        add_configuration(own[name])
        add_overrides(own[name])
    add_configuration(own["sanity"], default=None)
    own["families"].add_argument("name", nargs="?", metavar="FAMILY", help="one of them")
    own["models"].add_argument("name", nargs="?", metavar="MODEL", help="one of them")
    own["evaluate"].set_defaults(family=None, config=None)  # those of --model
    _add_data(own["collect"])
    _add_learning(own["train"], own["evaluate"])
    _add_export(own["export"])
    _add_oracle(own["oracle"])
    _add_traffic(own["traffic"])
    for name in ("evaluate", "sanity"):
        own[name].add_argument(
            "--windows",
            type=int,
            default=2000,
            metavar="W",
            help="test windows, whole episodes: in the slice a multiple of 20 (default: 2000)",
        )
    for one in own.values():
        one.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="npz to write")
    parser.add_argument(
        "--windows",
        type=int,
        metavar="W",
        help="windows, whole episodes: in the slice a multiple of 200 (default: 50000 there)",
    )
    parser.add_argument(
        "--behaviour",
        metavar="NAME",
        help="who acts: in the slice sub_agents (default) or experts, elsewhere a policy of the "
        "family's (default: random)",
    )
    parser.add_argument(
        "--random-share",
        type=float,
        metavar="P",
        help="share of the episodes with random reservations (slice; default: 0.5)",
    )


def _add_learning(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    train.add_argument("method", metavar="LEARNER", help="a method that learns, such as dql_set")
    train.add_argument("--out", type=Path, required=True, metavar="FILE", help="safetensors")
    train.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="offline dataset: of difsched collect, or an npz of your own arrays observation, "
        "final_observation, allocation, demand, delivered, lost and reward (README, Your own "
        "data; default: the configuration's own, collected first)",
    )
    train.add_argument("--steps", type=int, metavar="S", help="gradient steps (default: its own)")
    evaluate.add_argument(
        "method",
        nargs="?",
        metavar="METHOD",
        help="any method; one that learns takes the weights of the full run, or the published ones",
    )
    evaluate.add_argument(
        "--model",
        metavar="MODEL",
        help="a published model, of difsched models; on its own configuration unless --config "
        "names another",
    )
    evaluate.add_argument(
        "--weights", type=Path, metavar="FILE", help="of difsched train, or of difsched export"
    )
    for parser in (train, evaluate):
        parser.add_argument(
            "--seed", type=int, default=0, metavar="S", help="of the training (default: 0)"
        )


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", type=Path, metavar="WEIGHTS", help="of difsched train")
    parser.add_argument("--onnx", type=Path, required=True, metavar="FILE", help="file to write")


def _add_oracle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("demand", nargs="+", type=float, metavar="PACKETS", help="one a user")
    parser.add_argument("--budget", type=int, required=True, metavar="B", help="RBs to share")
    parser.add_argument("--k", default="0.3", metavar="LIST", help="1/RB, one or one a user")
    parser.add_argument("--s", default="10", metavar="LIST", help="RBs, one or one a user")
    parser.add_argument(
        "--solver", choices=("dp", "dual", "cvxpy"), default="dp", help="(default: dp, exact)"
    )


def _add_traffic(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("logs", nargs="+", metavar="[NAME=]LOG", help="each a trace of that name")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the CSVs")
    parser.add_argument(
        "--train-share",
        type=float,
        default=0.6,
        metavar="P",
        help="share of the windows, the first ones, for training (default: 0.6)",
    )
    parser.add_argument(
        "--window", type=int, default=200, metavar="MS", help="length (default: 200)"
    )
    parser.add_argument(
        "--unit",
        choices=("s", "ms", "us", "ns"),
        help="of times that are numbers (default: what the column's name says, or the only one "
        "that makes sense)",
    )
    parser.add_argument(
        "--column",
        metavar="C",
        help="name or number of the column of times (default: the one that the header calls so)",
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="C=VALUE",
        help="only rows with this value in the column: one sender of several; * takes all",
    )


if __name__ == "__main__":
    sys.exit(main())
