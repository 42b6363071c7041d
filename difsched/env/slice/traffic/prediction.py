"""A causal forecaster of window counts, fitted on training traffic and cross-fitted there.

The forecast of window t is a ridge regression on what is known when it starts: the last twelve
counts and, where the source has a signal, how that signal moved in window t - 1. A policy that
learns from forecasts must see in training the errors it will meet in use, so every training
window is forecast by a model that was fitted without it and its neighbours (cross-fitting).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from difsched.env.slice.traffic.signals import Signal

FloatArray = NDArray[np.float64]

LAGS = 12  # past counts in the regression
BLOCKS = 10  # contiguous blocks of the cross-fit
GUARD = 12  # windows on both sides of a block that its model does not see either
RIDGE = 10.0  # penalty on standardised weights, in windows
BINS = 40  # parts of a window in which its signal is averaged
TAILS = (1, 2, 4, 6, 10, 20)  # last bins of the window over which its features are means


@dataclass(frozen=True)
class Forecaster:
    """A fitted ridge regression from ``F`` inputs to the packets of a window.

    Attributes
    ----------
    centre, scale, weights : (F,) float
        Mean and standard deviation of each input in training, weight of the standardised input.
    intercept : float
        Mean packets a window in training.
    upper : int
        Largest possible count: forecasts are clipped to 0..upper.
    """

    centre: FloatArray
    scale: FloatArray
    weights: FloatArray
    intercept: float
    upper: int

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Return ``(T,)`` forecasts for ``(T, F)`` inputs; NaN (unknown) stands for the mean."""
        standard = np.nan_to_num((inputs - self.centre) / self.scale)
        return np.clip(self.intercept + standard @ self.weights, 0.0, self.upper)


def signal_features(signal: Signal, window_length: int) -> FloatArray:
    """Summarise each window of a signal by what its sender knows when the window ends.

    Parameters
    ----------
    signal : Signal
        Of at least one window; samples after the last whole window are left out.
    window_length : int
        Slots in a window.

    Returns
    -------
    (T, F) float
        For the last parts of the window (see ``TAILS``): logarithm of the mean speed in deadbands
        per bin, speed being that between the means of successive bins, which quiets sensor noise;
        share of the slots sent; and the squares of both.
    """
    windows = len(signal.sent) // window_length
    width = max(1, window_length // BINS)
    bins = max(1, window_length // width)
    ends = np.arange(1, windows + 1) * window_length
    slots = ends[:, None] - bins * width + np.arange(bins * width)
    means = signal.scaled[slots].reshape(windows, bins, width, -1).mean(axis=2)
    speed = np.linalg.norm(np.diff(means, axis=1, prepend=means[:, :1]), axis=2)
    sent = signal.sent[slots].reshape(windows, bins, width).mean(axis=2)
    columns: list[FloatArray] = []
    for tail in TAILS:
        columns += [np.log1p(speed[:, -tail:].mean(axis=1)), sent[:, -tail:].mean(axis=1)]
    linear = np.stack(columns, axis=1)
    return np.concatenate([linear, linear**2], axis=1)


def inputs(packets: ArrayLike, features: FloatArray | None = None) -> FloatArray:
    """Lay out what is known when each window starts.

    Parameters
    ----------
    packets : (T,) int
        Packets per window.
    features : (T, F) float or None
        Features of each window, known when it ends.

    Returns
    -------
    (T, 12 + F) float
        Row t holds the counts of windows t - 1, ..., t - 12 and the features of window t - 1;
        NaN where the trace had not begun.
    """
    counts = np.asarray(packets, dtype=np.float64)
    padded = np.concatenate([np.full(LAGS, np.nan), counts])
    columns = [padded[LAGS - lag : LAGS - lag + len(counts), None] for lag in range(1, LAGS + 1)]
    if features is not None:
        columns.append(np.concatenate([np.full((1, features.shape[1]), np.nan), features[:-1]]))
    return np.concatenate(columns, axis=1)


def fit(known: FloatArray, packets: ArrayLike, upper: int) -> Forecaster:
    """Fit the ridge regression of ``(T,)`` packets on ``(T, F)`` inputs, less the rows with NaN.

    A trace too short for a single whole row gives the forecaster of its mean.
    """
    target = np.asarray(packets, dtype=np.float64)
    whole = ~np.isnan(known).any(axis=1)
    if not whole.any():
        zeros = np.zeros(known.shape[1])
        return Forecaster(zeros, zeros + 1.0, zeros, float(target.mean()), upper)
    x, y = known[whole], target[whole]
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    standard, mean = (x - centre) / scale, float(y.mean())
    gram = standard.T @ standard + RIDGE * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, standard.T @ (y - mean))
    return Forecaster(centre, scale, weights, mean, upper)


def cross_fit(known: FloatArray, packets: ArrayLike, upper: int) -> FloatArray:
    """Return ``(T,)`` forecasts of the training trace, each from a model that did not see it.

    The trace is cut into contiguous blocks; a block's model is fitted on the others, less a guard
    on both sides, because neighbouring windows share their past.
    """
    counts = np.asarray(packets)
    forecast = np.empty(len(counts))
    for block in np.array_split(np.arange(len(counts)), min(BLOCKS, len(counts))):
        kept = np.ones(len(counts), dtype=bool)
        kept[max(0, block[0] - GUARD) : block[-1] + 1 + GUARD] = False
        if not kept.any():
            kept[:] = True  # a trace of a few windows: nothing would be left to fit
        forecast[block] = fit(known[kept], counts[kept], upper)(known[block])
    return forecast


def root_mean_square(errors: ArrayLike) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(np.asarray(errors, dtype=np.float64)))))


def forecast_errors(
    packets: ArrayLike, forecast: ArrayLike, train_packets: ArrayLike, upper: int
) -> dict[str, float]:
    """Report a forecast beside the two that need no model of the signal.

    Parameters
    ----------
    packets, forecast : (T,)
        The trace under test, T >= 2, and its forecast.
    train_packets : (S,) int
        The trace on which AR(12) is fitted.
    upper : int
        Largest possible count.

    Returns
    -------
    dict
        Root mean square errors in packets: ``forecast``; ``persistence`` (the last count again,
        from the second window on); ``ar12`` (ridge regression on the last twelve counts).
    """
    counts = np.asarray(packets, dtype=np.float64)
    model = fit(inputs(train_packets), train_packets, upper)
    return {
        "forecast": root_mean_square(np.asarray(forecast) - counts),
        "persistence": root_mean_square(np.diff(counts)),
        "ar12": root_mean_square(model(inputs(counts)) - counts),
    }
