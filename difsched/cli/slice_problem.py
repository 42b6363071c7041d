"""The slice as a command line chooses it: its configuration, its own traffic and links."""

import argparse
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from difsched.baselines.method import Method, Task
from difsched.baselines.registry import METHODS
from difsched.baselines.slice.datasets import gather, plan
from difsched.cli.problem import Problem
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.data.transitions import Transitions
from difsched.env.slice.family import load as load_slice
from difsched.env.slice.family import slice_traffic
from difsched.env.slice.link.table import read_link_table
from difsched.env.slice.traffic.generator import Traffic, dataflows
from difsched.errors import InputError
from difsched.evaluation.windows import Scores
from difsched.family import Family
from difsched.policy import Policy
from difsched.user_scheduler.load import is_outside, load
from difsched.user_scheduler.run import fitted, fresh_rows
from difsched.utils.terminal import aligned, remark


def read_slice(
    config: str | int, traces: str | None = None, link: str | None = None
) -> EnvironmentConfig:
    """Return the slice of a configuration with its own traffic and links, where there are any.

    Parameters
    ----------
    config : str or int
        Number, ``default``, or path of a YAML file with the fields that differ from the default.
    traces, link : str, optional
        Folder of CSV traces; table of link curves.

    Raises
    ------
    InputError
        If there is no such configuration, or a value of it or the table is not allowed.
    """
    chosen = load_slice(config)
    if traces is not None:
        chosen = replace(chosen, traces=traces)
    if link is not None:
        fits = read_link_table(link).fits.values()
        curves = {
            "sigmoid_k_list": [fit.slope for fit in fits],
            "sigmoid_s_list": [fit.midpoint for fit in fits],
        }
        chosen = chosen.changed(curves)
    return chosen


def read_slices(
    config: str | None, traces: str | None, link: str | None
) -> dict[str, EnvironmentConfig]:
    """Return name -> slice of one configuration, or of all 0..7 that have traffic and differ.

    Raises
    ------
    InputError
        If no configuration has traffic; otherwise as in `read_slice`.
    """
    if config is not None:
        return {Path(config).stem: read_slice(config, traces, link)}
    known = dataflows(traces)
    slices: dict[str, EnvironmentConfig] = {}
    for index in ConfigManager().indices("env"):
        chosen = read_slice(index, traces, link)
        # With one's own links those of the configurations make no difference.
        if chosen.dataflow in known and chosen not in slices.values():
            slices[str(index)] = chosen
    if not slices:
        raise InputError(
            f"traces = {traces!r}: has {', '.join(known)}, of which no configuration is; name them "
            "thumb_fr and thumb_bk, or give --config FILE.yaml with a dataflow of them"
        )
    return slices


@dataclass(frozen=True)
class SliceProblem(Problem):
    """A slice, maybe of one's own traffic or links; see `Problem`."""

    @classmethod
    def of(cls, family: Family, arguments: argparse.Namespace) -> Self:
        """Return what a command line chooses; see `Problem.of`."""
        config = read_slice(arguments.config, arguments.traces, arguments.link)
        if arguments.link is not None:
            remark(read_link_table(arguments.link).notes)
        own = arguments.traces is not None or arguments.link is not None
        return cls(family, arguments.config, config, own)

    @cached_property
    def source(self) -> Traffic:
        """Its traffic."""
        return slice_traffic(self.config)

    def collect(self, **changes: Any) -> tuple[Transitions, dict[str, Any]]:
        """Return its dataset, in which parts of it reserve, and its card; see `Problem.collect`."""
        kind = self.number if self.name.isdecimal() else "default"
        dataset = ConfigManager().load_dataset_config(kind).changed(changes)
        composed = plan(self.config, self.source)
        return gather(self.number, dataset, self.config, self.source, composed)

    def method(self, name: str) -> Method:
        """Return a method by its name, one from outside, too; see `Problem.method`."""
        return load(name).method if is_outside(name) else super().method(name)

    def fit(self, method: Method, seed: int) -> Policy:
        """Return the policy of a method that needs no weights; see `Problem.fit`."""
        if method.name == "mdp":
            return plan(self.config, self.source)
        if method.name in METHODS:
            return super().fit(method, seed)
        data = self.collect()[0] if method.training else None
        task = Task(self.config, self.source, data=data)
        return fitted(method, f"config {self.name}", task, seed)

    def cost(self, value: float) -> str:
        """Return a loss in words; see `Problem.cost`."""
        return f"{value:.2%}"

    def told(self, scores: Scores) -> str:
        """Return the metrics in words; see `Problem.told`."""
        means = self.means(scores)
        return (
            f"QoS met {means['qos_met']:.1%} and starved {means['starved']:.1%} of user-windows, "
            f"Jain's index {means['jain']:.3f}"
        )

    @property
    def place(self) -> str:
        """Its configuration in words."""
        return f"config {self.name}"

    def beside(self, method: Method, windows: int) -> tuple[dict[str, float], str] | None:
        """Return the losses of the suite's rules beside a scheduler from outside; else None."""
        if method.name in METHODS:
            return None
        rows = fresh_rows(self.name, self.config, self.source, windows)
        losses = [[METHODS[row["method"]].label, self.cost(row["loss"])] for row in rows]
        table = aligned([["beside", "loss"], *losses])
        return {row["method"]: row["loss"] for row in rows}, table
