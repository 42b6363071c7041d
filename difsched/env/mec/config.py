"""Configurations of the edge-computing problem, and the published parameter sets."""

import math
from dataclasses import dataclass, replace

from difsched.errors import InputError, choices

RADIOS = ("inverse_square", "urban_micro")
SERVER_POWERS = ("whole", "by_share")
Range = tuple[float, float]


@dataclass(frozen=True)
class MecConfig:
    """One edge server, its users' equipment (UEs) and what a slot is worth.

    Attributes
    ----------
    users : int
        UEs N, >= 1.
    clusters : int
        Queues K of the server, 1..N. With 1 the server is one serial queue (phase 1); with more,
        each cluster of UEs has a queue and a share of the processor (phase 2).
    data_mbit, cycles_g, deadline_s : (float, float)
        Task of a slot: Mbit to upload, 1e9 cycles of work, deadline; uniform in [low, high], > 0.
    distance_m, speed_ghz : (float, float)
        UE: distance to the station, m, >= 0; own processor, GHz, > 0; uniform.
    server_ghz, server_w : float
        Processor of the server and the power that it draws, > 0.
    bandwidth_mhz, power_w, noise_w_hz : float
        Uplink band, transmit power of a UE, noise density; > 0.
    kappa : float
        Energy of a cycle at 1 Hz, J s^2: a cycle at f Hz costs kappa f^2; >= 0.
    radio : {"inverse_square", "urban_micro"}
        Path loss and how power meets spectrum; see `difsched.env.mec.physics`.
    server_power : {"whole", "by_share"}
        Whether a cluster's queue is charged the whole server's power while it works, or the share
        of it that its processor share is. The same with one cluster.
    weight_qos, weight_energy : float
        w_q and w_e, 1/J, of the reward w_q QoS - w_e J; >= 0.
    least_share : float
        Share of the band below which a UE is not served, but computes locally; in [0, 1/N].
    least_compute : float
        Least share of the processor that a cluster gets, in [0, 1/K].
    redraw_users : bool
        Whether distance and speed are new in each slot, as the task is, or last for an episode.
    leftover : bool
        Whether work that is left at a slot's end keeps the server busy in the next slot: then
        what is decided now changes what comes, a Markov decision process. Otherwise each slot
        is its own problem, a contextual bandit.
    slot_s : float
        Length of a slot, s, > 0; without ``leftover`` nothing depends on it.
    slots : int
        Slots of an episode, >= 1.

    Raises
    ------
    InputError
        If a value is out of its range.
    """

    users: int = 5
    clusters: int = 1
    data_mbit: Range = (16.0, 80.0)
    cycles_g: Range = (1.5, 3.5)
    deadline_s: Range = (1.0, 2.0)
    distance_m: Range = (10.0, 50.0)
    speed_ghz: Range = (0.5, 1.5)
    server_ghz: float = 6.0
    server_w: float = 5.0
    bandwidth_mhz: float = 10.0
    power_w: float = 0.23
    noise_w_hz: float = 4e-21
    kappa: float = 1e-27
    radio: str = "inverse_square"
    server_power: str = "whole"
    weight_qos: float = 0.5
    weight_energy: float = 1e-3
    least_share: float = 0.01
    least_compute: float = 0.0
    redraw_users: bool = True
    leftover: bool = False
    slot_s: float = 1.0
    slots: int = 200

    def __post_init__(self) -> None:
        """Check every value."""
        _check_count("users", self.users, 1, None)
        _check_count("clusters", self.clusters, 1, self.users)
        _check_count("slots", self.slots, 1, None)
        for name in ("data_mbit", "cycles_g", "deadline_s", "distance_m", "speed_ghz"):
            _check_range(name, getattr(self, name))
        for name in ("server_ghz", "server_w", "bandwidth_mhz", "power_w", "noise_w_hz", "slot_s"):
            _check_number(name, getattr(self, name), math.ulp(0.0), math.inf, "> 0")
        for name in ("kappa", "weight_qos", "weight_energy"):
            _check_number(name, getattr(self, name), 0.0, math.inf, ">= 0")
        _check_number(
            "least_share", self.least_share, 0.0, 1 / self.users, "in [0, 1/users], a share for all"
        )
        _check_number(
            "least_compute", self.least_compute, 0.0, 1 / self.clusters, "in [0, 1/clusters]"
        )
        for name, allowed in (("radio", RADIOS), ("server_power", SERVER_POWERS)):
            if (value := getattr(self, name)) not in allowed:
                raise InputError(f"{name} = {value!r:.60}: {choices(value, allowed)}")
        for name in ("redraw_users", "leftover"):
            if not isinstance(value := getattr(self, name), bool):
                raise InputError(f"{name} = {value!r:.60}: must be true or false")


def _check_count(name: str, value: object, least: int, most: int | None) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and least <= value and (most is None or value <= most):  # type: ignore[operator]
        return
    allowed = f">= {least}" if most is None else f"in {least}..{most} (the number of users)"
    raise InputError(f"{name} = {value!r:.60}: must be a whole number {allowed}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_number(name: str, value: object, least: float, most: float, allowed: str) -> None:
    if not (_is_number(value) and least <= value <= most):  # type: ignore[operator]
        raise InputError(f"{name} = {value!r:.60}: must be a number {allowed}")


def _check_range(name: str, value: object) -> None:
    pair = isinstance(value, tuple | list) and len(value) == 2 and all(map(_is_number, value))
    least = 0.0 if name == "distance_m" else math.ulp(0.0)
    if not (pair and least <= value[0] <= value[1]):  # type: ignore[index]
        sign = ">= 0" if name == "distance_m" else "> 0"
        raise InputError(f"{name} = {value!r:.60}: must be two numbers (low, high) {sign}")


_PUBLISHED = MecConfig()
#: Physics without the original's defects, measured: path loss and noise of a 3.5-GHz urban micro
#: cell, constant power density, so that the upload energy of a task does not depend on its share.
_FIXED = replace(_PUBLISHED, bandwidth_mhz=20.0, radio="urban_micro", weight_qos=1.0)
#: Phase 2 of the original: its code's defaults, users that stay for an episode.
_CLUSTERED = replace(
    _PUBLISHED,
    users=100,
    clusters=4,
    deadline_s=(2.0, 4.0),
    bandwidth_mhz=20.0,
    weight_qos=2.0,
    weight_energy=0.05,
    least_compute=0.05,
    redraw_users=False,
)

#: Parameter sets of phase 1 and their sources.
PHASE_ONE = {
    # Defaults of the original's code, with the 0.23 W that its trainers set.
    "code": _PUBLISHED,
    # The original's README.
    "readme": replace(
        _PUBLISHED, bandwidth_mhz=50.0, power_w=0.08, weight_qos=1.0, weight_energy=1e-6
    ),
    # The assignment (PDF) that the original answers; it gives no weights, so half of phase 2's.
    "assignment": replace(
        _PUBLISHED, deadline_s=(2.0, 4.0), bandwidth_mhz=20.0, weight_qos=1.0, weight_energy=0.025
    ),
    "fixed": replace(_FIXED, weight_energy=0.025),
}
#: Parameter sets of phase 2 and their sources.
PHASE_TWO = {
    "code": _CLUSTERED,
    # The original's README: other weights, no floor of the processor share.
    "readme": replace(_CLUSTERED, weight_qos=1.0, weight_energy=1e-7, least_compute=0.0),
    # Clusters pay for the share of the server that they own.
    "by_share": replace(_CLUSTERED, server_power="by_share"),
    # The physics of `fixed`, on a server and a band that a hundred users can share (measured).
    "scaled": replace(
        _CLUSTERED,
        deadline_s=(1.0, 2.0),
        server_ghz=60.0,
        server_w=50.0,
        bandwidth_mhz=200.0,
        radio="urban_micro",
        server_power="by_share",
        least_share=0.002,
        least_compute=0.02,
    ),
}


def phase_one(name: str, users: int = 5) -> MecConfig:
    """Return a parameter set of phase 1: N UEs and a server with one queue.

    Parameters
    ----------
    name : str
        A key of `PHASE_ONE`.
    users : int
        N; the original's sweep is 2..7.

    Raises
    ------
    InputError
        If the name is unknown or the number is out of range.
    """
    return replace(_find(name, PHASE_ONE), users=users)


def phase_two(name: str, clusters: int = 4, users: int = 100) -> MecConfig:
    """Return a parameter set of phase 2: N UEs in K clusters, a queue for each.

    Parameters
    ----------
    name : str
        A key of `PHASE_TWO`.
    clusters : int
        K; the original's sweep is 4..10.
    users : int
        N.

    Raises
    ------
    InputError
        If the name is unknown or a number is out of range.
    """
    return replace(_find(name, PHASE_TWO), clusters=clusters, users=users)


def _find(name: str, presets: dict[str, MecConfig]) -> MecConfig:
    if name not in presets:
        raise InputError(f"parameter set = {name!r:.60}: {choices(name, presets)}")
    return presets[name]
