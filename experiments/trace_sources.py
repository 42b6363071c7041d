"""Which numbers each table and figure shows, and from which runs they come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RESULT = "result.json"


@dataclass(frozen=True)
class Source:
    """Rows of a CSV file that a product shows.

    Attributes
    ----------
    csv : str
        The file's name without its suffix.
    keys : tuple of str
        Columns whose values name a cell, in the order in which a reader gives them.
    labels : tuple of str
        Columns that tell apart the rows of a cell.
    values : tuple of str
        Columns that are shown.
    where : mapping
        Column -> value of all rows that belong to the product; None: empty.
    file : str
        The file of a run that the numbers are from.
    run : str
        Pattern of the run's id, of the row's columns; none: the rows are about several runs.
    """

    csv: str
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    values: tuple[str, ...]
    where: Mapping[str, Any] = field(default_factory=dict)
    file: str = RESULT
    run: str = "{run}"


CELL = ("method", "config")
SCORES = ("loss", "score")
COSTS = ("fit_cpu_seconds", "decide_ms_p50", "decide_ms_p99", "parameters", "peak_mib")
INTERVALS = ("loss", "loss_half_width", "score", "score_half_width")


def _study(name: str, *keys: str) -> Source:
    """Return the runs of a study."""
    return Source("variants", keys, ("seed",), SCORES, {"study": name, "field": None})


_DECISIONS = Source(
    "variants",
    ("field", "value"),
    ("value", "seed"),
    SCORES,
    {"study": "ablation", "variant": "base"},
)
_SCORED = Source("main", CELL, ("config", "seed"), ("score",))

#: Product -> what it shows; what rests on no run has no entry.
SOURCES: dict[str, tuple[Source, ...]] = {
    "table1": (
        Source("datasets", ("config",), (), ("kappa", "loss_behaviour"), run="dataset-c{config}"),
    ),
    "table2": (
        Source("summary", CELL, ("config",), INTERVALS, run=""),
        Source("main", CELL, ("config", "seed"), SCORES),
    ),
    "table3": (
        Source("overall", ("method",), ("statistic",), ("value", "low", "high"), run=""),
        _SCORED,
    ),
    "table4": (_study("ablation", "variant"), _DECISIONS),
    "table5": (
        Source("transfer", CELL, ("config", "channel", "trained", "seed"), SCORES),
        Source("main", CELL, ("config", "seed"), SCORES),
        _study("truth", *CELL),
        _study("channel", *CELL),
    ),
    "table6": (Source("costs", CELL, ("config", "seed"), COSTS, file="cost.json"),),
    "fig3": (
        Source(
            "mixtures", ("model", "mixture"), ("mixture", "seed"), ("energy_distance", "covered")
        ),
        Source("ties", ("model", "config"), ("config", "action", "seed"), ("loss",)),
    ),
    "fig4": (
        Source("curves", CELL, ("config", "amount", "seed"), ("loss",), file="metrics.jsonl"),
    ),
    "fig5": (_SCORED,),
    "fig6": (Source("budget", (*CELL, "B"), ("config", "B"), ("loss", "half_width")),),
    "fig7": (
        Source("scaling", ("method", "N_user"), ("N_user",), ("loss", "half_width")),
        Source(
            "scaling_time", ("method", "N_user"), ("N_user",), ("microseconds",), file="cost.json"
        ),
    ),
    "fig8": (Source("main", CELL, ("config", "seed"), ("jain", "starved")),),
    "fig9": (_study("ablation", "variant"), _DECISIONS),
    "fig10": (_study("payoff", "variant", "method"),),
}
