"""What a load-balancing problem is: a scene, how its users move, and what is rewarded."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from difsched.errors import InputError, choices

KINDS = ("synthetic", "roads")
MODES = ("faithful", "fixed")
MOTIONS = ("none", "right", "left", "loiter")
REWARDS = ("load_balance", "throughput", "non_blocked", "throughput_and_balance", "weighted")
#: Files of every class in the original project (seeds of both its generators).
ORIGINAL_FILES = tuple(range(1000, 1010))
#: Users times seconds of all files together.
MOST_POINTS = 20_000_000
#: Files that no figure of the original project has seen.
CLEAN_FILES = tuple(range(2000, 2010))


def _check_choice(name: str, value: Any, allowed: Collection[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{name} = {value!r}: {choices(value, allowed)}")


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} = {value!r}: must be a whole number in {low}..{high}")


def _check_number(name: str, value: Any, low: float, high: float) -> None:
    wrong = isinstance(value, bool) or not isinstance(value, int | float)
    if wrong or not low <= value <= high:
        raise InputError(f"{name} = {value!r}: must be a number in [{low:g}, {high:g}]")


@dataclass(frozen=True)
class Scene:
    """Where cells and users are.

    Attributes
    ----------
    kind : {"synthetic", "roads"}
        Whether users walk freely, or along the edges of a road graph.
    width, height : float
        Size, m, > 0; users stay within [0, width] x [0, height].
    sites : tuple of (x, y)
        Antennas of C = 2..8 cells, m, inside the scene.
    prbs : int
        Physical resource blocks of each cell, 1..275.
    road_seed : int
        Seed of the generated road graph, >= 0.
    osm : str
        Path of an OpenStreetMap extract to walk in instead of a generated graph, or "".
    """

    kind: str
    width: float
    height: float
    sites: tuple[tuple[float, float], ...]
    prbs: int
    road_seed: int = 0
    osm: str = ""

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        _check_choice("kind", self.kind, KINDS)
        _check_number("width", self.width, 1, 1e5)
        _check_number("height", self.height, 1, 1e5)
        if not isinstance(self.sites, tuple) or not 2 <= len(self.sites) <= 8:
            raise InputError(f"sites = {self.sites!r}: must be a tuple of 2 to 8 points (x, y)")
        for site in self.sites:
            if not isinstance(site, tuple) or len(site) != 2:
                raise InputError(f"sites: {site!r} must be a point (x, y)")
            _check_number("sites: x", site[0], 0, self.width)
            _check_number("sites: y", site[1], 0, self.height)
        _check_whole("prbs", self.prbs, 1, 275)
        _check_whole("road_seed", self.road_seed, 0, 2**32 - 1)
        if not isinstance(self.osm, str):
            raise InputError(f"osm = {self.osm!r}: must be a path, or empty")
        if self.osm and self.kind != "roads":
            raise InputError(f"osm = {self.osm!r}: only a scene of kind roads has roads")


#: Both scenes of the original project; the second is the bounding box of its campus map.
SCENES = {
    "synthetic": Scene("synthetic", 1500.0, 500.0, ((250, 250), (750, 250), (1250, 250)), 25),
    "roads": Scene(
        "roads", 1518.60, 2457.83, ((266.8, 1340.2), (577.5, 1642.3), (862.7, 1497.6)), 50
    ),
}
#: How the users of each of the three cells move. The first two classes are the original's source
#: of training data, the others its targets.
CLASSES = {
    "rr": ("right", "right", "none"),
    "ll": ("none", "left", "left"),
    "loiter": ("right", "loiter", "left"),
    "rrl": ("right", "right", "left"),
    "rl": ("right", "none", "left"),
}
SOURCES, TARGETS = ("rr", "ll"), ("loiter", "rrl", "rl")


@dataclass(frozen=True)
class MlbConfig:
    """A load-balancing problem.

    Attributes
    ----------
    scene : Scene
        Cells, size and roads.
    motion : tuple of {"none", "right", "left", "loiter"}
        How the users of each cell move; ``none``: no user starts there.
    files : tuple of int
        Seeds of the episodes, each 0..2**32 - 1: an episode is the users' movement of one file.
    mode : {"faithful", "fixed"}
        ``faithful``: metrics as in the original project, in which users of a full cell may get
        more than they ask for, and blocking has a link of its own (ramp up to -80 dBm, 25 blocks).
        ``fixed``: rates end at the demand, and blocking follows from them. The reward
        ``load_balance`` is the same in both.
    reward : {"load_balance", "throughput", "non_blocked", "throughput_and_balance", "weighted"}
        See `difsched.env.mlb.network.combine`.
    users : int
        N, 2..1000.
    steps : int
        Seconds of an episode, 1..10,000.
    demand : float
        Constant bit rate of each user, bit/s, > 0.
    hysteresis : float
        What the serving cell has in advance, dB, 0..12.
    reach : float
        Largest difference of two offsets, dB: actions lie in [-reach, reach].
    noise : float
        Standard deviation of the error of the RSRPs that the scheduler sees, dB, >= 0; users
        measure without.
    """

    scene: Scene
    motion: tuple[str, ...]
    files: tuple[int, ...] = ORIGINAL_FILES
    mode: str = "faithful"
    reward: str = "load_balance"
    users: int = 50
    steps: int = 100
    demand: float = 1_024_000.0
    hysteresis: float = 3.0
    reach: float = 12.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        if not isinstance(self.scene, Scene):
            raise InputError(f"scene = {self.scene!r}: must be a Scene")
        if not isinstance(self.motion, tuple) or len(self.motion) != self.cells:
            raise InputError(f"motion = {self.motion!r}: must be a tuple, one for each site")
        for motion in self.motion:
            _check_choice("motion", motion, MOTIONS)
        if set(self.motion) == {"none"}:
            raise InputError("motion: at least one cell must have users")
        if not isinstance(self.files, tuple) or not 1 <= len(self.files) <= 10_000:
            raise InputError(f"files = {self.files!r}: must be a tuple of 1 to 10000 seeds")
        for file in self.files:
            _check_whole("files", file, 0, 2**32 - 1)
        _check_choice("mode", self.mode, MODES)
        _check_choice("reward", self.reward, REWARDS)
        _check_whole("users", self.users, 2, 1000)
        _check_whole("steps", self.steps, 1, 10_000)
        points = len(self.files) * (self.steps + 1) * self.users
        if points > MOST_POINTS:
            raise InputError(
                f"files x steps x users = {points}: must be at most {MOST_POINTS}, to fit in memory"
            )
        _check_number("demand", self.demand, 1, 1e9)
        _check_number("hysteresis", self.hysteresis, 0, 12)
        _check_number("reach", self.reach, 0.1, 60)
        _check_number("noise", self.noise, 0, 60)

    @property
    def cells(self) -> int:
        """Number of cells, C."""
        return len(self.scene.sites)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs (i, j), i < j, of cells: one entry of the action each, in this order."""
        first, second = np.triu_indices(self.cells, 1)
        return tuple(zip(first.tolist(), second.tolist(), strict=True))

    @property
    def starts(self) -> tuple[int, ...]:
        """Cells in which users start."""
        return tuple(cell for cell, motion in enumerate(self.motion) if motion != "none")


#: ``synthetic_loiter``, ``roads_rl``, ...: the original's classes in both scenes.
PRESETS = {
    f"{scene}_{name}": MlbConfig(SCENES[scene], motion)
    for scene in SCENES
    for name, motion in CLASSES.items()
}


def preset(name: str) -> MlbConfig:
    """Return the configuration of a name, such as ``synthetic_rrl``.

    Raises
    ------
    InputError
        If there is none.
    """
    _check_choice("configuration", name, PRESETS)
    return PRESETS[name]
