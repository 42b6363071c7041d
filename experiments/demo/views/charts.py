"""Pictures as Vega-Lite specifications: plain values, which a browser draws as wide as it is.

Colours are Okabe and Ito's (2008), which colour-blind readers tell apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Spec = dict[str, Any]
#: The player, and what stands beside it.
COLORS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
HEIGHT = 260


def bars(values: Mapping[str, NDArray[Any]], entity: str, label: str) -> Spec:
    """Return bars of each entity, one a player side by side.

    Parameters
    ----------
    values : mapping of str to (N,) ndarray
        Player -> its values.
    entity, label : str
        What stands below and beside.
    """
    rows = [
        {"entity": place + 1, "who": who, "value": _plain(value)}
        for who, ones in values.items()
        for place, value in enumerate(ones)
    ]
    return {
        "data": {"values": rows},
        "height": HEIGHT,
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": {"field": "entity", "type": "ordinal", "title": entity, "axis": {"labelAngle": 0}},
            "xOffset": {"field": "who", "sort": list(values)},
            "y": {"field": "value", "type": "quantitative", "title": label},
            "color": _who(values),
        },
    }


def lines(values: Mapping[str, NDArray[Any]], across: str, label: str, length: int) -> Spec:
    """Return a line a player over the windows so far, (T,) values each, of ``length`` in all."""
    rows = [
        {"window": place + 1, "who": who, "value": _plain(value)}
        for who, ones in values.items()
        for place, value in enumerate(ones)
    ]
    return {
        "data": {"values": rows},
        "height": HEIGHT,
        "mark": {"type": "line", "point": True, "tooltip": True},
        "encoding": {
            "x": {
                "field": "window",
                "type": "quantitative",
                "title": across,
                "axis": {"tickMinStep": 1, "format": "d"},
                "scale": {"domain": [1, length], "nice": False},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": label,
                "scale": {"zero": False},
            },
            "color": _who(values),
        },
    }


def stacked(
    rows: Sequence[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]], below: str, label: str
) -> Spec:
    """Return bars of stacked parts, and a tick at what there is of each.

    Parameters
    ----------
    rows : sequence of mapping
        ``bar``, ``part`` and ``value``, and ``who`` has it.
    marks : sequence of mapping
        ``bar`` and ``value`` of the ticks.
    below, label : str
        What stands below the bars and beside them.
    """
    x = {"field": "bar", "type": "ordinal", "title": below, "axis": {"labelAngle": 0}}
    players = list(dict.fromkeys(row["who"] for row in rows))
    y = {"type": "quantitative", "title": label}
    return {
        "data": {"values": [dict(row) for row in rows]},
        "height": HEIGHT,
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "bar", "tooltip": True, "stroke": "white", "strokeWidth": 0.5},
                "encoding": {
                    "xOffset": {"field": "who", "sort": players},
                    "y": {"field": "value", "aggregate": "sum", **y},
                    "color": {
                        "field": "who",
                        "sort": players,
                        "title": None,
                        "scale": {"domain": players, "range": list(COLORS[: len(players)])},
                        "legend": {"orient": "top"},
                    },
                    "opacity": {
                        "field": "part",
                        "type": "ordinal",
                        "legend": None,
                        "scale": {"range": [0.35, 1.0]},
                    },
                    "detail": {"field": "part"},
                },
            },
            {
                "data": {"values": [dict(mark) for mark in marks]},
                "mark": {"type": "tick", "color": "black", "thickness": 2, "tooltip": True},
                "encoding": {"y": {"field": "value", **y}},
            },
        ],
    }


def intervals(rows: Sequence[Mapping[str, Any]], label: str) -> Spec:
    """Return each player's mean with its interval, and its episodes as points.

    Parameters
    ----------
    rows : sequence of mapping
        ``who``, ``mean``, ``half_width`` and ``episodes``, a list of numbers.
    label : str
    """
    means = [
        {
            "who": row["who"],
            "mean": row["mean"],
            "low": row["mean"] - row["half_width"],
            "high": row["mean"] + row["half_width"],
        }
        for row in rows
    ]
    points = [
        {"who": row["who"], "value": value, "episode": number + 1}
        for row in rows
        for number, value in enumerate(row["episodes"])
    ]
    x = {"type": "quantitative", "title": label, "scale": {"zero": False}}
    y = {"field": "who", "type": "nominal", "title": None, "sort": [row["who"] for row in rows]}
    return {
        "data": {"values": means},
        "height": {"step": 36},
        "encoding": {"y": y},
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "point", "opacity": 0.5, "tooltip": True, "color": "#777777"},
                "encoding": {"x": {"field": "value", **x}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": COLORS[1]},
                "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 70,
                    "color": COLORS[0],
                    "tooltip": True,
                },
                "encoding": {"x": {"field": "mean", **x}},
            },
        ],
    }


def _who(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the colours of players, in their order."""
    players = list(values)
    return {
        "field": "who",
        "sort": players,
        "title": None,
        "scale": {
            "domain": players,
            "range": [COLORS[k % len(COLORS)] for k in range(len(players))],
        },
        "legend": {"orient": "top", "labelLimit": 300},
    }


def _plain(value: Any) -> float:
    return round(float(np.asarray(value)), 6)
