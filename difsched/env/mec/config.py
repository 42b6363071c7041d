"""Configurations of edge computing; the numbered ones are in ``configurations.yaml``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from difsched.config.base import Config, check_flag, check_number, number, one_of, span, whole
from difsched.config.numbered import Numbered
from difsched.errors import InputError

RADIOS = ("inverse_square", "urban_micro")
SERVER_POWERS = ("whole", "by_share")
MOST_USERS, MOST_SLOTS = 10_000, 1_000_000
#: UEs up to which the optimum enumerates who offloads in which order.
MOST_ENUMERATED = 8
Range = tuple[float, float]


_positive = number(0, open_low=True)


@dataclass(frozen=True)
class MecConfig(Config):
    """One edge server, its users' equipment (UEs) and what a slot is worth.

    The defaults are the original code's, with the 0.23 W that its trainers set.

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
    randomSeed : int
        Root of every random stream, >= 0.

    Raises
    ------
    InputError
        If a value is out of its range.
    """

    family: ClassVar[str] = "mec"

    users: Annotated[int, whole(1, MOST_USERS)] = 5
    clusters: Annotated[int, whole(1, MOST_USERS)] = 1
    data_mbit: Annotated[Range, span(0, open_low=True)] = (16.0, 80.0)
    cycles_g: Annotated[Range, span(0, open_low=True)] = (1.5, 3.5)
    deadline_s: Annotated[Range, span(0, open_low=True)] = (1.0, 2.0)
    distance_m: Annotated[Range, span(0)] = (10.0, 50.0)
    speed_ghz: Annotated[Range, span(0, open_low=True)] = (0.5, 1.5)
    server_ghz: Annotated[float, _positive] = 6.0
    server_w: Annotated[float, _positive] = 5.0
    bandwidth_mhz: Annotated[float, _positive] = 10.0
    power_w: Annotated[float, _positive] = 0.23
    noise_w_hz: Annotated[float, _positive] = 4e-21
    kappa: Annotated[float, number(0)] = 1e-27
    radio: Annotated[str, one_of(RADIOS)] = "inverse_square"
    server_power: Annotated[str, one_of(SERVER_POWERS)] = "whole"
    weight_qos: Annotated[float, number(0)] = 0.5
    weight_energy: Annotated[float, number(0)] = 1e-3
    least_share: Annotated[float, number(0, 1)] = 0.01
    least_compute: Annotated[float, number(0, 1)] = 0.0
    redraw_users: Annotated[bool, check_flag] = True
    leftover: Annotated[bool, check_flag] = False
    slot_s: Annotated[float, _positive] = 1.0
    slots: Annotated[int, whole(1, MOST_SLOTS)] = 200
    randomSeed: Annotated[int, whole(0)] = 0

    def __post_init__(self) -> None:
        """Check every field, then what concerns two; raise InputError at the first that fails."""
        super().__post_init__()
        if self.clusters > self.users:
            raise InputError(f"clusters = {self.clusters}: must be in 1..{self.users}, the users")
        for name, count in (("least_share", self.users), ("least_compute", self.clusters)):
            check_number(name, getattr(self, name), 0, 1 / count)

    @property
    def enumerable(self) -> bool:
        """Return whether the optimum can enumerate who offloads in which order."""
        return self.clusters == 1 and self.users <= MOST_ENUMERATED


#: Those that are run, by number and name.
CONFIGURATIONS = Numbered(Path(__file__).parent, MecConfig)
