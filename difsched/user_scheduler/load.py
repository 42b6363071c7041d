"""A scheduler from outside the repository as a method of the suite.

What it must be (``examples/`` has a template of each):

* a rule is built as ``MyScheduler(config)`` and has ``act(observation)``;
* a learner has ``fit(dataset, config, seed)``, a static or class method that returns an object with
  ``act(observation)``. It learns from the configuration's offline dataset, with three seeds.

``config`` is an `EnvironmentConfig` (users ``N_user``, budget ``B``, channel classes) and
``dataset`` an `OfflineDataset`. ``observation`` (W, N, 4) holds for W windows and N users the
forecast demand and the demand of the window before, in packets, and the channel's k and s; ``act``
returns whole RBs (W, N), each row summing to B.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from difsched.baselines.method import Method, Task
from difsched.baselines.registry import METHODS, code_name
from difsched.errors import InputError
from difsched.policy import Policy

#: Installed packages name their schedulers in this group of entry points.
GROUP = "difsched.schedulers"
FORMS = f"MODULE:CLASS, FILE.py:CLASS or an entry point of {GROUP}"
#: Holds the caller's PYTHONPATH where run_all.sh has put its own in the place of it.
CALLERS_PATH = "DIFSCHED_PYTHONPATH"


@dataclass(frozen=True)
class Outside:
    """A scheduler from outside: the class itself, and the method that it is to the suite."""

    scheduler: Any
    method: Method


def is_outside(text: str) -> bool:
    """Return whether a name is one of `FORMS`, and not that of a method of the suite."""
    return ":" in text or text in _points()


def _points() -> dict[str, str]:
    """Return name -> ``MODULE:CLASS`` of the entry points that are in sight."""
    _look_where_the_caller_does()
    return {point.name: point.value for point in entry_points(group=GROUP)}


def load(text: str) -> Outside:
    """Return the scheduler that ``MODULE:CLASS``, ``FILE.py:CLASS`` or an entry point names.

    Modules are looked for in the current folder and on the caller's ``PYTHONPATH``, too. A name
    without a colon is that of an entry point, which stands for its ``MODULE:CLASS``.

    Raises
    ------
    InputError
        If it cannot be imported, is none, or has the name of a method of the suite. An import's
        own error is the cause.
    """
    if (built_in := code_name(text)) is not None:
        raise InputError(
            f"scheduler {text!r}: is {built_in}, a method of the suite: ./run_all.sh show table2 "
            f"has its results, and difsched evaluate {built_in} scores it"
        )
    where, _, name = _points().get(text, text).rpartition(":")
    if not where or not name.isidentifier():
        raise InputError(f"scheduler {text!r}: must be {FORMS}")
    try:
        module = _from_file(Path(where)) if where.endswith(".py") else import_module(where)
    except (Exception, SystemExit) as error:
        reason = " ".join([f"{type(error).__name__}:", *str(error).split()])
        raise InputError(f"scheduler {text!r}: cannot be imported: {reason}") from error
    if not hasattr(module, name):
        raise InputError(f"scheduler {text!r}: {where} has no {name}")
    scheduler = getattr(module, name)
    if not callable(scheduler):
        raise InputError(f"scheduler {text!r}: must be a class; is {type(scheduler).__name__}")
    if name in METHODS:
        raise InputError(f"scheduler {text!r}: {name} is a method of the suite; rename the class")
    kind = _learner if hasattr(scheduler, "fit") else _rule
    return Outside(scheduler, kind(name, scheduler))


def _rule(name: str, scheduler: Any) -> Method:
    return Method(name, name, lambda task: scheduler(task.config), "rules")


def _learner(name: str, scheduler: Any) -> Method:
    def fit(task: Task) -> Policy:
        return scheduler.fit(task.dataset, task.config, task.training.seed)

    return Method(name, name, fit, "offline", training="offline")


@contextmanager
def registered(method: Method) -> Iterator[None]:
    """Let statistics and figures find a method by name in the block."""
    METHODS[method.name] = method
    try:
        yield
    finally:
        del METHODS[method.name]


def _look_where_the_caller_does() -> None:
    # Last, so that no file there takes the place of a package that the suite itself imports.
    callers = os.environ.get(CALLERS_PATH, "").split(os.pathsep)
    sys.path += [folder for folder in (os.getcwd(), *callers) if folder and folder not in sys.path]


def _from_file(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"outside_{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise FileNotFoundError(f"{path} is no file")
    sys.path.append(str(path.resolve().parent))
    module = module_from_spec(spec)
    # Where dataclasses look up the annotations of a class.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
