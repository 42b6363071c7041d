"""Who decides in the demo: a published model, a rule or an oracle, one's own class, an upload."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from difsched import published
from difsched.baselines.references import reference_methods
from difsched.baselines.registry import find, methods
from difsched.baselines.weights import load_policy
from difsched.cli.options import SLICE
from difsched.cli.problem import Problem
from difsched.cli.slice_problem import SliceProblem
from difsched.errors import InputError
from difsched.family import FAMILIES, family_named
from difsched.policy import Policy
from experiments.demo.sliders import FORECAST, changed, with_error

#: Bytes of the largest upload: some fifty times a set network.
MOST_BYTES = 16 << 20
#: Policies and problems that are kept.
KEPT = 16
Kind = Literal["model", "method", "own", "upload"]


@dataclass(frozen=True)
class Place:
    """Where is decided.

    Attributes
    ----------
    family, config : str, int or str
        A configuration.
    sliders : tuple of (str, float)
        Sliders and their values.
    episodes : int
        Test episodes side by side.
    """

    family: str
    config: int | str
    sliders: tuple[tuple[str, float], ...] = ()
    episodes: int = 5


@dataclass(frozen=True)
class Player:
    """Who decides.

    Attributes
    ----------
    kind : {"model", "method", "own", "upload"}
    name : str
        Of the model, of the method, ``FILE.py:CLASS``, or of the file.
    content : bytes
        Of an upload.
    """

    kind: Kind
    name: str
    content: bytes = b""


@lru_cache(KEPT)
def problem_of(place: Place) -> Problem:
    """Return the problem of a place, with the sliders' changes.

    Raises
    ------
    InputError
        If a slider's value is not allowed in the configuration.
    """
    family = family_named(place.family)
    usual = family.load(place.config)
    values = dict(place.sliders)
    config = changed(family.name, usual, values)
    kind = SliceProblem if family.name == SLICE else Problem
    problem = kind(family, str(place.config), config, own=config != usual)
    factor = values.get(FORECAST, 1.0)
    if factor != 1.0:
        # A cached property of a frozen record: its value is put where it would be kept.
        problem.__dict__["source"] = with_error(problem.source, factor)
    return problem


@lru_cache(KEPT)
def policy_of(place: Place, player: Player) -> tuple[Policy, Problem]:
    """Return what decides, and the problem as it sees it.

    Raises
    ------
    InputError
        If there is no such player, or it cannot decide there.
    """
    problem = problem_of(place)
    return _KINDS[player.kind](problem, player)


def _model(problem: Problem, player: Player) -> tuple[Policy, Problem]:
    seed = published.read_card(player.name).seed
    return load_policy(published.model_weights(player.name), problem.config, seed), problem


def _method(problem: Problem, player: Player) -> tuple[Policy, Problem]:
    method = find(player.name, problem.family.name)
    if method.learns:
        raise InputError(f"{player.name}: learns; choose its published model, or upload weights")
    if not method.decides:
        raise InputError(f"{player.name}: is a bound, which decides nothing; choose another")
    seen = problem.seen_by(method)
    if "source" in problem.__dict__:
        seen.__dict__["source"] = problem.source
    return seen.fit(method, 0), seen


def _own(problem: Problem, player: Player) -> tuple[Policy, Problem]:
    if problem.family.name != SLICE:
        raise InputError(f"{player.name}: own schedulers serve the slice alone")
    return problem.fit(problem.method(player.name), 0), problem


def _upload(problem: Problem, player: Player) -> tuple[Policy, Problem]:
    size = len(player.content)
    if size > MOST_BYTES:
        raise InputError(f"{player.name}: has {size} bytes: must be at most {MOST_BYTES}")
    name = Path(player.name).name
    if not name.endswith(".safetensors"):
        raise InputError(
            f"{name}: must be a .safetensors file, as difsched train writes it; pickles, such as "
            ".pt and .pth, are never read"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload.safetensors"
        path.write_bytes(player.content)
        try:
            return load_policy(path, problem.config), problem
        except InputError as error:
            raise InputError(str(error).replace(str(path), name)) from None


_KINDS: dict[Kind, Callable[[Problem, Player], tuple[Policy, Problem]]] = {
    "model": _model,
    "method": _method,
    "own": _own,
    "upload": _upload,
}


def families() -> list[str]:
    """Return the names of the families that have configurations, the slice first."""
    found = [name for name, family in FAMILIES.items() if family.configurations()]
    return sorted(found, key=lambda name: name != SLICE)


def models_for(family: str, config: int | str) -> list[str]:
    """Return the published models of a family, those of a configuration first, ours before."""
    cards = {name: published.read_card(name) for name in published.names()}
    own = [name for name, card in cards.items() if card.family == family]
    return sorted(
        own, key=lambda name: (cards[name].config != config, not name.startswith("dql_set"), name)
    )


def rules_for(family: str) -> list[str]:
    """Return the names of a family's rules and oracles that decide, which a bound does not."""
    excluded = family_named(family).not_served
    known = methods(family).items()
    return [name for name, one in known if one.decides and not one.learns and name not in excluded]


def oracle_for(place: Place) -> Player:
    """Return the oracle that a place's score of 100 stands on, or of 0 where that is a bound."""
    problem = problem_of(place)
    references = problem.family.references(problem.config)
    seen: Any = references.revealed or references.seen
    information = getattr(seen, "information", None)
    zero, hundred = reference_methods(references, methods(place.family), information)
    return Player("method", hundred.name if hundred.decides else zero.name)
