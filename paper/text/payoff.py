"""Numbers of the paper's section on when diffusion pays; see `paper.text.numbers`."""

import numpy as np
import pandas as pd

from experiments.aggregate.intervals import LEVEL
from experiments.rendering.tex import count
from paper.fig10 import PLAIN, SEARCHED, STUDY, actors, gains
from paper.shared.macros import NOTHING, Macros, Tables, one, spread, word

CELL = ["behaviour", "information", "random_share"]
#: Diffusion actors of F3 of many and of few denoising steps; the latter is DQL's.
LONG, SHORT = "diffusion_50_cosine", "diffusion_5_vp"


def differences(tables: Tables, rival: str = PLAIN) -> pd.DataFrame:
    """Return a row a dataset: by how much diffusion scores more than another actor.

    Returns
    -------
    DataFrame
        Columns ``CELL``, ``windows`` of data, and ``gain`` in points over the rival with its
        interval, ``low`` to ``high``, NaN where one seed gives none.
    """
    found = [
        (*cell, windows, gain.mean, gain.low, gain.high)
        for cell, part in actors(tables[STUDY]).groupby(CELL)
        for windows, gain in gains(part, rival).items()
    ]
    return pd.DataFrame(found, columns=[*CELL, "windows", "gain", "low", "high"])


def signs(found: pd.DataFrame) -> tuple[int, int]:
    """Return how many of the `differences` have an interval above zero, and below."""
    return int((found["low"] > 0).sum()), int((found["high"] < 0).sum())


def payoff(tables: Tables) -> Macros:
    """Return by how many points diffusion scores more than the deterministic actor, and where."""
    rows, found = actors(tables[STUDY]), differences(tables)
    up, down = signs(found)
    searched = differences(tables, SEARCHED)
    searched_up, searched_down = signs(searched)
    gain = found["gain"].astype(float)
    return {
        "PayoffConfig": one(rows["config"].min(), 0),
        # Datasets; those whose interval lies above and below zero, and how many would by chance.
        "PayoffCells": word(len(found)),
        "PayoffSteps": NOTHING if rows.empty else count(rows["gradient_steps"].max()),
        "PayoffUp": word(up),
        "PayoffDown": word(down),
        "PayoffChance": one((1 - LEVEL) * found["low"].notna().sum()),
        # Over the deterministic actor with search, in the same words.
        "PayoffSearched": one(searched["gain"].astype(float).mean()),
        "PayoffSearchedUp": word(searched_up),
        "PayoffSearchedDown": word(searched_down),
        # Points: all, and means of parts of the datasets.
        "PayoffSpread": spread(gain),
        "PayoffMean": one(gain.mean()),
        "PayoffExperts": one(gain[found["behaviour"] == "experts"].mean()),
        "PayoffAgents": one(gain[found["behaviour"] == "sub_agents"].mean()),
        "PayoffNarrow": one(gain[found["random_share"] == 0].mean()),
        "PayoffWide": one(gain[found["random_share"] > 0].mean()),
    }


def multimodal(tables: Tables) -> Macros:
    """Return how well actors clone eight modes (%), and the loss of cloning near ties (%)."""
    mixtures, ties = tables["mixtures"], tables["ties"]
    ring = mixtures[mixtures["mixture"] == "ring"].groupby("model")
    near, covered = 100 * ring["near"].mean(), ring["covered"].mean()
    ties = ties[ties["config"] == ties["config"].min()]
    loss = 100 * ties[ties["action"] == "sample"].groupby("model")["loss"].mean()

    def tie(model: str) -> str:
        return one(float(loss.get(model, np.nan)))

    return {
        "RingModes": word(int(mixtures.loc[mixtures["mixture"] == "ring", "modes"].max())),
        "LongSteps": LONG.split("_")[1],
        # Samples within a mode, and modes with at least half of their share.
        "RingLong": one(float(near.get(LONG, np.nan)), 0),
        "RingShort": one(float(near.get(SHORT, np.nan)), 0),
        "RingCvae": one(float(near.get("cvae", np.nan)), 0),
        "RingGaussian": one(float(near.get("gaussian", np.nan)), 0),
        "CoveredLong": one(float(covered.get(LONG, np.nan))).removesuffix(".0"),
        "CoveredShort": one(float(covered.get(SHORT, np.nan))).removesuffix(".0"),
        # Windows of near-tied users.
        "TieOptimum": tie("oracle"),
        "TieLong": tie(LONG),
        "TieShort": tie(SHORT),
        "TieDet": tie("deterministic"),
        "TieGaussian": tie("gaussian"),
    }
