"""Allocation: what tasks get of each resource, against its supply."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from difsched.env.alloc.columns import read
from difsched.env.alloc.service import pooled_share
from experiments.demo.views.charts import Spec, bars, stacked
from experiments.demo.views.view import Passed, Scene, View

SHARE = "share granted"


class AllocView(View):
    """Bars of what is granted of each resource, task upon task, and a tick at the supply."""

    def scene(self, passed: Passed) -> Scene:
        """Return what pictures show of a window; see `View.scene`."""
        config, observation, granted = passed.config, passed.observation, passed.granted
        supply = read(observation, "supply", config)
        if config.mode == "faithful":
            demand, spent = read(observation, "demand", config), granted
            share = pooled_share(granted, demand)
            table = {"demand": demand}
        else:
            requirement = read(observation, "requirement", config)
            share, spent = granted, granted[..., None] * requirement
            table = {f"asks of {r + 1}": requirement[..., r] for r in range(config.resources)}
        table |= {"priority": read(observation, "priority", config), SHARE: share}
        table["outcome"] = passed.step.outcomes[..., 0]
        picture = {"spent": np.asarray(spent), "supply": supply}
        return Scene(table, np.clip(share, 0.0, 1.0), picture)

    def pictures(
        self, config: Any, scenes: Mapping[str, Scene], episode: int
    ) -> Sequence[tuple[str, Spec]]:
        """Return bars against the supply, and shares of the tasks; see `View.pictures`."""
        rows = [
            {"bar": resource + 1, "part": task + 1, "value": float(value), "who": who}
            for who, one in scenes.items()
            for task, values in enumerate(one.picture["spent"][episode])
            for resource, value in enumerate(values)
        ]
        supply = next(iter(scenes.values())).picture["supply"][episode]
        marks = [{"bar": r + 1, "value": float(value)} for r, value in enumerate(supply)]
        shares = {who: one.table[SHARE][episode] for who, one in scenes.items()}
        return [
            (
                "Granted of each resource, task upon task; tick: supply",
                stacked(rows, marks, "resource", "units"),
            ),
            ("Share of its need that a task is granted", bars(shares, "task", "share")),
        ]


VIEW = AllocView()
