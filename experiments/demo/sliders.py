"""Parameters of a configuration that the demo's sliders change, family by family."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from difsched.env.slice.traffic.generator import Traffic

#: Changes a configuration: from it and the slider's value to the fields that are replaced.
Apply = Callable[[Any, float], Mapping[str, Any]]


@dataclass(frozen=True)
class Slider:
    """A number that can be changed while the demo runs.

    Attributes
    ----------
    name, label : str
        Its key, and what stands above it.
    low, high, step : float
        Whole numbers where all three are.
    usual : callable
        Its value in a configuration, from which it starts.
    apply : callable
        The fields that a value replaces; none where it changes the traffic instead.
    counts : callable
        Whether it changes anything in a configuration.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    usual: Callable[[Any], float]
    apply: Apply
    counts: Callable[[Any], bool] = lambda config: True


def _field(
    name: str,
    label: str,
    low: float,
    high: float,
    step: float,
    counts: Callable[[Any], bool] = lambda config: True,
) -> Slider:
    """Return the slider of a field; whole numbers if its bounds are."""
    return Slider(
        *(name, label, low, high, step),
        usual=lambda config: getattr(config, name),
        apply=lambda config, value: {name: value},
        counts=counts,
    )


def _first_classes(config: Any, value: float) -> Mapping[str, Any]:
    """Return the fields of a slice with the first so many channel classes alone."""
    names = ("sigmoid_k_list", "sigmoid_s_list", "link_curves")
    lists = {name: getattr(config, name) for name in names}
    return {name: values[: int(value)] for name, values in lists.items() if values is not None}


def _scaled_supply(config: Any, value: float) -> Mapping[str, Any]:
    return {"supply": [value * end for end in config.supply]}


#: The slider that changes the traffic: the forecast's error, in multiples of its own.
FORECAST = "forecast_error"
SLIDERS: Mapping[str, tuple[Slider, ...]] = {
    "slice": (
        _field("B", "Budget, RBs a slot", 10, 400, 5),
        _field("N_user", "Users", 2, 40, 1),
        Slider(
            *("classes", "Channel classes", 1, 5, 1),
            usual=lambda config: len(config.sigmoid_k_list),
            apply=_first_classes,
            counts=lambda config: 1 < len(config.sigmoid_k_list) <= 5,
        ),
        Slider(
            *(FORECAST, "Forecast error, times its own", 0.0, 3.0, 0.25),
            usual=lambda config: 1.0,
            apply=lambda config, value: {},
            counts=lambda config: config.information == "predicted",
        ),
        _field("retransmit", "Windows that a packet is sent again", 0, 4, 1),
    ),
    "sequential": (
        _field("B", "Budget, RBs a slot", 10, 400, 5),
        _field("retransmit", "Windows that a packet is sent again", 1, 4, 1),
    ),
    "promised": (_field("B", "Budget, RBs a slot", 10, 400, 5),),
    "alloc": (
        Slider(
            *("budget", "Supply, times its own", 0.25, 2.0, 0.25),
            usual=lambda config: 1.0,
            apply=_scaled_supply,
        ),
        _field("tasks", "Tasks", 2, 20, 1),
        _field("resources", "Kinds of resources", 1, 8, 1),
        _field(
            *("sigma", "Forecast error, SD of its log", 0.0, 1.0, 0.1),
            counts=lambda config: config.mode == "forecast",
        ),
        _field(
            *("load", "Load, work over supply", 0.1, 2.0, 0.1),
            counts=lambda config: config.mode == "backlog",
        ),
        _field(
            *("wait", "Windows that work can wait", 0, 5, 1),
            counts=lambda config: config.mode == "backlog",
        ),
    ),
    "mec": (
        _field("bandwidth_mhz", "Uplink band, MHz", 5.0, 400.0, 5.0),
        _field("server_ghz", "Processor of the server, GHz", 1.0, 100.0, 1.0),
        _field("users", "UEs", 2, 8, 1, counts=lambda config: config.users <= 8),
        _field("clusters", "Clusters", 2, 10, 1, counts=lambda config: config.clusters > 1),
    ),
    "mlb": (
        _field("users", "Users", 10, 100, 5),
        _field("reach", "Largest offset, dB", 1.0, 24.0, 1.0),
        _field("hysteresis", "Hysteresis, dB", 0.0, 12.0, 0.5),
        _field("noise", "Error of what is measured, SD in dB", 0.0, 12.0, 0.5),
    ),
}


def sliders(family: str, config: Any) -> list[Slider]:
    """Return the sliders that change something in a configuration of a family."""
    return [one for one in SLIDERS.get(family, ()) if one.counts(config)]


def changed(family: str, config: Any, values: Mapping[str, float]) -> Any:
    """Return a configuration with sliders at values; those at their usual ones change nothing.

    Raises
    ------
    InputError
        If a value is not allowed in the configuration.
    """
    for one in sliders(family, config):
        value = values.get(one.name)
        if (
            value is not None
            and value != one.usual(config)
            and (fields := one.apply(config, value))
        ):
            config = config.changed(fields)
    return config


def with_error(traffic: Traffic, factor: float) -> Traffic:
    """Return traffic whose test forecasts err by so many times their own errors, never below 0."""
    trace = traffic.test
    forecast = trace.packets + factor * (trace.forecast - trace.packets)
    return replace(traffic, test=replace(trace, forecast=forecast.clip(min=0.0)))
