"""The options of the command that choose a slice: its configuration, traffic and links."""

import argparse
from dataclasses import replace
from pathlib import Path

from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.link.table import read_link_table
from difsched.env.slice.traffic.generator import Traffic, dataflows, load_traffic
from difsched.errors import InputError


def add_slice(parser: argparse.ArgumentParser, default: str | None = "0") -> None:
    """Add ``--config``, ``--traces`` and ``--link``; ``default`` is that of the first."""
    parser.add_argument(
        "--config",
        default=default,
        metavar="C",
        help="0..7, default, or a YAML file with what differs from the default "
        f"(default: {'all that have traffic' if default is None else default})",
    )
    parser.add_argument(
        "--traces",
        metavar="DIR",
        help="your own traffic: a folder of CSV traces (difsched traffic)",
    )
    parser.add_argument(
        "--link",
        metavar="TABLE",
        help="your own channel classes: a CSV with columns r (RBs), p (success) and, for several, "
        "class",
    )


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
    text = str(config)
    if text.endswith((".yaml", ".yml")):
        chosen = EnvironmentConfig.from_yaml(text)
    else:
        chosen = ConfigManager().load_env_config(config)
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


def traffic_of(config: EnvironmentConfig) -> Traffic:
    """Return a slice's traffic."""
    return load_traffic(
        config.dataflow,
        window_length=config.LEN_window,
        traces=config.traces,
        seed=config.randomSeed,
    )
