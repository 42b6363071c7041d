"""Which settings a method has after its trials: one rule for all, in two rounds.

The best of twelve trials of one seed each is in part the luckiest. So the first round only names a
candidate; with further seeds of both it must beat the method's own settings again.
"""

import pandas as pd

#: Methods that stand for what others documented or published: whatever their trials bring, they
#: keep its settings.
AS_DOCUMENTED = ("dql", "dql_published")
#: Points of the mean score within which two settings are not told apart.
MARGIN = 0.5


def by_trial(rows: pd.DataFrame) -> pd.DataFrame:
    """Return trial -> mean ``loss``, ``score``, ``seconds`` over rows, and ``values``."""
    found = rows.groupby("trial")[["loss", "score", "seconds"]].mean()
    return found.assign(values=rows.groupby("trial")["values"].first())


def first_round(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the seed that every trial has, which is the first one."""
    return rows[rows["seed"] == rows["seed"].iloc[0]]


def candidate(rows: pd.DataFrame) -> int:
    """Return the trial that the first round names.

    A method's own settings, trial 0, if no other trial scores more than ``MARGIN`` above them;
    otherwise the one that took the fewest CPU seconds of those within ``MARGIN`` of the best. Of
    those ``AS_DOCUMENTED`` 0.

    Parameters
    ----------
    rows : DataFrame
        The trials of a method on a family's configurations.
    """
    if rows["method"].isin(AS_DOCUMENTED).all():
        return 0
    trials = by_trial(first_round(rows))
    close = trials[trials["score"] >= trials["score"].max() - MARGIN]
    return 0 if 0 in close.index else int(str(close["seconds"].idxmin()))


def second_round(rows: pd.DataFrame) -> pd.Series:
    """Return trial -> mean score over all seeds, of those with every seed on record."""
    seeds = rows.groupby("trial")["seed"].nunique()
    repeated = rows[rows["trial"].isin(seeds[seeds == seeds.max()].index)]
    return by_trial(repeated)["score"]


def choice(rows: pd.DataFrame) -> int:
    """Return the trial whose settings a method has.

    The candidate, if over all seeds, too, it scores more than ``MARGIN`` above the own settings;
    otherwise 0.
    """
    found, means = candidate(rows), second_round(rows)
    return found if found and means[found] > means[0] + MARGIN else 0
