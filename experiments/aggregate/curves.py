"""Learning curves: rows of a run's points, and of what its groups of entities had there."""

from collections.abc import Mapping
from pathlib import Path

from difsched.baselines.registry import methods
from difsched.errors import within
from difsched.family import family_named
from difsched.utils.files import read_json_lines
from experiments.aggregate.records import mapping
from experiments.aggregate.results import Point, Run, unit_of
from experiments.aggregate.rows import CurveRow, FamilyCurveRow, GroupCurveRow, Row


def points_of(folder: Path, run: Run) -> list[Point]:
    """Return the points of a run's learning curve; none of what was not trained step by step."""
    path = folder / "metrics.jsonl"
    if methods(run.key.family)[run.key.method].training is None or not path.exists():
        return []
    with within(f"{path}: "):
        family = family_named(run.key.family)
        return [Point.of(mapping(line), family) for line in read_json_lines(path)]


def points_by_run(runs: Mapping[Path, Run]) -> dict[Path, list[Point]]:
    """Return folder -> the points of its run."""
    return {folder: points_of(folder, run) for folder, run in runs.items()}


def curve_rows(run: Run, points: list[Point]) -> list[Row]:
    """Return a row a point."""
    if not points:
        return []
    unit, family = _unit(run), family_named(run.key.family)
    if not family.curve_metrics:
        cost = family.cost.name
        return [CurveRow(run.key, one.amount, unit, one.means[cost], one.windows) for one in points]
    return [FamilyCurveRow(run.key, one.amount, unit, one.means, one.windows) for one in points]


def group_curve_rows(run: Run, points: list[Point]) -> list[GroupCurveRow]:
    """Return a row a point and group of entities, of a family that tells of groups."""
    family = family_named(run.key.family)
    assert family.group is not None
    unit, group = _unit(run), family.group(family.load(run.key.config))
    return [
        GroupCurveRow(
            run.key,
            point.amount,
            unit,
            group,
            number,
            {name: values[number] for name, values in point.groups.items()},
            point.windows,
        )
        for point in points
        for number in range(len(next(iter(point.groups.values()), ())))
    ]


def _unit(run: Run) -> str:
    return unit_of(methods(run.key.family)[run.key.method].training)
