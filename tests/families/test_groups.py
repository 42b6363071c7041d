"""Metrics by group of entities: UEs of one queue, clusters."""

import numpy as np
import pytest

from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.evaluation import evaluate
from difsched.family import FAMILIES
from difsched.run_ids import main_run
from experiments.aggregate.columns import frame
from experiments.aggregate.intervals import groups
from experiments.aggregate.method_runs import FamilyRuns
from experiments.aggregate.results import Result, Run
from experiments.aggregate.rows import RunKey

MEC = FAMILIES["mec"]
#: Configuration -> what its groups are, and how many.
CONFIGS = {3: ("UE", 5), 15: ("cluster", 4)}


def run(method: str, number: int) -> Run:
    config = MEC.load(number)
    policy = find(method, "mec").fit(Task(config))
    summary = evaluate(policy, config, None, 100).summary(None)
    key = RunKey(main_run(method, "mec", number, 0), method, "mec", number, 0)
    return Run(key, MEC.references(config), Result.of(summary, MEC))


def test_what_the_groups_have_is_together_what_all_have() -> None:
    runs = [run("proportional", number) for number in CONFIGS]
    table = frame("mec_groups", groups(FamilyRuns("mec", runs)))
    for one in runs:
        rows = table[table["config"] == one.key.config]
        group, count = CONFIGS[int(one.key.config)]
        assert set(rows["group"]) == {group} and list(rows["number"]) == list(range(count))
        assert set(rows["groups"]) == {count}
        assert one.result is not None
        if group == "UE":
            assert rows["qos"].mean() == pytest.approx(one.result.means["qos"])
        assert (rows["energy_j_half_width"] > 0).all()
        # The cost and what is not told by group.
        assert rows[["loss", "projected"]].isna().all(axis=None)
        np.testing.assert_allclose(rows["offloaded"].astype(float), 1)
