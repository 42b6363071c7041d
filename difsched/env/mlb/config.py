"""What a load-balancing problem is: a scene, how its users move, and what is rewarded."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np

from difsched.config.base import (
    Config,
    check_choice,
    check_flag,
    check_int,
    check_list,
    check_number,
    check_text,
    distinct,
    number,
    one_of,
    record,
    whole,
)
from difsched.config.numbered import Numbered
from difsched.errors import InputError

KINDS = ("synthetic", "roads")
MODES = ("faithful", "fixed")
MOTIONS = ("none", "right", "left", "loiter")
REWARDS = ("load_balance", "throughput", "non_blocked", "throughput_and_balance", "weighted")
MOST_CELLS, MOST_SEED = 8, 2**32 - 1
#: Users times seconds of all files together.
MOST_POINTS = 20_000_000


def check_sites(name: str, value: Any) -> list[list[float]]:
    """Return 2 to 8 points (x, y); raise InputError if they are not."""
    sites = check_list(name, value, MOST_CELLS)
    if len(sites) < 2:
        raise InputError(f"{name} = {value!r}: must be 2 to {MOST_CELLS} points (x, y)")
    for site in sites:
        if not isinstance(site, list | tuple) or len(site) != 2:
            raise InputError(f"{name}: {site!r}: must be a point (x, y)")
    return [[check_number(name, place, 0) for place in site] for site in sites]


def check_motion(name: str, value: Any) -> list[str]:
    """Return how the users of each cell move; raise InputError if none has users."""
    motion = [check_choice(name, item, MOTIONS) for item in check_list(name, value, MOST_CELLS)]
    if set(motion) == {"none"}:
        raise InputError(f"{name}: at least one cell must have users")
    return motion


def check_motions(name: str, value: Any) -> list[list[str]]:
    """Return the motion of several classes, or of none."""
    return [check_motion(name, item) for item in check_list(name, value)] if value else []


def check_seed(name: str, value: Any) -> int:
    """Return the seed of a file of movement; raise InputError if it is none."""
    return check_int(name, value, 0, MOST_SEED)


def check_points(files: int, steps: int, users: int) -> None:
    """Raise InputError if movement would not fit in memory."""
    points = files * (steps + 1) * users
    if points > MOST_POINTS:
        raise InputError(
            f"files x steps x users = {points}: must be at most {MOST_POINTS}, to fit in memory"
        )


@dataclass(frozen=True)
class Scene(Config):
    """Where cells and users are; as it comes, the original project's synthetic scene.

    Attributes
    ----------
    kind : {"synthetic", "roads"}
        Whether users walk freely, or along the edges of a road graph.
    width, height : float
        Size, m, > 0; users stay within [0, width] x [0, height].
    sites : list of [x, y]
        Antennas of C = 2..8 cells, m, inside the scene.
    prbs : int
        Physical resource blocks of each cell, 1..275.
    road_seed : int
        Seed of the generated road graph, >= 0.
    osm : str
        Path of an OpenStreetMap extract to walk in instead of a generated graph, or "".
    """

    kind: Annotated[str, one_of(KINDS)] = "synthetic"
    width: Annotated[float, number(1, 1e5)] = 1500.0
    height: Annotated[float, number(1, 1e5)] = 500.0
    sites: Annotated[list[list[float]], check_sites] = field(
        default_factory=lambda: [[250.0, 250.0], [750.0, 250.0], [1250.0, 250.0]]
    )
    prbs: Annotated[int, whole(1, 275)] = 25
    road_seed: Annotated[int, whole(0, MOST_SEED)] = 0
    osm: Annotated[str, check_text] = ""

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        for x, y in self.sites:
            check_number("sites: x", x, 0, self.width)
            check_number("sites: y", y, 0, self.height)
        if self.osm and self.kind != "roads":
            raise InputError(f"osm = {self.osm!r}: only a scene of kind roads has roads")


@dataclass(frozen=True)
class MlbConfig(Config):
    """A load-balancing problem.

    Its training data are of the source classes, and a share of those of the target class; it is
    tested on the target class.

    Attributes
    ----------
    scene : Scene
        Cells, size and roads.
    motion : list of {"none", "right", "left", "loiter"}
        How the users of each cell move in the target class; ``none``: no user starts there.
    sources : list of list
        The same of each source class.
    files : list of int
        Seeds of each class's training episodes, each 0..2**32 - 1: an episode is the users'
        movement of one file.
    target_share : float
        Share of the target class's files, the first of them, that are training data, in [0, 1].
    test_seed : int
        Seed of the first test episode; the others follow. All ``files`` are below it, so nobody
        has seen a test episode.
    contaminated : bool
        Test on ``files`` of the target class, some of which are training data: as in the original
        project, to compare with it alone.
    mode : {"fixed", "faithful"}
        ``fixed``: rates end at the demand, and blocking follows from them. ``faithful``: metrics
        as in the original project, in which users of a full cell may get more than they ask for,
        and blocking has a link of its own (ramp up to -80 dBm, 25 blocks). The reward
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
    randomSeed : int
        Root of the random streams but the files', >= 0: errors, and actions in the data.
    """

    family: ClassVar[str] = "mlb"

    scene: Annotated[Scene, record(Scene)] = field(default_factory=Scene)
    motion: Annotated[list[str], check_motion] = field(
        default_factory=lambda: ["right", "right", "left"]
    )
    sources: Annotated[list[list[str]], check_motions] = field(
        default_factory=lambda: [["right", "right", "none"], ["none", "left", "left"]]
    )
    files: Annotated[list[int], distinct(check_seed)] = field(
        default_factory=lambda: list(range(1000, 1010))
    )
    target_share: Annotated[float, number(0, 1)] = 0.2
    test_seed: Annotated[int, whole(0, MOST_SEED)] = 2000
    contaminated: Annotated[bool, check_flag] = False
    mode: Annotated[str, one_of(MODES)] = "fixed"
    reward: Annotated[str, one_of(REWARDS)] = "load_balance"
    users: Annotated[int, whole(2, 1000)] = 50
    steps: Annotated[int, whole(1, 10_000)] = 100
    demand: Annotated[float, number(1, 1e9)] = 1_024_000.0
    hysteresis: Annotated[float, number(0, 12)] = 3.0
    reach: Annotated[float, number(0.1, 60)] = 12.0
    noise: Annotated[float, number(0, 60)] = 0.0
    randomSeed: Annotated[int, whole(0)] = 999

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        for name, motion in [("motion", self.motion), *(("sources", m) for m in self.sources)]:
            if len(motion) != self.cells:
                raise InputError(f"{name} = {motion}: must have one entry for each site")
        if not self.sources and not self.target_files:
            raise InputError("sources = []: must be at least one, where target_share gives no file")
        if max(self.files) >= self.test_seed:
            raise InputError(f"files: {max(self.files)}: must be below test_seed {self.test_seed}")
        check_points(len(self.files) * (len(self.sources) + 1), self.steps, self.users)

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
        """Cells in which users of the target class start."""
        return tuple(cell for cell, motion in enumerate(self.motion) if motion != "none")

    @property
    def training_episodes(self) -> int:
        """Number of training episodes, one for each file of each class that is there."""
        return len(self.sources) * len(self.files) + len(self.target_files)

    @property
    def target_files(self) -> list[int]:
        """Seeds of the target class's files that are training data."""
        return self.files[: round(self.target_share * len(self.files))]


#: Those of ``configurations.yaml``.
CONFIGURATIONS = Numbered(Path(__file__).parent, MlbConfig)
