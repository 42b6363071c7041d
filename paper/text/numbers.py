"""The numbers in the paper's text: each a macro of ``paper/numbers.tex``.

They come from the aggregates, the workspace's profile and the packaged configurations; none is
typed. What the aggregates cannot give, as in a shortened profile, is "n/a". Where a sentence
depends on a sign or a count, the macro is the phrase itself.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from difsched.baselines.registry import METHODS, SLICE
from difsched.config import ConfigManager
from difsched.errors import InputError
from difsched.utils.files import read_json, write_text
from experiments.aggregate.intervals import OURS
from experiments.products import PRODUCTS, TRANSFERS, family_of_table
from experiments.rendering import tex
from experiments.rendering.arguments import arguments
from experiments.rendering.tex import escape
from paper.fig6 import certified_gap
from paper.fig7 import losses, trained_scores
from paper.fig10 import PLAIN, SEARCHED
from paper.shared.left_out import family_rows
from paper.shared.macros import (
    NOTHING,
    Macros,
    Tables,
    by_config,
    compared,
    listed,
    one,
    share,
    spread,
    word,
)
from paper.table4 import BASE, STUDY, decisions
from paper.text.families import ESTIMATE, HELD, families, fresh, mapped, promised, sequential
from paper.text.payoff import multimodal, payoff
from paper.text.setup import setup

TABLES = PRODUCTS["numbers"].reads
#: Policies that imitate the log.
CLONES = ("bc", "gaussian_bc")
#: Policies learned for their reward, by interaction or from logged data, but for ours held to the
#: log, which is no other learner.
LEARNERS = [
    name
    for name, method in METHODS.items()
    if method.learns and method.section != "models" and name not in (*CLONES, HELD)
]
#: Rules that are given the link's curve.
RULES = ["top_m", "max_weight"]
#: Methods whose range of scores the text gives, by the name of the macro.
SCORED = {
    "Ours": OURS,
    "Det": PLAIN,
    "DetSearch": SEARCHED,
    "Gaussian": "gaussian_set",
    "Flow": "flow_set",
    "Shortcut": "shortcut_set",
    "Dql": "dql",
    "Published": "dql_published",
    "Clone": "bc",
    "Iql": "iql",
    "Idql": "idql",
    "Cql": "cql",
    "Td": "td3_bc",
    "Rebrac": "rebrac",
    "Ips": "ips",
    "Dr": "dr",
    "Sac": "sac",
    "SacSet": "sac_set",
    "SacOffline": "sac_offline",
    "Eto": ESTIMATE,
    "Isotonic": "estimate_isotonic",
    "Neural": "neural_estimate",
    "Spo": "spo_plus",
    "CriticSolver": "critic_exact",
    "Bayes": "oracle_bayes",
    "Mdp": "mdp",
    "MdpJoint": "mdp_joint",
    "MaxWeight": "max_weight",
}
#: Ablations whose score the text gives, by the name of the macro.
ABLATIONS = {
    "Base": BASE,
    "NoProjection": "no_projection",
    "Mlp": "mlp",
    "LongMlp": "mlp_long",
    "ShuffledMlp": "mlp_symmetrised",
    "Noise": "noise",
    "WindowCredit": "window_credit",
    "Cloning": "bc_only",
    "Ranked": "rank_only",
    "OneStepGradient": "one_step",
    "OneStep": "steps_1",
    "ManySteps": "steps_20",
    "LowWeight": "eta_1",
    "HighWeight": "eta_100",
    "Gamma": "gamma_99",
    "LittleData": "data_1000",
    "NoRandom": "random_0",
}


def main_result(tables: Tables) -> Macros:
    """Return ranges of scores over configurations, and our method beside its rivals."""
    every = pd.DataFrame({name: by_config(tables, name) for name in [*LEARNERS, *RULES]})
    ours, loss = by_config(tables, OURS), by_config(tables, OURS, "loss")
    equal, plug_in, truth = (
        100 * by_config(tables, name, "loss") for name in ("equal", "oracle_predicted", "oracle")
    )
    estimate, plain = compared(tables, ESTIMATE, OURS), compared(tables, OURS, PLAIN)
    searched = compared(tables, OURS, SEARCHED)
    sure, sure_plain, sure_searched = (rows.dropna() for rows in (estimate, plain, searched))
    margin = ours - by_config(tables, PLAIN)
    single = tables["datasets"].set_index("config")["channel_classes"] == 1
    top = every["top_m"]
    overall = tables["overall"]
    everywhere = overall["configs"] == overall["configs"].max()
    iqm = overall[everywhere & (overall["statistic"] == "iqm")].set_index("method")["value"]
    rivals = iqm.reindex([name for name in LEARNERS if name != OURS]).dropna()
    found = {f"{name}Scores": spread(by_config(tables, key)) for name, key in SCORED.items()}
    return found | {
        # Where learners ran of which a training takes minutes.
        "PublishedConfigs": listed(by_config(tables, "dql_published").index),
        # Where ours scores highest of the reinforcement learners.
        "OursLeads": share(every[LEARNERS].idxmax(axis=1)[ours.index] == OURS),
        # By how much the loss is above that of the oracle on the forecast, per cent of it.
        "OursExcess": spread(100 * (100 * loss / plug_in - 1)),
        # Interquartile means: ours, and the next best reinforcement learner.
        "OursIqm": one(iqm.get(OURS, np.nan)),
        "Rival": escape(METHODS[str(rivals.idxmax())].label) if len(rivals) else NOTHING,
        "RivalIqm": one(rivals.max()),
        # Losses, per cent; and by how many points forecasts raise the oracle's.
        "EqualLoss": spread(equal),
        "PlugInLoss": spread(plug_in),
        "ForecastCost": spread(plug_in - truth),
        # Where the estimate loses less than ours, where surely, and by how many points.
        "EtoLeads": share(estimate["difference"] < 0),
        "EtoSure": share(sure["high"] < 0),
        "EtoMargin": spread(-100 * estimate["difference"], 2),
        # Points of score that ours is ahead of the deterministic actor, and where surely.
        "DetMargin": spread(margin),
        "OursSure": share(sure_plain["high"] < 0),
        # And with search around its action: points of loss, where ours surely loses less, or more.
        "SearchMargin": spread(100 * searched["difference"], 2),
        "OursOverSearch": share(sure_searched["high"] < 0),
        "SearchOverOurs": share(sure_searched["low"] > 0),
        # Where ours surely loses less than CQL, whose seeds differ.
        "OursOverCql": share(compared(tables, OURS, "cql").dropna()["high"] < 0),
        # Rules that know the link: top-m with one and with more channel classes; the better one.
        "TopOneScores": spread(top[single[top.index]]),
        "TopFiveScores": spread(top[~single[top.index]]),
        "RulesLead": share((every[RULES].max(axis=1) > every[OURS])[ours.index]),
    }


def ablation(tables: Tables) -> Macros:
    """Return scores of the ablations on the first configuration that has them."""
    rows = tables[STUDY]
    config = rows["config"].min()
    rows = rows[rows["config"] == config]
    scores = rows[rows["field"].isna()].groupby("variant")["score"].mean()
    ranked = decisions(rows).groupby("value")["score"].mean()
    single = float(ranked.get(1, np.nan))
    found = {name: one(float(scores.get(key, np.nan))) for name, key in ABLATIONS.items()}
    return {f"Ablation{name}": text for name, text in found.items()} | {
        "AblationConfig": one(config, 0),
        # One candidate, and what ranking adds to it; the deterministic actor's main runs.
        "AblationSingle": one(single),
        "AblationRanking": one(float(scores.get(BASE, np.nan)) - single),
        "AblationDet": one(float(by_config(tables, PLAIN).get(config, np.nan))),
    }


def redrawn(tables: Tables) -> Macros:
    """Return by how many points scores change where each seed has a dataset of its own."""
    rows = tables["fresh"]
    kinds = [(f"{actor}_fresh", f"{actor}_usual") for actor in ("det", "dql")]
    scores = rows.groupby(["config", "variant"])["score"].mean().unstack()
    scores = scores.reindex(columns=[kind for pair in kinds for kind in pair])
    moves = pd.concat([(scores[own] - scores[usual]).abs() for own, usual in kinds])
    return {
        "DataSeeds": word(rows["seed"].nunique()),
        "DataConfigs": listed(sorted(rows["config"].unique())),
        "DataMove": one(moves.max()),
    }


def transfer(tables: Tables) -> Macros:
    """Return scores with five channel classes of what learned with one, or saw none, or all."""
    rows = tables["transfer"]
    away = rows[rows["trained"].isin(TRANSFERS.values()) & (rows["channel"] == "shown")]

    def scores(part: pd.DataFrame, method: str) -> str:
        return spread(part[part["method"] == method].groupby("config")["score"].mean())

    return {
        # Trained at home and, shown the channel, away.
        "HomeOurs": spread(by_config(tables, OURS).reindex(rows["config"].unique())),
        "AwayOurs": scores(away, OURS),
        "AwayDet": scores(away, PLAIN),
        "AwayEto": scores(away, ESTIMATE),
        # Never shown the channel.
        "BlindOurs": scores(tables["channel"], OURS),
        "BlindOracle": scores(rows[rows["channel"] == "hidden"], "oracle_predicted"),
        # Shown the demand itself, on the scale of the oracle that knows it.
        "TruthOurs": scores(tables["truth"], OURS),
    }


def sizes(tables: Tables) -> Macros:
    """Return scores at other numbers of users, of weights trained at one."""
    points = tables["scaling"]
    config = points["config"].min()
    points = points[points["config"] == config]
    users, scores = points["N_user"], trained_scores(losses(points))
    return {
        "SizesTrained": str(ConfigManager().load_env_config(int(config)).N_user),
        "SizesLeast": str(users.min()),
        "SizesMost": str(users.max()),
        "SizesOurs": spread(scores.get(OURS, ())),
        "SizesDet": spread(scores.get(PLAIN, ())),
    }


def cost(tables: Tables) -> Macros:
    """Return times and fairness, and what the dual certifies."""
    times, costs = tables["scaling_time"], tables["costs"]
    most = times[times["N_user"] == times["N_user"].max()].set_index("method")["microseconds"]
    gap = certified_gap(tables["budget"])

    def of(method: str, column: str, digits: int = 1) -> str:
        return spread(costs.loc[costs["method"] == method, column], digits)

    return {
        # CPU seconds to fit, milliseconds a decision in the median.
        "OursFit": of(OURS, "fit_cpu_seconds", 0),
        "EtoFit": of(ESTIMATE, "fit_cpu_seconds"),
        "OursDecision": of(OURS, "decide_ms_p50"),
        "EtoDecision": of(ESTIMATE, "decide_ms_p50"),
        # Users starved (%): ours, and the rule that drops nobody.
        "OursStarved": spread(100 * by_config(tables, OURS, "starved"), 0),
        "FairStarved": spread(100 * by_config(tables, "proportional_fair", "starved"), 0),
        # Points of loss between the dual's bound and its feasible point, over all budgets.
        "GapMedian": one(gap.median(), 2),
        "GapMost": one(gap.max()),
        # Milliseconds a window of the most users, exactly and by the dual.
        "ScalingUsers": one(times["N_user"].max(), 0),
        "ExactTime": one(float(most.get("dp", np.nan)) / 1000, 2),
        "DualTime": one(float(most.get("dual", np.nan)) / 1000, 2),
    }


#: What makes the macros.
PARTS = (
    *(main_result, ablation, redrawn, transfer, sizes, cost, payoff, multimodal),
    *(sequential, fresh, mapped, promised, families),
)


def load(aggregates: Path) -> Tables:
    """Return the CSV files that the numbers come from: no rows of a family that was left out.

    Raises
    ------
    InputError
        If one of the slice's is missing.
    """
    for name in TABLES:
        if family_of_table(name) == SLICE and not (aggregates / f"{name}.csv").is_file():
            raise InputError(f"{aggregates / name}.csv: missing; the paper's numbers need it")
    return {name: family_rows(aggregates, name) for name in TABLES}


def macros(aggregates: Path, workspace: Path) -> Macros:
    """Return every macro of the paper's text by name."""
    tables, spec = load(aggregates), read_json(workspace / "spec.json")
    found = setup(tables, spec)
    for part in PARTS:
        found |= part(tables)
    return found


def main() -> None:
    """Write ``paper/numbers.tex``."""
    options = arguments()
    try:
        found = macros(options.aggregates, options.workspace)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    lines = [rf"\newcommand*{{\{name}}}{{{text}}}" for name, text in found.items()]
    write_text(tex.NUMBERS, "\n".join(["% Generated; do not edit.", *lines, ""]))


if __name__ == "__main__":
    main()
