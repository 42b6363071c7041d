"""The columns of every CSV file of the aggregates, in one order.

What ran, on what and how, then the numbers, then what they rest on; ``artifacts/README.md`` says
what each means. Every table about runs has the problem family: right before ``config``, where it
has one, else right behind what names the row's run or method; empty where the run is of none.
"""

from experiments.aggregate.results import Rows
from experiments.products import BOUNDS
from experiments.studies import STUDIES

#: A configuration: of which family, and its number there.
CELL = ("family", "config")
#: What names a run.
RUN = ("run", "method", *CELL, "seed")
_SLICE = (*CELL, "N_user", "B")
_SWEEP = ("run", "method", *_SLICE, "information", "loss", "half_width", "windows")
_MIXTURE = ("run", "family", "seed", "gradient_steps", "mixture", "model")
_TIE = ("run", "seed", "gradient_steps", *_SLICE, "model")
_STUDY = (
    *(*RUN, "information", "study", "variant", "group", "label", "x"),
    *("retransmit", "data_windows", "random_share", "behaviour", "gradient_steps"),
    *("field", "value", "loss", "score"),
)
_MEASURES = ("loss", "qos_met", "starved", "jain", "score")

COLUMNS: dict[str, tuple[str, ...]] = {
    "methods": ("method", "label", "section", "about"),
    "datasets": (
        *(*_SLICE, "dataflow", "traffic", "channel_classes", "windows", "demand_mean", "kappa"),
        *("loss_sub_agents", "loss_random", "loss_behaviour", *BOUNDS, "sha256"),
    ),
    "main": (*RUN, "information", *_MEASURES, "not_served"),
    "costs": (
        *(*RUN, "fit_cpu_seconds", "decide_ms_p50", "decide_ms_p99", "parameters", "peak_mib"),
    ),
    "curves": (*RUN, "amount", "unit", "loss", "windows"),
    "summary": (
        *("method", *CELL),
        *(column for name in _MEASURES for column in (name, f"{name}_half_width")),
        *("score_seeds", "score_episodes", "seeds", "episodes"),
    ),
    "pairs": (
        *("method", "against", *CELL, "difference", "low", "high"),
        *("seeds", "against_seeds", "episodes"),
    ),
    "overall": ("method", "family", "statistic", "value", "low", "high", "seeds", "configs"),
    "user_loss": ("method", *CELL, "loss", "share", "half_width"),
    "budget": _SWEEP,
    "scaling": _SWEEP,
    "scaling_time": ("run", "method", *_SLICE, "microseconds", "windows"),
    **dict.fromkeys(STUDIES, _STUDY),
    "transfer": (
        *("run", "method", "trained", *CELL, "seed", "information", "channel"),
        *("loss", "score"),
    ),
    "mixtures": (
        *(*_MIXTURE, "energy_distance", "modes", "covered", "near", "lightest"),
        *("data", "samples"),
    ),
    "mixture_samples": (*_MIXTURE, "x", "y"),
    "ties": (*_TIE, "action", "loss", "data", "windows"),
    "tie_grants": (*_TIE, "rbs", "share"),
    "tie_examples": (*_TIE, "window", "user", "rbs"),
    "excluded": ("run", "family", "reason"),
}


def in_order(name: str, rows: Rows) -> list[list[object]]:
    """Return the cells of each row in the order of its table's columns.

    A row may lack what is not known of it, as a run that cannot serve its configuration does.

    Raises
    ------
    ValueError
        If a row has a column that the table has not.
    """
    columns = COLUMNS[name]
    for row in rows:
        if unknown := sorted(row.keys() - set(columns)):
            raise ValueError(f"{name}.csv has no column {', '.join(unknown)}")
    return [[row.get(column) for column in columns] for row in rows]
