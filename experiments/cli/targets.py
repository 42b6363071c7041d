"""What `./run_all.sh` can be asked for besides products: actions, commands, benchmarks."""

from experiments.products import PRODUCTS

ACTIONS = {
    "all": "every table and figure (the default)",
    "list": "print the targets and the profiles; or list methods: their names and labels",
    "test": "ruff, mypy and pytest; or test maths: the tests of the mathematics alone",
    "bench": "run a benchmark by name: bench NAME",
}

# What takes arguments of its own: name -> module and what it does.
COMMANDS = {
    "figures": (
        "experiments.publication.figures",
        "all of them, or some: figures fig4 table2, from the committed reference logs, no run",
    ),
    "show": (
        "experiments.cli.show",
        "print a table of the last run, or of the reference: show table2",
    ),
    "trace": ("experiments.tracing.command", "what stands behind a cell: trace table2 dql_set 3"),
    "verify": ("experiments.claims.verify", "check the claims: verify, or verify --reference"),
    "tune": (
        "experiments.tuning.command",
        "try settings of learners on training windows, as many for each: tune dql_set",
    ),
    "check": (
        "experiments.claims.rerun",
        "make a run of the reference again, bitwise: check dql_set 0 0, or one of each kind",
    ),
    "paper": ("experiments.publication.build", "compile the paper (needs TeX)"),
    "--method": (
        "experiments.user_scheduler.evaluate",
        "your own scheduler beside the reference: --method FILE.py:CLASS",
    ),
    "notebooks": ("experiments.notebooks", "run the notebooks; or some: notebooks 02_training"),
    "models": (
        "experiments.publication.models",
        "make the published models that are missing, of runs made again where need be",
    ),
    "demo": (
        "experiments.demo.command",
        "watch schedulers decide, in a browser on this machine: demo, or demo --port 8600",
    ),
    "rooms": ("experiments.provenance.rooms", "the rooms of the code and the arrows between them"),
    "docs": ("experiments.cli.docs", "the library's documentation, as pages for a browser"),
    "publish": (
        "experiments.publication.publish",
        "make artifacts/reference from a full run, or parts of it: publish alloc dql_set",
    ),
}

# Each is the module benchmarks.NAME.
BENCHMARKS = {
    "chaos": "kills, damaged files, a full disk: results unchanged, or an error (--short: minutes)",
    "coverage": "coverage of the intervals with three seeds, by simulation",
    "decide": "latency of one decision, learned schedulers and others",
    "env": "windows a second of the simulator, beside one that draws every packet",
    "families": "speed of the further families' simulators, rules and planners",
    "learners": "what learners, rules and solvers cost and buy, side by side, to 100,000 cells",
    "fuzz": "damaged and hostile inputs by the thousand, and what readers make of them",
    "quality": "CPU seconds until dql_set's score is 95",
    "oracle": "time and error of the oracle's methods, side by side",
    "train": "gradient steps a second, beside the machine's peak and the published code",
}


def target_lines() -> list[str]:
    """Return one line a target: its name and what it makes."""
    about = {"all": ACTIONS["all"]}
    about |= {name: product.about for name, product in PRODUCTS.items()}
    about |= {name: text for name, text in ACTIONS.items() if name not in ("all", "bench")}
    about |= {name: text for name, (_, text) in COMMANDS.items()}
    about |= {f"bench {name}": text for name, text in BENCHMARKS.items()}
    return [f"  {name:<12} {text}" for name, text in about.items()]
