"""Estimate, then optimize: models fitted to logged outcomes, and the oracle's solver on them.

What an operations researcher would do with the offline dataset. It logs what every user was
granted, sent and got through, which is all that it takes to fit the success curve of each channel
class; forecasts are set against the demands that followed; and the budget of a window is shared as
the oracle shares it, as if the fitted models were the truth. That the k and s in an observation
are the very parameters of the curve is not used: they only tell the classes apart. Two variants
differ in what they assume of a curve: that it is logistic, or only that it never falls.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from difsched.baselines.method import Method, Task
from difsched.baselines.slice.bayes import DemandModel, PlugIn
from difsched.baselines.slice.curves import ClassCurves, class_of
from difsched.baselines.slice.oracle import maximize_sigmoids
from difsched.baselines.slice.rule import RulePolicy
from difsched.config import EnvironmentConfig
from difsched.env.slice.columns import CHANNEL, WAITING, Column
from difsched.env.slice.dataset import OfflineDataset
from difsched.policy import Policy
from difsched.typing import Floats, Ints

#: Of the Gaussian prior, packets: keeps the logistic fit finite where grants separate outcomes.
PRIOR_WEIGHT = 1e-4
#: Least slope of a fitted logistic curve, 1/RB: data that say that RBs harm are noise.
MIN_SLOPE = 1e-6


@dataclass(frozen=True)
class Outcomes:
    """What became of logged packets, by channel class and grant.

    Attributes
    ----------
    classes : (C, 2) ndarray of float
        The channel features that were seen: labels, no more.
    sent, delivered : (C, R + 1) ndarray of float
        Packets of users of each class with 0..R RBs, R the most that was ever granted.
    """

    classes: Floats
    sent: Floats
    delivered: Floats

    @classmethod
    def count(cls, dataset: OfflineDataset) -> Self:
        """Count the outcomes of a dataset; packets that waited were sent, too."""
        channel = dataset.observation[..., CHANNEL].reshape(-1, 2).astype(np.float64)
        # A pair as one complex number: sorting rows would take several times as long.
        pairs, label = np.unique(channel.view(np.complex128).ravel(), return_inverse=True)
        grants = dataset.allocation.ravel()
        shape = (len(pairs), int(grants.max()) + 1)
        cell = label * shape[1] + grants
        waiting = dataset.observation[..., WAITING].sum(axis=-1, dtype=np.float64)

        def total(packets: NDArray[Any]) -> Floats:
            flat = np.bincount(cell, packets.ravel(), shape[0] * shape[1])
            return flat.astype(np.float64).reshape(shape)

        classes = np.stack([pairs.real, pairs.imag], axis=1)
        return cls(classes, total(dataset.demand + waiting), total(dataset.delivered))


@dataclass(frozen=True)
class LogisticPolicy:
    """Solves each window for logistic curves.

    Attributes
    ----------
    budget : int
        B, RBs a slot.
    demand : DemandModel
        What forecasts are worth.
    classes : (C, 2) ndarray of float
        Channel features of each class.
    slope, midpoint : (C,) ndarray of float
        Fitted curve of each class, 1/RB and RB.
    """

    budget: int
    demand: DemandModel
    classes: Floats
    slope: Floats
    midpoint: Floats

    def act(self, observation: NDArray[Any]) -> Ints:
        """Return grants (W, N); see `Policy.act`."""
        label = class_of(observation, self.classes)
        demand = self.demand.effective_demand(observation)
        slope, midpoint = self.slope[label], self.midpoint[label]
        return maximize_sigmoids(demand, slope, midpoint, self.budget, "dp").allocation


def fit_logistic(sent: Floats, delivered: Floats) -> tuple[float, float]:
    """Return slope (1/RB) and midpoint (RB) of the likeliest logistic curve.

    The binomial likelihood of a + b r in log-odds is maximised by Newton's method in a trust
    region (iteratively reweighted least squares: McCullagh and Nelder 1989, section 4.4).

    Parameters
    ----------
    sent, delivered : (R + 1,) ndarray of float
        Packets with 0..R RBs, delivered <= sent.

    Returns
    -------
    slope, midpoint : float
        Finite whatever was logged; the slope is at least ``MIN_SLOPE``.
    """
    most = max(1, len(sent) - 1)
    inputs = np.stack([np.ones(len(sent)), np.arange(len(sent)) / most])
    # The mean over packets has the same curvature whatever their number.
    scale = 1 / max(1.0, float(sent.sum()))
    prior = PRIOR_WEIGHT * scale

    def cost(theta: Floats) -> float:
        odds = theta @ inputs
        fit = sent * np.logaddexp(0, odds) - delivered * odds
        return scale * float(fit.sum()) + prior / 2 * float(theta @ theta)

    def gradient(theta: Floats) -> Floats:
        return scale * (inputs @ (sent * expit(theta @ inputs) - delivered)) + prior * theta

    def curvature(theta: Floats) -> Floats:
        chance = expit(theta @ inputs)
        weight = scale * sent * chance * (1 - chance)
        return (inputs * weight) @ inputs.T + prior * np.eye(2)

    from scipy.optimize import minimize  # slow to import

    found = minimize(
        cost, np.zeros(2), method="trust-exact", jac=gradient, hess=curvature, tol=1e-9
    )
    intercept, slope = found.x[0], found.x[1] / most
    if slope < MIN_SLOPE:
        # The likelihood is concave: where it falls with the slope, its best is the level curve.
        intercept, slope = logit((delivered.sum() + 0.5) / (sent.sum() + 1)), MIN_SLOPE
    return slope, -intercept / slope


def fit_isotonic(sent: Floats, delivered: Floats, budget: int) -> Floats:
    """Return the likeliest success curve (B + 1,) that never falls.

    Isotonic regression of the delivered shares (Barlow et al. 1972): linear between the grants
    that were logged and constant beyond them; 0 where none was.

    Parameters
    ----------
    sent, delivered : (R + 1,) ndarray of float
        Packets with 0..R RBs, delivered <= sent.
    budget : int
        B, RBs.
    """
    logged = np.flatnonzero(sent)
    if not len(logged):
        return np.zeros(budget + 1)
    from scipy.optimize import isotonic_regression  # slow to import

    share = isotonic_regression(delivered[logged] / sent[logged], weights=sent[logged]).x
    return np.interp(np.arange(budget + 1), logged, share)


def fit_demand(dataset: OfflineDataset) -> DemandModel:
    """Fit what forecasts are worth to the demands that followed them."""
    seen = dataset.observation.reshape(-1, dataset.observation.shape[-1]).astype(np.float64)
    forecast = seen[:, Column.DEMAND] - seen[:, WAITING].sum(axis=1)
    return DemandModel.fit_windows(forecast, seen[:, 1], dataset.demand.ravel())


def logistic_on(dataset: OfflineDataset, config: EnvironmentConfig) -> LogisticPolicy:
    """Fit the variant with logistic curves on a dataset of any size."""
    log = Outcomes.count(dataset)
    curves = [fit_logistic(*pair) for pair in zip(log.sent, log.delivered, strict=True)]
    slope, midpoint = np.array(curves).T
    return LogisticPolicy(config.B, fit_demand(dataset), log.classes, slope, midpoint)


def isotonic_curves(dataset: OfflineDataset, budget: int) -> ClassCurves:
    """Fit a curve that only rises, (B + 1,), to each channel class that was seen."""
    log = Outcomes.count(dataset)
    pairs = zip(log.sent, log.delivered, strict=True)
    return ClassCurves(log.classes, np.array([fit_isotonic(*pair, budget) for pair in pairs]))


def isotonic_on(dataset: OfflineDataset, config: EnvironmentConfig) -> RulePolicy:
    """Fit the variant with monotone curves on a dataset of any size."""
    return RulePolicy(PlugIn(fit_demand(dataset)), isotonic_curves(dataset, config.B))


def _logistic(task: Task) -> Policy:
    return logistic_on(task.dataset, task.config)


def _isotonic(task: Task) -> Policy:
    return isotonic_on(task.dataset, task.config)


SCHEDULERS = [
    Method(
        "estimate_then_optimize",
        "Estimate, then optimize",
        _logistic,
        "models",
        about="Logistic links and demand estimated from logged outcomes, then the oracle's solver",
        memory=False,
    ),
    Method(
        "estimate_isotonic",
        "Estimate (isotonic)",
        _isotonic,
        "models",
        about="The same with links that are only assumed to rise",
        memory=False,
    ),
]
