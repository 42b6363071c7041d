"""Packets per window of every dataflow, with forecasts: generated here or read from CSV traces."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from difsched.config.base import check_choice, check_int, read_yaml
from difsched.env.slice.traffic.prediction import cross_fit, fit, inputs, signal_features
from difsched.env.slice.traffic.presets import PRESETS, TrafficPreset
from difsched.env.slice.traffic.signals import SAMPLE_S, Signal
from difsched.env.slice.traffic.traces import (
    SPLITS,
    check_pair,
    read_trace_csv,
    trace_digest,
    trace_names,
)
from difsched.errors import InputError
from difsched.utils import seeding
from difsched.utils.files import read_npz, write_npz

__all__ = [
    "Trace",
    "Traffic",
    "TrafficGenerator",
    "TrafficPreset",
    "dataflows",
    "load_traffic",
    "read_trace_csv",
    "trace_digest",
]

MOST_PACKETS = 10**9  # in a window: far above any, and exact in every type of number
EXCERPT = ("time", "signal", "sent")
EXCERPT_WINDOWS = (100, 115)  # of the test trace: long after its start, long enough to look at


@dataclass(frozen=True)
class Trace:
    """Packets of one user, window by window, and their forecast; read-only once built.

    Attributes
    ----------
    packets : (T,) int
        Packets per window, >= 0, T >= 1.
    forecast : (T,) float
        Forecast of the same windows' packets, each made from earlier windows only.
    """

    packets: NDArray[np.int64]
    forecast: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check both arrays; raise InputError at the first that is not allowed."""
        packets, forecast = np.array(self.packets), np.array(self.forecast)
        if packets.ndim != 1 or not len(packets) or packets.dtype.kind not in "iu":
            raise InputError(
                f"packets has shape {packets.shape} of {packets.dtype}: must be a list of counts"
            )
        if packets.min() < 0:
            raise InputError(f"packets holds {packets.min()}: must be whole numbers >= 0")
        if packets.max() > MOST_PACKETS:
            raise InputError(f"packets holds {packets.max()}: must be at most {MOST_PACKETS}")
        real = forecast.dtype.kind in "iuf"
        if forecast.shape != packets.shape or not real or not np.isfinite(forecast).all():
            raise InputError(
                f"forecast has shape {forecast.shape}: must be a finite number for each of the "
                f"{len(packets)} windows"
            )
        arrays = {"packets": packets.astype(np.int64), "forecast": forecast.astype(np.float64)}
        for name, array in arrays.items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)


@dataclass(frozen=True)
class Traffic:
    """What the suite needs of one dataflow.

    Attributes
    ----------
    dataflow : str
        Its name.
    origin : {"generated", "traces"}
        Where it comes from.
    train, test : Trace
        Two different stretches or realisations; forecasts of both err alike.
    excerpt : mapping of str to array, or None
        A few seconds of the generated test signal for a figure: ``time`` (S,) in s since the trace
        began, ``signal`` (S, D) in m or N, ``sent`` (S,) bool. None for CSV traces.
    window_length : int
        Slots in a window.
    notes : tuple of str
        What was made of CSV traces beyond their rows, in words; not kept in a file.
    """

    dataflow: str
    origin: str
    train: Trace
    test: Trace
    excerpt: Mapping[str, NDArray[Any]] | None = None
    window_length: int = 200
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        if not isinstance(self.dataflow, str):
            raise InputError(f"dataflow = {self.dataflow!r}: must be a name")
        check_choice("origin", self.origin, ("generated", "traces"))
        check_int("window_length", self.window_length, 1)
        if self.excerpt is not None:
            _check_excerpt(self.excerpt)
        for split in SPLITS:
            most = int(getattr(self, split).packets.max())
            if most > self.window_length:
                raise InputError(f"packets holds {most}: must be in 0..{self.window_length}")

    def by_counts(self) -> "Traffic":
        """Return the same traffic with forecasts made of past packet counts alone.

        A ridge regression on the last twelve, fitted on the training trace and cross-fitted there:
        all that a MAC scheduler has, which does not see how a sender's signal moves.
        """
        train, upper = self.train.packets, self.window_length
        known = inputs(train)
        test = fit(known, train, upper)(inputs(self.test.packets))
        return replace(
            self,
            train=Trace(train, cross_fit(known, train, upper)),
            test=Trace(self.test.packets, test),
        )

    def save(self, path: str | Path) -> None:
        """Write everything to one npz, atomically."""
        arrays: dict[str, NDArray[Any]] = {
            "dataflow": np.array(self.dataflow),
            "origin": np.array(self.origin),
            "window_length": np.array(self.window_length),
            "excerpt": np.array(list(self.excerpt or {}), dtype=np.str_),
        }
        for split in SPLITS:
            trace: Trace = getattr(self, split)
            arrays |= {f"{split}_packets": trace.packets, f"{split}_forecast": trace.forecast}
        arrays |= {f"excerpt_{name}": array for name, array in (self.excerpt or {}).items()}
        write_npz(path, arrays)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            If the file is missing, damaged, or holds what is no traffic.
        """
        names = ["dataflow", "origin", "window_length", "excerpt"]
        names += [f"{split}_{part}" for split in SPLITS for part in ("packets", "forecast")]
        arrays = read_npz(path, names)
        parts = arrays["excerpt"].ravel().tolist()
        check_choice(f"{path}: excerpt", parts, ([], list(EXCERPT)))
        excerpt = read_npz(path, [f"excerpt_{name}" for name in parts])
        try:
            train, test = (
                Trace(arrays[f"{split}_packets"], arrays[f"{split}_forecast"]) for split in SPLITS
            )
            return cls(
                arrays["dataflow"].item(),
                arrays["origin"].item(),
                train,
                test,
                {name: excerpt[f"excerpt_{name}"] for name in parts} or None,
                arrays["window_length"].item(),
            )
        except ValueError as error:
            raise InputError(f"{path} holds no traffic: {error}") from None


def _check_excerpt(excerpt: Mapping[str, NDArray[Any]]) -> None:
    """Raise InputError unless the arrays of an excerpt are what their names say."""
    if tuple(excerpt) != EXCERPT:
        raise InputError(f"excerpt = {list(excerpt)}: must be {', '.join(EXCERPT)}")
    for (name, array), kind, axes in zip(excerpt.items(), "ffb", (1, 2, 1), strict=True):
        fits = array.ndim == axes and array.dtype.kind == kind and np.isfinite(array).all()
        if not fits or len(array) != len(excerpt["time"]):
            raise InputError(f"excerpt's {name} of {array.dtype} {array.shape} does not fit")


class TrafficGenerator:
    """Draws the users of a slice from one trace.

    Every user runs through the trace from an offset of his own and wraps around at its end.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.length = len(trace.packets)

    @classmethod
    def from_dataflow(
        cls,
        dataflow: str,
        split: str = "train",
        window_length: int = 200,
        traces: str | Path | None = None,
        seed: int = 999,
    ) -> Self:
        """Build on one split of a dataflow; arguments and errors as in :func:`load_traffic`."""
        check_choice("split", split, SPLITS)
        traffic = load_traffic(dataflow, window_length=window_length, traces=traces, seed=seed)
        return cls(getattr(traffic, split))

    def offsets(self, rng: np.random.Generator, shape: int | tuple[int, ...]) -> NDArray[np.int64]:
        """Draw starting windows, independent and uniform over the trace."""
        return rng.integers(self.length, size=shape)


def dataflows(traces: str | Path | None = None) -> list[str]:
    """Return the known names: the presets, or those with both CSVs in the folder ``traces``.

    Raises
    ------
    InputError
        If the folder is missing or holds no pair of CSVs.
    """
    if traces is not None:
        return trace_names(traces)
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_traffic(
    dataflow: str,
    *,
    window_length: int = 200,
    traces: str | Path | None = None,
    seed: int = 999,
) -> Traffic:
    """Return training and test traffic of a dataflow, with forecasts.

    Parameters
    ----------
    dataflow : str
        A preset's name, or NAME of ``NAME_train.csv`` and ``NAME_test.csv`` in ``traces``.
    window_length : int
        Slots of 1 ms in a window, >= 1.
    traces : path or None
        Folder of CSV traces; None for the built-in generator.
    seed : int
        Root of the generator's random streams, >= 0; CSV traces do not depend on it.

    Returns
    -------
    Traffic
        Read-only; the same for the same arguments.

    Raises
    ------
    InputError
        If the dataflow is unknown, an argument is out of range or a trace is not valid.
    """
    if traces is None:
        check_choice("dataflow", dataflow, dataflows())
    else:
        check_pair(dataflow, traces)
    check_int("window_length", window_length, 1)
    check_int("seed", seed, 0)
    if traces is None:
        return _generate(dataflow, window_length, seed)
    return _read_pair(dataflow, window_length, Path(traces))


@lru_cache(maxsize=8)
def _generate(dataflow: str, window_length: int, seed: int) -> Traffic:
    preset = TrafficPreset.from_dict(read_yaml(PRESETS / f"{dataflow}.yaml"))
    packets, known = {}, {}
    for split, windows in zip(SPLITS, (preset.train_windows, preset.test_windows), strict=True):
        rng = seeding.rng(seed, "traffic", dataflow, split)
        signal = preset.realise(windows * window_length, rng)
        packets[split] = signal.sent.reshape(windows, window_length).sum(axis=1)
        known[split] = inputs(packets[split], signal_features(signal, window_length))
    model = fit(known["train"], packets["train"], window_length)
    crossed = cross_fit(known["train"], packets["train"], window_length)
    return Traffic(
        dataflow,
        "generated",
        Trace(packets["train"], crossed),
        Trace(packets["test"], model(known["test"])),
        _excerpt(signal, window_length),
        window_length,
    )


def _excerpt(signal: Signal, window_length: int) -> dict[str, NDArray[Any]]:
    first, last = (window * window_length for window in EXCERPT_WINDOWS)
    slots = slice(first, last)
    return {
        "time": np.arange(len(signal.sent))[slots] * SAMPLE_S,
        "signal": signal.values[slots].copy(),
        "sent": signal.sent[slots].copy(),
    }


def _read_pair(dataflow: str, window_length: int, folder: Path) -> Traffic:
    read = {
        split: read_trace_csv(folder / f"{dataflow}_{split}.csv", window_length) for split in SPLITS
    }
    train, test = read["train"].packets, read["test"].packets
    train_forecast, test_forecast = read["train"].forecast, read["test"].forecast
    if train_forecast is None:
        train_forecast = cross_fit(inputs(train), train, window_length)
    if test_forecast is None:
        test_forecast = fit(inputs(train), train, window_length)(inputs(test))
    return Traffic(
        dataflow,
        "traces",
        Trace(train, train_forecast),
        Trace(test, test_forecast),
        None,
        window_length,
        tuple(f"{dataflow} {split}: {note}" for split in SPLITS for note in read[split].notes),
    )
