"""The suite's own configurations: environment, sub-agent, dataset, experiment.

Field names are those of the paper's documents (``N_user``, ``LEN_window``, ...). Every class
checks its fields when it is built, so the rest of the code never checks them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Annotated, Any, ClassVar, Self

from difsched.config.base import (
    Config,
    check_flag,
    check_int,
    check_list,
    listed,
    number,
    one_of,
    or_none,
    set_fields,
    whole,
)
from difsched.errors import InputError

INFORMATION = ("predicted", "perfect")
FORECASTS = ("trace", "counts")
BEHAVIOURS = ("sub_agents", "experts", "primal_dual")
#: Largest budget and number of packets of a user in a window: datasets count in 16 bits.
MOST_RBS = MOST_PACKETS = 2**15 - 1
MOST_USERS, MOST_STATES, MOST_CLASSES, MOST_WINDOWS = 4096, 1024, 256, 10_000_000
#: Steepest link (1/RB) and furthest midpoint (RB).
MOST_SLOPE, MOST_MIDPOINT = 1e4, 1e6
#: Stands for a field until it is derived from others.
DERIVED: Any = None
#: Users of an MDP sub-agent, and the agent configuration of each dataflow; others take 0.
GROUP = 4
SUB_AGENTS = {"thumb_fr": 0, "thumb_bk": 1}


def _check_word(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.replace("_", "").replace("-", "").isalnum():
        raise InputError(f"{name} = {value!r}: must be a word of letters, digits, _ and -")
    return value


def _check_folder(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} = {value!r}: must be the path of a folder, or null")
    return value


Index = Annotated[int, whole(0)]
Users = Annotated[int, whole(1, MOST_USERS)]
Budget = Annotated[int, whole(1, MOST_RBS)]
States = Annotated[int, whole(2, MOST_STATES)]
Word = Annotated[str, _check_word]
Share = Annotated[float, number(0, 1)]
Floor = Annotated[float, number(0)]
CHECK_SLOPE = number(0, MOST_SLOPE, open_low=True)
CHECK_MIDPOINT = number(0, MOST_MIDPOINT)
CHECK_CURVES = listed(listed(number(0, 1)), MOST_CLASSES)
CHECK_SHARE = number(0, 1)
#: Fields that `EnvironmentConfig.to_dict` leaves out where they change nothing: what was recorded
#: before there were such fields stays what it is.
USUAL: Mapping[str, Any] = {
    "floor": None,
    "debt_information": False,
    "link_curves": None,
    "forecast": "trace",
    "history": 0,
}


def _check_floor(name: str, value: Any) -> float | list[float] | None:
    if value is None or not isinstance(value, list | tuple):
        return None if value is None else CHECK_SHARE(name, value)
    return listed(CHECK_SHARE, MOST_USERS)(name, value)


@dataclass(frozen=True)
class EnvironmentConfig(Config):
    """One slice: its users, their traffic and channel, the budget, what the scheduler sees.

    What is left out is the default's. A YAML file may hold the fields under ``environment``.

    Attributes
    ----------
    N_user : int
        Users in the slice, 1..4096.
    LEN_window : int
        Slots of 1 ms in a scheduling window, >= 1; at most one packet a user and slot, and with
        those that are sent again 32767 a user and window.
    N_aggregation : int
        Demand states a user in the aggregated MDP, 2..1024.
    dataflow : str
        Name of the traffic, ``thumb_fr`` or ``thumb_bk`` (or that of a trace file).
    B : int
        Budget, resource blocks (RBs) a slot, 1..32767; it does not follow ``N_user``.
    r_bar : float
        QoS floor, RBs a slot, >= 0: a user with packets at stake, granted fewer, counts as starved.
    floor : float, list of float, or None
        Long-run floor: the share of its packets, in [0, 1], that each user is promised over an
        episode; one for all users, or one for each (0: nothing). None promises nothing.
    debt_information : bool
        Whether the scheduler sees each user's debt, what the floor promised it and it did not get
        so far (packets; see `difsched.env.slice.debt`). Only with a ``floor``.
    randomSeed : int
        Root of every random stream, >= 0.
    sigmoid_k_list, sigmoid_s_list : list of float
        Slopes k (1/RB, > 0, <= 1e4) and midpoints s (RB, 0..1e6) of the channel classes, at most
        256, equal lengths.
    link_curves : list of list of float, or None
        Success probabilities of 0, 1, 2, ... RBs, in [0, 1], never falling, at most 1000 for each
        class; more RBs are worth what the last is. k and s then only show the class. None:
        logistic, of k and s.
    sub_agents_idx : list of int
        Agent configuration behind each group of users in ``user_map``; when left out or None, that
        of the dataflow (0 for ``thumb_fr``, 1 for ``thumb_bk``, 0 for a trace's own name).
    user_map : list of list of int
        The users of each sub-agent; every user once. When left out or None, groups of four in
        order, the last one smaller where four does not divide ``N_user``.
    information : {"predicted", "perfect"}
        Whether the scheduler sees a forecast of the demand or the demand itself.
    forecast : {"trace", "counts"}
        What forecasts are made of: those of the trace, made from the sender's signal or given in a
        CSV file, or a regression on the last twelve packet counts, all that a MAC scheduler has.
    history : int
        Windows K, 0..``LEN_episode``, of which each user's own grant, the share of its packets that
        was acknowledged, and their number are shown, the last one first.
    channel_information : bool
        Whether the scheduler sees each user's own k and s; if not, the means over the classes.
    channel_stay : float
        Probability in [0, 1] that a user's channel class stays for the next window; otherwise it
        moves to one of the other classes, all alike.
    LEN_episode : int
        Windows in an episode, >= 1.
    retransmit : int
        Windows for which a packet that did not get through is sent again, 0..100; 0 loses it.
    traces : str or None
        Folder of CSV traces; None for the built-in generator.
    """

    section: ClassVar[str] = "environment"
    #: Of which problem family it is; see `difsched.family`.
    family: ClassVar[str] = "slice"

    N_user: Users = 8
    LEN_window: Annotated[int, whole(1, MOST_PACKETS)] = 200
    N_aggregation: States = 4
    dataflow: Word = "thumb_fr"
    B: Budget = 100
    r_bar: Floor = 5.0
    floor: Annotated[float | list[float] | None, _check_floor] = None
    debt_information: Annotated[bool, check_flag] = False
    randomSeed: Index = 999
    sigmoid_k_list: Annotated[list[float], listed(CHECK_SLOPE, MOST_CLASSES)] = field(
        default_factory=lambda: [0.1, 0.2, 0.3, 0.4, 0.5]
    )
    sigmoid_s_list: Annotated[list[float], listed(CHECK_MIDPOINT, MOST_CLASSES)] = field(
        default_factory=lambda: [10.0] * 5
    )
    link_curves: Annotated[list[list[float]] | None, or_none(CHECK_CURVES)] = None
    sub_agents_idx: list[int] = DERIVED
    user_map: list[list[int]] = DERIVED
    information: Annotated[str, one_of(INFORMATION)] = "predicted"
    forecast: Annotated[str, one_of(FORECASTS)] = "trace"
    history: Annotated[int, whole(0)] = 0
    channel_information: Annotated[bool, check_flag] = True
    channel_stay: Share = 0.9
    LEN_episode: Annotated[int, whole(1)] = 200
    retransmit: Annotated[int, whole(0, 100)] = 0
    traces: Annotated[str | None, _check_folder] = None

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        check_int("LEN_window", self.LEN_window, 1, MOST_PACKETS // (1 + self.retransmit))
        slopes = len(self.sigmoid_k_list)
        for name, one in (("sigmoid_s_list", "s"), ("link_curves", "curve")):
            if (given := getattr(self, name)) is not None and len(given) != slopes:
                counts = f"{slopes} entries, {name} has {len(given)}"
                raise InputError(f"sigmoid_k_list has {counts}: give one {one} for each k")
        _check_rising(self.link_curves or [])
        if self.history > self.LEN_episode:
            raise InputError(
                f"history = {self.history}: must be at most LEN_episode = {self.LEN_episode}"
            )
        if self.forecast == "counts" and self.information == "perfect":
            raise InputError(
                "forecast = 'counts' contradicts information = 'perfect', which forecasts nothing: "
                "leave one of them out"
            )
        self._check_promise()
        if self.user_map is DERIVED:
            set_fields(self, user_map=_groups(self.N_user))
        if self.sub_agents_idx is DERIVED:
            groups = check_list("user_map", self.user_map, MOST_USERS)
            set_fields(self, sub_agents_idx=[SUB_AGENTS.get(self.dataflow, 0)] * len(groups))
        self._check_users()

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return the slice with some fields replaced; raises as `from_dict`.

        Groups and sub-agents that are what the users and the dataflow give follow these.
        """
        mine = self.to_dict()
        usual = EnvironmentConfig(N_user=self.N_user, dataflow=self.dataflow)
        if usual.user_map == self.user_map and usual.sub_agents_idx == self.sub_agents_idx:
            mine |= {"user_map": DERIVED, "sub_agents_idx": DERIVED}
        return self.from_dict({**mine, **values})

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values, without those of ``USUAL`` that change nothing."""
        values = super().to_dict()
        return {k: v for k, v in values.items() if k not in USUAL or v != USUAL[k]}

    @property
    def floors(self) -> list[float]:
        """Return the share of its packets that each user is promised, N of them; 0: nothing."""
        return self.floor if isinstance(self.floor, list) else [self.floor or 0.0] * self.N_user

    @property
    def mean_channel(self) -> tuple[float, float]:
        """Return the means of k (1/RB) and s (RB) over the channel classes."""
        return fmean(self.sigmoid_k_list), fmean(self.sigmoid_s_list)

    def _check_promise(self) -> None:
        if len(self.floors) != self.N_user:
            raise InputError(
                f"floor has {len(self.floors)} entries: must be one number, or one for each of the "
                f"N_user = {self.N_user} users"
            )
        if self.debt_information and self.floor is None:
            raise InputError("debt_information = true: needs a floor, from which debts follow")
        if self.floor is not None and self.retransmit:
            raise InputError(
                f"retransmit = {self.retransmit}: must be 0 with a floor, which is a share of the "
                "packets of each window"
            )

    def _check_users(self) -> None:
        agents = check_list("sub_agents_idx", self.sub_agents_idx, MOST_USERS)
        groups = [
            check_list("user_map", group, MOST_USERS)
            for group in check_list("user_map", self.user_map, MOST_USERS)
        ]
        if len(agents) != len(groups):
            raise InputError(
                f"sub_agents_idx has {len(agents)} entries, user_map has {len(groups)} groups: "
                "give one sub-agent for each group, or leave both out"
            )
        set_fields(self, sub_agents_idx=[check_int("sub_agents_idx", i, 0) for i in agents])
        users = [check_int("user_map", user, 0) for group in groups for user in group]
        if sorted(users) != list(range(self.N_user)):
            raise InputError(
                f"user_map = {groups}: must name each of the users 0..{self.N_user - 1} once; left "
                "out, it follows N_user"
            )
        set_fields(self, user_map=groups)


def _check_rising(curves: list[list[float]]) -> None:
    for index, curve in enumerate(curves):
        for grant, (less, more) in enumerate(pairwise(curve)):
            if more < less:
                raise InputError(
                    f"link_curves: curve {index} falls from {less:g} with {grant} RBs to {more:g} "
                    f"with {grant + 1}: must never fall, as nobody has to use all that is granted"
                )


def _groups(users: int) -> list[list[int]]:
    """Return the users in groups of four, in order; the last may be smaller."""
    return [list(range(i, min(i + GROUP, users))) for i in range(0, users, GROUP)]


@dataclass(frozen=True)
class AgentConfig(Config):
    """The small system on which one MDP sub-agent is planned.

    Attributes
    ----------
    N_user : int
        Users that the sub-agent serves, 1..4096.
    B : int
        RBs a slot that it may ask for, 1..32767.
    N_r : int
        Levels a user, ``linspace(0, B, N_r)``, 2..1024.
    N_aggregation : int
        Demand states a user, 2..1024.
    dataflow : str
        Name of its users' traffic.
    sigmoid_k, sigmoid_s : float
        Slope (1/RB, > 0) and midpoint (RB, >= 0) of the channel it assumes.
    LEN_window : int
        Slots in a window.
    r_bar, randomSeed : float, int
        As in the environment. Planning reads neither: they stand on the sub-agent's record.
    discount : float
        Discount factor of value iteration, in [0, 1).
    """

    N_user: Users
    B: Budget
    N_r: States
    N_aggregation: States
    dataflow: Word
    sigmoid_k: Annotated[float, CHECK_SLOPE]
    sigmoid_s: Annotated[float, CHECK_MIDPOINT]
    LEN_window: Annotated[int, whole(1, MOST_PACKETS)]
    r_bar: Floor
    randomSeed: Index
    discount: Share

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        if self.discount == 1:
            raise InputError("discount = 1: must be a number >= 0 and < 1")
        super().__post_init__()


@dataclass(frozen=True)
class DatasetConfig(Config):
    """How one offline dataset is collected.

    Attributes
    ----------
    env : int
        Environment configuration in which it is collected.
    n_windows : int
        Windows in all, a multiple of ``episode_length``, at most 10 million.
    episode_length : int
        Windows in an episode.
    random_share : float
        Share of the episodes, in [0, 1], whose reservations are random instead of the behaviour's.
    behaviour : {"sub_agents", "experts", "primal_dual"}
        Who reserves in the others: the composed sub-agents, experts that each serve a random subset
        of the users well, or, where a floor is promised, virtual queues of various step sizes.
    """

    env: Index
    n_windows: Annotated[int, whole(1, MOST_WINDOWS)]
    episode_length: Annotated[int, whole(1, MOST_WINDOWS)]
    random_share: Share
    behaviour: Annotated[str, one_of(BEHAVIOURS)] = "sub_agents"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        if self.n_windows % self.episode_length:
            raise InputError(
                f"n_windows = {self.n_windows}: must be a multiple of episode_length = "
                f"{self.episode_length}"
            )


@dataclass(frozen=True)
class ExperimentConfig(Config):
    """One column of the paper's tables: where methods are tested, and on what data they learn.

    Attributes
    ----------
    env : int
        Environment configuration of training (online) and evaluation.
    dataset : int
        Dataset configuration of the offline learners.
    """

    env: Index
    dataset: Index
