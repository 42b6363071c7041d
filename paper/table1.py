"""T1: the eight datasets, and how hard each configuration is."""

import pandas as pd

from experiments.products import BOUNDS
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import Table, count, escape, provenance, write_tables

HEADER = [
    "Config",
    "Dataflow",
    "$N$",
    "$B$",
    "Classes",
    r"$\kappa$",
    "Windows",
    r"$\bar u$",
    "agents",
    "random",
    "equal",
    "forecast",
    "truth",
]
GROUPS = [("", 8), ("Data", 2), ("Test windows", 3)]
CAPTION = (
    r"Datasets and difficulty. $N$ users share $B$ resource blocks a slot over one or five channel "
    r"classes; $\kappa = \sum_i w_i / B$ compares the grants at which the users' concave envelopes "
    r"meet their sigmoids with the budget; $\bar u$ is the mean demand in packets a user and "
    r"window. Right: mean packet loss in \% of the data's two behaviours, composed sub-agents and "
    r"random reservations (sampled outcomes), and on the common test windows of the equal split, "
    r"and of the oracle on the forecast and on the truth (closed form)."
)
LOSSES = ("loss_sub_agents", "loss_random", *BOUNDS)


def percent(loss: float) -> str:
    """Return a loss ratio in per cent, or a dash where it is missing."""
    return "--" if pd.isna(loss) else f"{100 * loss:.1f}"


def main() -> None:
    """Write ``paper/tables/table1.tex``."""
    options = arguments()
    datasets = pd.read_csv(options.aggregates / "datasets.csv")
    body = []
    for row in datasets.itertuples():
        body.append(
            [
                str(row.config),
                rf"\texttt{{{escape(row.dataflow)}}}",
                str(row.N_user),
                str(row.B),
                str(row.channel_classes),
                f"{row.kappa:.2f}",
                count(int(str(row.windows))),
                f"{row.demand_mean:.1f}",
                *(percent(getattr(row, name)) for name in LOSSES),
            ]
        )
    caption = f"{CAPTION} {provenance(options)}"
    table = Table("table1", caption, "llrrrrrrrrrrr", HEADER, body, GROUPS)
    write_tables("table1", [table])


if __name__ == "__main__":
    main()
