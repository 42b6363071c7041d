"""Which numbers each table and figure shows, from which runs they come, and where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from difsched.run_ids import main_run
from experiments.paths import Layout
from experiments.products import (
    BOUNDS,
    FAMILY_PRODUCTS,
    FURTHER,
    ONE_SAMPLE,
    PROPOSED,
    TABLED_STUDIES,
)

RESULT, COST = "result.json", "cost.json"
#: Pattern of a dataset's card, in a workspace.
CARD = str(Layout(Path()).card_path("slice", "{config}"))


@dataclass(frozen=True)
class Cell:
    """Where a table prints a number. Patterns are of the row's columns, ``{label}`` a method's own.

    Attributes
    ----------
    value : str
        Column of the CSV file.
    column : str
        Pattern of the column's header.
    row, second : str
        Pattern of the row's first cell, and of the next where that tells rows apart.
    heading, group : str
        Patterns of how the heading over the rows begins, and of the title over the columns.
    table : str
        Pattern of the table's label, behind the product's name.
    scale : float
        What the value is multiplied by.
    """

    value: str
    column: str
    row: str = "{label}"
    second: str = ""
    heading: str = ""
    group: str = ""
    table: str = ""
    scale: float = 1


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
        More columns that tell cells apart.
    values : tuple of str
        Columns that are shown.
    where : mapping
        Column -> value, or tuple of values, of all rows that belong to the product; None: empty.
    file : str
        Pattern of the file that the numbers are from, in the row's run or, without one, in the
        workspace; none: the rows are about several runs, whose rows another source lists.
    run : str
        Pattern of the run's id, of the row's columns; none: the file is no run's.
    over : tuple of str
        Columns over which a cell reduces its rows.
    operation : str
        How: ``"mean"``, ``"median"`` or ``"max"``; none: in another way than row by row.
    cells : tuple of Cell
        Where tables print it.
    """

    csv: str
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    values: tuple[str, ...]
    where: Mapping[str, Any] = field(default_factory=dict)
    file: str = RESULT
    run: str = "{run}"
    over: tuple[str, ...] = ("seed",)
    operation: str = "mean"
    cells: tuple[Cell, ...] = ()


METHOD, CONFIG, CELL = ("method",), ("config",), ("method", "config")
SCORES = ("loss", "score")
INTERVALS = ("loss", "loss_half_width", "score", "score_half_width")
TIMES = {"fit_cpu_seconds": "Fit (CPU s)", "decide_ms_p50": "p50 (ms)", "decide_ms_p99": "p99 (ms)"}
COSTS = {**TIMES, "parameters": "Parameters"}
#: What values are called in tables.
PRINTED = {
    "iqm": "IQM",
    "mean": "Mean",
    "optimality_gap": "Optimality gap",
    "improvement": "P(ours better)",
    "oracle_predicted": "forecast",
    "oracle": "truth",
    **{setting[0]: word for word, setting in PROPOSED.items() if setting},
}
TESTED = "Test windows"
#: Columns of a family's study that are empty in what a run was made to tell.
OWN = {"setting": None, "tested": None}
#: Actors whose own runs propose several samples.
SAMPLED = ("gaussian_set", "flow_set", "dql_set")
HOME, AWAY = "Trained on the tested configuration", "Trained with one channel class"


def _study(name: str, keys: tuple[str, ...], *cells: Cell) -> Source:
    """Return the runs of a study."""
    return Source(name, keys, CONFIG, SCORES, {"field": None}, cells=cells)


def _ablations(*parts: str) -> tuple[Cell, ...]:
    row, heading = parts
    return (
        Cell("loss", "Loss (%)", row=row, heading=heading, scale=100),
        Cell("score", "Score", row=row, heading=heading),
    )


def _decisions(*cells: Cell) -> Source:
    """Return the scores of the base's weights with other settings of its decisions."""
    where = {"variant": "base"}
    return Source("ablation", ("field", "value"), CONFIG, SCORES, where, cells=cells)


def _information(second: str) -> tuple[Cell, ...]:
    table = "-information"
    return (
        Cell("loss", "{config}", second=second, heading="Packet", table=table, scale=100),
        Cell("score", "{config}", second=second, heading="Score", table=table),
    )


def _family_scores(family: str) -> Source:
    """Return the scores of a further family's methods, in the parts of its table."""
    cells = tuple(Cell("score", "{name}", table=part) for part in ("", "-2", "-3"))
    return Source(f"{family}_main", CELL, (), SCORES, cells=cells)


def _tabled(study: str, table: str, of: str = "{name}", where: Mapping[str, Any] = OWN) -> Source:
    """Return the scores of a study whose variants are rows, of each configuration."""
    cell = Cell("score", "Score", "{printed}", heading="{group}", group=of, table=table)
    return Source(study, ("variant", "config"), (), SCORES, where, cells=(cell,))


_SCORED = Source("main", CELL, (), ("score",), operation="")

#: Product -> what it shows; what rests on no run has no entry.
SOURCES: dict[str, tuple[Source, ...]] = {
    "table1": (
        Source(
            "datasets",
            CONFIG,
            (),
            ("kappa", "demand_mean", "loss_sub_agents", "loss_random", "sha256"),
            file=CARD,
            run="",
            over=(),
            cells=(
                Cell("kappa", "κ", row="{config}"),
                Cell("demand_mean", "ū", row="{config}"),
                Cell("loss_sub_agents", "agents", row="{config}", scale=100),
                Cell("loss_random", "random", row="{config}", scale=100),
            ),
        ),
        *(
            Source(
                "datasets",
                CONFIG,
                (),
                (column,),
                run=main_run(method, "{family}", "{config}", 0),
                over=(),
                cells=(
                    Cell(column, PRINTED.get(method, method), "{config}", group=TESTED, scale=100),
                ),
            )
            for column, method in BOUNDS.items()
        ),
    ),
    "table2": (
        Source("summary", CELL, (), INTERVALS, file="", over=()),
        Source(
            "main",
            CELL,
            (),
            SCORES,
            cells=(
                Cell("loss", "{config}", scale=100),
                Cell("score", "{config}", table="-score"),
            ),
        ),
    ),
    "table3": (
        Source(
            "overall",
            METHOD,
            ("statistic",),
            ("value", "low", "high"),
            file="",
            over=(),
            cells=(Cell("value", "{statistic}"),),
        ),
        _SCORED,
    ),
    "table4": (
        _study("ablation", ("variant",), *_ablations("{printed}", "{group}")),
        _decisions(*_ablations("{value}", "{field}")),
    ),
    "table5": (
        Source(
            "transfer",
            CELL,
            ("channel", "trained"),
            SCORES,
            cells=(Cell("score", "{config}", heading="Channel {channel}", group="{block}"),),
        ),
        Source(
            "main",
            CELL,
            (),
            SCORES,
            cells=(
                Cell("score", "{config}", heading="Channel shown", group=HOME),
                *_information("forecast"),
            ),
        ),
        _study("truth", CELL, *_information("truth")),
        _study("channel", CELL, Cell("score", "{config}", heading="Channel hidden", group=HOME)),
    ),
    "table6": (
        Source(
            "costs",
            ("method", "N_user"),
            (),
            tuple(COSTS),
            file=COST,
            over=("config", "seed"),
            operation="median",
            cells=tuple(Cell(name, "N = {N_user}", group=title) for name, title in COSTS.items()),
        ),
        Source(
            "costs",
            METHOD,
            (),
            ("peak_mib",),
            file="resources.json",
            over=("config", "seed"),
            operation="max",
            cells=(Cell("peak_mib", "Peak (MiB)"),),
        ),
    ),
    "table7": (
        Source(
            "overall",
            METHOD,
            (),
            ("value",),
            {"statistic": "mean"},
            file="",
            over=(),
            cells=(Cell("value", "mean"),),
        ),
        _SCORED,
        *(
            Source(f"{family}_main", CELL, (), ("score",), cells=(Cell("score", "{name}"),))
            for family in FURTHER
        ),
    ),
    **{
        product: (_family_scores(family),)
        for product, (family, _) in FAMILY_PRODUCTS.items()
        if product in ("table14",)
    },
    "table9": (
        _family_scores("mlb"),
        *(_tabled(f"mlb_{study}", f"-{study}") for study in TABLED_STUDIES["table9"]),
    ),
    "table8": (
        _family_scores("mec"),
        *(
            Source(
                "mec_proposals",
                ("variant", "config", *keys),
                (),
                SCORES,
                where,
                cells=(Cell("score", column, group="{name}", row="{printed}", table="-proposals"),),
            )
            for where, keys, column in (
                ({"setting": None, "method": ONE_SAMPLE}, (), "1 sample"),
                ({"setting": None, "method": SAMPLED}, (), "32 samples"),
                ({}, ("setting",), "{setting}"),
            )
        ),
    ),
    "table10": (
        _family_scores("alloc"),
        *(
            Source(
                "alloc_robustness",
                ("variant", "config", *keys),
                (),
                SCORES,
                {} if keys else {"tested": None},
                cells=(Cell("score", column, row="{printed}", table="-robustness"),),
            )
            for keys, column in (((), "as it is"), (("tested",), "{tested}"))
        ),
    ),
    "table13": (_family_scores("sequential"), _tabled("sequential_fresh", "-fresh")),
    "table11": (
        _tabled("fresh", "", "config {config}", {}),
        _tabled("support", "-support", "config {config}", {}),
    ),
    "fig3": (
        Source("mixtures", ("model", "mixture"), (), ("energy_distance", "covered")),
        Source("ties", ("model", "config"), ("action",), ("loss",)),
    ),
    "fig4": (Source("curves", CELL, ("amount",), ("loss",), file="metrics.jsonl"),),
    "fig5": (_SCORED,),
    "fig6": (Source("budget", (*CELL, "B"), (), ("loss", "half_width"), over=()),),
    "fig7": (
        Source("scaling", ("method", "N_user"), (), ("loss", "half_width"), over=()),
        Source("scaling_time", ("method", "N_user"), (), ("microseconds",), file=COST, over=()),
    ),
    "fig8": (Source("main", CELL, (), ("jain", "starved")),),
    "fig9": (_study("ablation", ("variant",)), _decisions()),
    "fig10": (
        _study("payoff", ("variant", "method")),
        # Of the settings of decisions, the search around the one action alone is drawn.
        Source(
            "payoff",
            ("variant", "method", "field"),
            CONFIG,
            SCORES,
            {"method": ONE_SAMPLE, "field": "exchanged"},
        ),
    ),
    "fig11": (
        Source("mec_main", CELL, (), ("score",)),
        Source("mec_curves", CELL, ("amount",), ("qos", "energy_j"), file="metrics.jsonl"),
    ),
    "fig12": (Source("mlb_augmentation", ("variant", "config"), ("method",), SCORES),),
    "fig13": (
        Source("alloc_main", CELL, (), ("score",)),
        Source("alloc_curves", CELL, ("amount",), ("loss",), file="metrics.jsonl"),
        Source("alloc_ablation", ("variant",), ("method",), SCORES),
    ),
    "fig14": (Source("sequential_map", ("variant", "method"), (), ("loss",)),),
}
