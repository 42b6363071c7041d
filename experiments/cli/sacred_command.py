"""Sacred's command line of one run: ``python -m experiments.stages.train with method=dql_set``.

It says which run; the run itself is `experiments.stages.train.planned`, the same that the workflow
makes: the same id, folder, record and bytes. Data that are missing are made first. Sacred's own
commands and flags are as they are elsewhere, but for these:

* ids come from method, configuration and seed, and queues are the workflow's: no ``--id``, no
  ``--queue``;
* ``--force`` also makes a run that is complete once more;
* ``--unobserved`` keeps nothing;
* a place that cannot be written (``-F``, ``-s``, ``-m``) is said once, and the run goes on.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sacred import Experiment
from sacred.utils import SacredError

from difsched.errors import InputError, choices
from difsched.family import FAMILIES
from difsched.utils.files import read_json
from experiments.cli.arguments import profile_lines
from experiments.paths import DEFAULT_PROFILE, ROOT, WORK, Layout, shown
from experiments.profiles.resolve import resolve
from experiments.runs.run import RECORD
from experiments.runs.sacred_experiment import Asked
from experiments.runs.workspace import Workspace
from experiments.stages.prepare import collect
from experiments.stages.train import Planned, planned
from experiments.workflow import lock

#: What is asked for without a word: configuration 0's run that `./run_all.sh check` begins with.
DEFAULTS = {
    "method": "dql_set",
    "family": "slice",
    "config": 0,
    "seed": 0,
    "profile": DEFAULT_PROFILE,
    "traces": None,
}
#: What follows from it.
DERIVED = ("environment", "settings", "n_windows", "inputs")
#: Flags of further observers, which we add ourselves.
OBSERVERS = ("--file_storage", "--sql", "--mongo_db")
#: Flags that are for this command and not for the run.
OURS = (*OBSERVERS, "--unobserved", "--print-config", "--force", "--debug", "--pdb")
REFUSED = {
    "--id": "ids come from method, configuration and seed",
    "--queue": "./run_all.sh has the queue",
}


def main(argv: Sequence[str]) -> int:
    """Run Sacred's command line and return the exit status."""
    command().run_commandline(["python -m experiments.stages.train", *argv[1:]])
    return 0


def command() -> Experiment:
    """Return the experiment whose command line this is."""
    experiment = Experiment("train", base_dir=ROOT, save_git_info=False)
    experiment.add_config(DEFAULTS)
    for name in (line.split()[0] for line in profile_lines()):
        experiment.add_named_config(name, profile=name)
    asked: dict[str, Any] = {}

    @experiment.option_hook
    def own_options(options: dict[str, Any]) -> None:
        with told():
            for flag, why in REFUSED.items():
                if options.get(flag):
                    raise InputError(f"{flag}: must be left out: {why}")
        asked.update(options)
        # This command is no run of its own: what is asked for is the run's.
        options.update(dict.fromkeys(OBSERVERS, None))
        options["--unobserved"] = True

    @experiment.config_hook
    def derived(config: dict[str, Any], command_name: str, logger: Any) -> dict[str, Any]:
        # Where nothing is left behind: commands such as print_config only ask.
        with told(), tempfile.TemporaryDirectory(prefix="difsched-train-") as folder:
            return dict(plan(config, specified(config, Path(folder))).config)

    @experiment.main
    def train(
        method: str,
        family: str,
        config: int,
        seed: int,
        profile: str,
        traces: str | None,
        environment: Any,
        settings: Any,
        n_windows: int,
        _run: Any,
        inputs: Any = None,
    ) -> float | None:
        """Make the run, unless it is complete already."""
        with told(), lock.hold(WORK, ["train", *sys.argv[1:]]):
            return make(_run.config, asked, _run.meta_info["named_configs"])

    return experiment


@contextmanager
def told() -> Iterator[None]:
    """Have bad input inside the block end Sacred's command line in one line."""
    try:
        yield
    except (InputError, lock.Held) as error:
        raise SacredError(str(error), print_traceback=False) from None


def specified(config: Mapping[str, Any], folder: Path | None = None) -> Workspace:
    """Return the workspace of a profile and traces: the workflow's, or in a folder.

    Raises
    ------
    InputError
        If there is no such profile or folder of traces.
    """
    profile, traces = config["profile"], config["traces"]
    names = [line.split()[0] for line in profile_lines()]
    if profile not in names:
        raise InputError(f"profile = {profile!r}: {choices(profile, names)}")
    if traces is not None and not (isinstance(traces, str) and Path(traces).is_dir()):
        raise InputError(f"traces = {traces!r}: must be a folder that exists")
    spec = resolve(profile, None if traces is None else Path(traces).resolve())
    place = folder or spec.workspace
    spec.write(Layout(place).spec_path)
    return Workspace(place)


def plan(config: Mapping[str, Any], workspace: Workspace) -> Planned:
    """Return the run that a configuration asks for.

    Raises
    ------
    InputError
        If it asks for what is not there or not allowed; the line names the entry.
    """
    method, family, index, seed = (config[name] for name in ("method", "family", "config", "seed"))
    if family not in FAMILIES:
        raise InputError(f"family = {family!r}: {choices(family, FAMILIES)}")
    if not isinstance(method, str):
        raise InputError(f"method = {method!r}: must be a name")
    configs = workspace.profile.part(family).configs
    if index not in configs or isinstance(index, bool):
        raise InputError(f"config = {index!r}: {choices(index, configs)}")
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**31:
        raise InputError(f"seed = {seed!r}: must be a whole number in 0..{2**31 - 1}")
    return planned(workspace, method, family, index, seed, config.get("settings"))


def make(
    config: Mapping[str, Any], options: Mapping[str, Any], named: Sequence[str]
) -> float | None:
    """Make the run that a configuration asks for, and return its loss."""
    workspace = specified(config)
    run, problems = plan(config, workspace), workspace.problems(config["family"])
    collect(workspace, config["family"], problems.dataset(config["config"]))
    refuse_others(config, run)
    if options.get("--unobserved"):
        with tempfile.TemporaryDirectory(prefix="difsched-train-") as folder:
            loss = run.body(Path(folder))
        print(f"{run.run_id}: loss {loss}, not kept (--unobserved)")
        return loss
    passed = {f: value for f, value in options.items() if f.startswith("--") and f not in OURS}
    passed["--loglevel"] = options.get("--loglevel") or "WARNING"
    observers = [place for flag in OBSERVERS if (place := options.get(flag))]
    asked = Asked(passed, named, observers, bool(options.get("--force")))
    started = time.time_ns()
    made = run.make(asked)
    new = (made / RECORD).stat().st_mtime_ns >= started
    figure: float | None = read_json(made / "run.json")["result"]
    word = "made" if new else "was complete already (--force makes it once more)"
    print(f"{run.run_id}: loss {figure}, {word}: {shown(made)}")
    return figure


def refuse_others(config: Mapping[str, Any], run: Planned) -> None:
    """Refuse entries that contradict the run: those that follow from it are not free.

    Raises
    ------
    InputError
        At the first; the line names entry, value and what it must be.
    """
    recorded = dict(_flat({**run.recorded}))
    for name, value in _flat({key: config[key] for key in DERIVED if config.get(key) is not None}):
        if recorded.get(name) != value:
            raise InputError(
                f"{name} = {value!r}: follows from family and config, where it is "
                f"{recorded.get(name)!r}; a slice of your own is --config of difsched train"
            )


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
