"""Numbers of the text on sequential slices, floors and other families; see `paper.text.numbers`."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from experiments.aggregate.intervals import OURS
from paper.families.fig14 import KINDS, LINK, TOLD, split
from paper.fig10 import PLAIN
from paper.shared.macros import Macros, Tables, by_config, compared, one, share, spread, word

ESTIMATE = "estimate_then_optimize"
#: Ours, held to the log as the log says.
HELD = "dql_set_support"
#: Rules of sequential slices that are told the link.
_, RULES = KINDS["told the link"]
#: Variants with a log a seed, by the name of the macro.
FRESH = {"Det": "det_fresh", "Ours": "dql_fresh"}
#: Logs of the map by what of them is random: at least half, or nothing.
WIDE, NARROW = ("random", "mixed"), ("narrow",)
#: Its methods, by the name of the macro.
TURNS, CRITIC = {"Turns": "estimate_round_robin"}, {"Critic": "critic_exact"}
ACTOR, DET = {"Ours": OURS}, {"Det": PLAIN}
#: Where packets wait on it: the macro's word -> memory and link, and whose losses the text gives.
CELLS: dict[str, tuple[str, str, Mapping[str, str]]] = {
    "Shown": ("waiting", "logistic", TURNS | ACTOR | DET),
    "ShownPlateaus": ("waiting", "plateaus", TURNS | CRITIC | ACTOR),
    "Hidden": ("hidden", "logistic", TURNS | CRITIC | ACTOR),
    "HiddenPlateaus": ("hidden", "plateaus", TURNS | CRITIC | ACTOR),
}
#: Methods of slices with a floor, by the name of the macro.
FLOORED = {
    "Eto": "estimate_floor",
    "Det": "det_set_floor",
    "Ours": "dql_set_floor",
}
#: Actors that are trained on the same critics.
ACTORS = (PLAIN, "gaussian_set", "flow_set", OURS)


def sequential(tables: Tables) -> Macros:
    """Return lost packets of new ones (%) on sequential slices, and who beats whom."""

    def lost(method: str) -> "pd.Series[float]":
        return 100 * by_config(tables, method, "loss", "sequential_summary")

    told = pd.DataFrame({name: lost(name) for name in RULES}).min(axis=1)
    ahead = compared(tables, ESTIMATE, PLAIN, "sequential_pairs")
    worse = pd.DataFrame({name: lost(name) > lost("oracle_predicted") for name in (PLAIN, OURS)})
    return {
        "SeqConfigs": word(len(worse)),
        "SeqBound": spread(lost("bound")),
        # Points between what is proven and what a plan of the known future reaches.
        "SeqPlanGap": spread(lost("plan") - lost("bound"), 2),
        "SeqTold": spread(told),
        "SeqEto": spread(lost(ESTIMATE)),
        "SeqDet": spread(lost(PLAIN)),
        "SeqOurs": spread(lost(OURS)),
        "SeqSupport": spread(lost(HELD)),
        # Where Det-Set surely loses less than the myopic estimate, and where both actors lose more
        # than the oracle of the window.
        "SeqDetBeats": share(ahead["low"] > 0),
        "SeqBothWorse": share(worse.all(axis=1)),
    }


def fresh(tables: Tables) -> Macros:
    """Return what sequential slices lose (%) where each seed learns from a log of its own."""
    runs = tables["sequential_fresh"]
    losses = 100 * runs.groupby(["variant", "config"])["loss"].mean()
    return {
        "FreshSeeds": word(runs["seed"].nunique()),
        **{
            f"Fresh{name}": spread(losses[losses.index.get_level_values("variant") == variant])
            for name, variant in FRESH.items()
        },
    }


def cells_of(tables: Tables) -> pd.DataFrame:
    """Return the map's lost packets (%), the mean over seeds, by memory, link, log and method."""
    runs = split(tables["sequential_map"])
    means = runs.groupby(["memory", "link", "data", "method"], as_index=False)["loss"].mean()
    return means.assign(loss=100 * means["loss"])


def mapped(tables: Tables) -> Macros:
    """Return what kinds of method lose on the map (%)."""
    every = cells_of(tables)

    def lost(memory: str, link: str, data: Sequence[str], method: str) -> "pd.Series[float]":
        rows = every[(every["memory"] == memory) & (every["link"] == link)]
        return rows[rows["data"].isin(data) & (rows["method"] == method)]["loss"]

    def behind(method: str, links: Iterable[str], data: Sequence[str] = WIDE) -> str:
        """Return by how many points a method is behind the oracle of the window, nothing waits."""
        gaps = [
            lost("none", link, data, method) - lost("none", link, [TOLD], "oracle_predicted").mean()
            for link in links
        ]
        return spread(pd.concat(gaps))

    found = {
        # Nothing waits: points behind the oracle of the window.
        "MapFitGap": behind("estimate_isotonic", LINK),
        "MapWrongGap": behind(ESTIMATE, ["plateaus"]),
        "MapOursGap": behind(OURS, LINK),
        "MapDetGap": behind(PLAIN, LINK),
        "MapFitNarrow": behind("estimate_isotonic", LINK, NARROW),
        "MapOursNarrow": behind(OURS, LINK, NARROW),
    }
    for cell, (memory, link, shown) in CELLS.items():
        found |= {
            f"Map{cell}{name}": spread(lost(memory, link, WIDE, method))
            for name, method in shown.items()
        }
        told = pd.concat([lost(memory, link, [TOLD], rule) for rule in RULES])
        found[f"Map{cell}Told"] = one(told.min())
    narrow = every[(every["memory"] != "none") & (every["data"] == "narrow")]
    for name, method in (TURNS | ACTOR | DET).items():
        found[f"MapNarrow{name}"] = spread(narrow.loc[narrow["method"] == method, "loss"])
    return found


def promised(tables: Tables) -> Macros:
    """Return who keeps the floor, and what keeping it costs."""

    def of(method: str, column: str) -> "pd.Series[float]":
        return by_config(tables, method, column, "promised_summary")

    gap = 100 * (of("time_sharing", "loss") - of("floor_bound", "loss"))
    kept = [of(method, "shortfall") for method in FLOORED.values()]
    free = [of(method, "shortfall") for method in (PLAIN, OURS)]
    found = {f"Floor{name}Scores": spread(of(key, "score")) for name, key in FLOORED.items()}
    return found | {
        # Points of loss between the bound and random time sharing that reaches it.
        "FloorGap": one(gap.max(), 3),
        # Of the user who is worst off, points below the floor over an episode.
        "FloorKept": one(100 * pd.concat(kept).max()),
        "FloorBroken": spread(100 * pd.concat(free)),
    }


def families(tables: Tables) -> Macros:
    """Return scores of the three other families, on configurations that every actor learned."""

    def scores(family: str, methods: Sequence[str], configs: Sequence[int]) -> str:
        table = f"{family}_summary"
        rows = [by_config(tables, name, "score", table).reindex(list(configs)) for name in methods]
        return spread(pd.concat(rows))

    return {
        # Allocation: what is asked is known, forecast, or waits.
        "AllocKnown": scores("alloc", ACTORS, [2, 3]),
        "AllocKnownRule": scores("alloc", ["load_first"], [2, 3]),
        "AllocForecast": scores("alloc", ACTORS, [6, 7]),
        "AllocStochastic": scores("alloc", ["stochastic"], [6, 7]),
        "AllocLinear": scores("alloc", ["linear"], [6, 7]),
        "AllocWaiting": scores("alloc", ACTORS, [10, 11]),
        "AllocAged": scores("alloc", ["aged"], [10, 11]),
        # Edge computing: five devices, and clusters.
        "MecActors": scores("mec", ACTORS, [3, 9]),
        "MecGreedy": scores("mec", ["greedy"], [3, 9]),
        "MecClusters": scores("mec", [PLAIN, OURS], [15, 21]),
        "MecClustersGreedy": scores("mec", ["greedy"], [15, 21]),
        # Load balancing: the free scene, and roads.
        "MlbActors": scores("mlb", ACTORS, [0, 1, 2]),
        "MlbSearch": scores("mlb", ["search_81"], [0, 1, 2]),
        "MlbGaussianRoads": scores("mlb", ["gaussian_set"], [3, 4, 5]),
        "MlbOursRoads": scores("mlb", [PLAIN, OURS], [3, 4, 5]),
        "MlbSearchRoads": scores("mlb", ["search_81"], [3, 4, 5]),
    }
