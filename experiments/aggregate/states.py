"""Rows on the states of datasets and of their augmentations, from the cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.aggregate.records import read_record
from experiments.aggregate.rows import CoverageRow, RealismRow, Row
from experiments.runs.workspace import Workspace


@dataclass(frozen=True)
class Realism:
    """How real the states of a kind look."""

    space_error: float
    change: float | None
    discrepancy: float


@dataclass(frozen=True)
class States:
    """What a card says of states, by kind; see `difsched.baselines.mlb.counterfactual.coverage`."""

    realism: Mapping[str, Realism]
    shares: tuple[float, ...]
    coverage: Mapping[str, tuple[tuple[float, ...], ...]]


@dataclass(frozen=True)
class StatesCard:
    """A card, of which states are told or not."""

    states: States | None = None


def states_tables(workspace: Workspace, family: str) -> dict[str, Sequence[Row]]:
    """Return the tables ``realism`` and ``coverage`` of a family's datasets."""
    problems = workspace.problems(family)
    realism, coverage = [], []
    for index in workspace.profile.part(family).configs:
        card = read_record(StatesCard, workspace.card_path(family, problems.dataset(index)))
        if card.states is None:
            continue
        about: dict[str, Any] = {
            "family": family,
            "config": index,
            "name": problems.family.name_of(index),
        }
        share_x, share_y = card.states.shares
        for kind, one in card.states.realism.items():
            realism.append(RealismRow(**about, states=kind, **vars(one)))
        for kind, places in card.states.coverage.items():
            coverage += [
                CoverageRow(**about, states=kind, x=x, y=y, share_x=share_x, share_y=share_y)
                for x, y in places
            ]
    return {"realism": realism, "coverage": coverage}
