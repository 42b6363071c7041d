"""What looks wrong in a sanity report, in words.

Each function takes a part of the report of `difsched.sanity.report` and its name, and returns a
line for each thing that a user had better look at before spending hours of training on it.
"""

from collections.abc import Mapping
from typing import Any

from difsched.env.slice.family import PACKETS_WAIT
from difsched.evaluation.across import NO_DIFFERENCE
from difsched.family import EPISODE_WINDOWS

#: Below these shares of a window's count, or of windows, nothing is said.
ALMOST_CONSTANT = 0.02
MOSTLY_EMPTY = 0.5
OFTEN_FULL = 0.01
#: Training and test should be alike within this factor, in their means and in forecasts' errors.
ALIKE = 1.5
#: Test windows below which the episodes of the evaluation say little of other traffic.
FEW_WINDOWS = 10 * EPISODE_WINDOWS
#: A loss that is gained, in [0, 1], below which methods are hard to tell apart.
LITTLE_GAIN = 0.01
HOPELESS = 0.9
#: Root mean square distance of a measured link curve from the fitted one.
POOR_FIT = 0.05


def traffic_warnings(name: str, flow: Mapping[str, Any]) -> list[str]:
    """Return what looks wrong with a dataflow: split -> statistics."""
    found = [line for split, one in flow.items() for line in _trace(f"{name} {split}", one)]
    train, test = flow["train"], flow["test"]
    if not _alike(train["mean"], test["mean"]):
        found.append(
            f"{name}: {train['mean']:.1f} packets a window in training and {test['mean']:.1f} in "
            "test: methods are tested on other traffic than they learn from"
        )
    if test["forecast_rmse"] > ALIKE * train["forecast_rmse"]:
        found.append(
            f"{name}: the forecast errs by {train['forecast_rmse']:.1f} in training and "
            f"{test['forecast_rmse']:.1f} in test: learners will trust it too much; make that of "
            "the training windows out of sample, or leave it out"
        )
    return found


def _trace(name: str, one: Mapping[str, Any]) -> list[str]:
    found = []
    if one["mean"] == 0:
        return [f"{name}: no window has a packet"]
    if one["sd"] < ALMOST_CONSTANT * one["mean"]:
        found.append(f"{name}: constant, {one['mean']:.0f} packets a window: nothing to forecast")
    if one["empty"] > MOSTLY_EMPTY:
        found.append(
            f"{name}: {one['empty']:.0%} of the windows are empty: are times in seconds, and is "
            "this one sender?"
        )
    if one["full"] > OFTEN_FULL:
        found.append(
            f"{name}: {one['full']:.0%} of the windows are saturated, a packet in every slot"
        )
    if one["windows"] < FEW_WINDOWS:
        found.append(
            f"{name}: {one['windows']} windows: every user meets the same few; have at least "
            f"{FEW_WINDOWS}"
        )
    if one["forecast_rmse"] == 0:
        found.append(f"{name}: the forecast is the truth: made from earlier windows only?")
    elif one["persistence_rmse"] is not None and one["forecast_rmse"] > one["persistence_rmse"] > 0:
        found.append(
            f"{name}: the forecast errs by {one['forecast_rmse']:.1f} packets, repeating the last "
            f"count by {one['persistence_rmse']:.1f}: leave the forecast out"
        )
    return found


def _alike(one: float, other: float) -> bool:
    return max(one, other) <= ALIKE * min(one, other)


def link_warnings(name: str, link: Mapping[str, float]) -> list[str]:
    """Return what looks wrong with a fitted link class."""
    if link["rms_error"] <= POOR_FIT:
        return []
    return [
        f"link {name}: the logistic curve misses the table by {link['rms_error']:.2f} (root mean "
        "square): what is simulated is another link"
    ]


def slice_warnings(name: str, one: Mapping[str, Any]) -> list[str]:
    """Return what looks wrong with a configuration."""
    loss, found = one["loss"], []
    gain = loss["equal"] - loss["oracle_predicted"]
    if one["retransmit"]:
        found.append(
            f"config {name}: retransmit = {one['retransmit']}: {PACKETS_WAIT}: losses have no "
            "score, and a scheduler that looks ahead may lose less than both oracles"
        )
    elif gain < LITTLE_GAIN:
        found.append(
            f"config {name}: nothing to gain: the equal split loses {loss['equal']:.1%}, the "
            f"oracle on the forecast {loss['oracle_predicted']:.1%}"
            + ("" if gain > NO_DIFFERENCE else ": losses have no score")
        )
    wanted, states = one["demand_states"]
    if states < wanted:
        found.append(
            f"config {name}: {one['dataflow']} has {states} different packet counts in training: "
            f"planners use {states} demand states instead of {wanted}"
        )
    if one["kappa"] <= 1:
        found.append(
            f"config {name}: kappa = {one['kappa']:.2f}: the budget can take every user past the "
            "bend of its curve, so nobody need be dropped"
        )
    if loss["oracle"] > HOPELESS:
        found.append(
            f"config {name}: even the oracle on the truth loses {loss['oracle']:.0%}: too few RBs"
        )
    return found
