"""Time and energy of one task: computed by its UE, uploaded, computed by the server.

Units: Mbit, 1e9 cycles, GHz, MHz, s, J, m. All functions work on arrays of any one shape.
"""

from typing import Any

import numpy as np

from difsched.typing import Floats

from .config import MecConfig

#: Urban micro cell at 3.5 GHz: path loss 43.3 + 31.9 log10(d) dB; receiver's noise figure, dB;
#: most bits per second and hertz that a modulation carries.
LOSS_DB, LOSS_SLOPE_DB, NOISE_FIGURE_DB, MOST_EFFICIENCY = 43.3, 31.9, 7.0, 7.4


def local_seconds(cycles: Floats, speed: Floats) -> Floats:
    """Return the time C / f that a UE needs for its own task, s."""
    return cycles / speed


def local_joules(cycles: Floats, speed: Floats, config: MecConfig) -> Floats:
    """Return the energy kappa C f^2 of computing locally, J."""
    return (config.kappa * 1e27) * cycles * speed**2


def server_seconds(cycles: Floats, config: MecConfig, compute: Any = 1.0) -> Floats:
    """Return the time of a task on a share ``compute`` of the server's processor, s."""
    return cycles / (config.server_ghz * compute)


def server_joules(cycles: Floats, config: MecConfig, compute: Any = 1.0) -> Floats:
    """Return what the server spends on a task, J; see `MecConfig.server_power`."""
    share = compute if config.server_power == "whole" else 1.0
    return config.server_w * server_seconds(cycles, config, share)


def density_efficiency(distance: Floats, config: MecConfig) -> Floats:
    """Return bit/s/Hz of an urban micro cell with the power spread over the whole band.

    A UE transmits the same power on each hertz that it is given, so the signal-to-noise ratio
    does not depend on its share.
    """
    loss_db = LOSS_DB + LOSS_SLOPE_DB * np.log10(np.maximum(distance, 1.0)) + NOISE_FIGURE_DB
    ratio = config.power_w * 10 ** (-loss_db / 10) / (config.bandwidth_mhz * 1e6)
    return np.minimum(np.log2(1 + ratio / config.noise_w_hz), MOST_EFFICIENCY)


def signal_to_noise(distance: Floats, config: MecConfig) -> Floats:
    """Return the signal-to-noise ratio over the whole band, loss d^2 (d in m, at least 1)."""
    noise = config.bandwidth_mhz * 1e6 * config.noise_w_hz
    return config.power_w / (np.maximum(distance, 1.0) ** 2 * noise)


def upload_seconds(data: Floats, distance: Floats, share: Floats, config: MecConfig) -> Floats:
    """Return the upload time on a share of the band, s.

    ``inverse_square``: u = D / (th B log2(1 + s / th)), s the ratio over the whole band: a UE
    sends its whole power into its share. ``urban_micro``: u = D / (th B eff).

    Parameters
    ----------
    data, distance : (...) ndarray of float
        Mbit, m.
    share : (...) ndarray of float
        th, in (0, 1].
    """
    if config.radio == "urban_micro":
        efficiency = density_efficiency(distance, config)
    else:
        efficiency = np.log2(1 + signal_to_noise(distance, config) / share)
    return data / (share * config.bandwidth_mhz * efficiency)


def upload_joules(seconds: Floats, share: Floats, config: MecConfig) -> Floats:
    """Return the energy of an upload that takes so long on that share, J.

    The whole power P while it lasts, or with ``urban_micro`` the share of P that goes into the
    share of the band: then P D / (B eff), whatever the share.
    """
    watts = config.power_w * share if config.radio == "urban_micro" else config.power_w
    return watts * seconds


def quality(completion: Floats, deadline: Floats) -> Floats:
    """Return the QoS clip(2 - t / T, 0, 1): 1 in time, 0 from twice the deadline on."""
    return np.clip(2 - completion / deadline, 0.0, 1.0)
