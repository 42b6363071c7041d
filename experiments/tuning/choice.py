"""Which settings a method has after its trials: one rule for all."""

import pandas as pd

#: Methods that stand for what others documented or published: whatever their trials bring, they
#: keep its settings.
AS_DOCUMENTED = ("dql", "dql_published")
#: Points of the mean score within which two settings are not told apart.
MARGIN = 0.5


def by_trial(rows: pd.DataFrame) -> pd.DataFrame:
    """Return trial -> mean ``loss``, ``score``, ``seconds`` over configurations, and ``values``."""
    found = rows.groupby("trial")[["loss", "score", "seconds"]].mean()
    return found.assign(values=rows.groupby("trial")["values"].first())


def choice(rows: pd.DataFrame) -> int:
    """Return the trial whose settings a method has.

    Its own, trial 0, if no other scores more than ``MARGIN`` above it; otherwise the one that took
    the fewest CPU seconds of those within ``MARGIN`` of the best. Those ``AS_DOCUMENTED`` have
    their own.

    Parameters
    ----------
    rows : DataFrame
        The trials of a method on a family's configurations.
    """
    if rows["method"].isin(AS_DOCUMENTED).all():
        return 0
    trials = by_trial(rows)
    close = trials[trials["score"] >= trials["score"].max() - MARGIN]
    return 0 if 0 in close.index else int(str(close["seconds"].idxmin()))
