"""Planning over several seconds: a beam over who is attached where.

The users' movement does not depend on the actions, so a state is the association of the users,
and a plan is worth the sum of the rewards on its way.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from difsched.env.mlb.config import MlbConfig
from difsched.env.mlb.network import load_balance
from difsched.env.mlb.radio import Ints, advantage, associate, blocks, of_cell, one_hot
from difsched.env.mlb.simulator import split_observation
from difsched.errors import InputError
from difsched.typing import Floats

from .oracle import one_step_optimum
from .solution import need_load_balance

#: How many ranked successors are looked at together for those that differ.
CHUNK = 4


@dataclass(frozen=True)
class Plan:
    """Actions of one episode.

    Attributes
    ----------
    action : (T, A) ndarray of float
        dB.
    value : (T,) ndarray of float
        Rewards.
    """

    action: Floats
    value: Floats


@dataclass(frozen=True)
class Second:
    """What M actions do to every user in a second, for every cell it may come from.

    Attributes
    ----------
    after : (M, C, N) ndarray of int8
        Cell of a user after, by the cell before.
    blocks : (C N, M C) ndarray of float
        Blocks that this takes in each cell.
    """

    after: NDArray[np.int8]
    blocks: Floats


def prepare(config: MlbConfig, power: Floats, candidates: Floats) -> Second:
    """Return what candidates (M, A) do to users of RSRPs (N, C), dBm."""
    shape = (len(candidates), config.cells, len(power))
    before = np.broadcast_to(np.arange(config.cells)[:, None], shape[1:])
    gain = advantage(candidates, config.cells, config.hysteresis)[:, None]
    gain = np.broadcast_to(gain, (*shape[:2], config.cells, config.cells))
    after = associate(power, np.broadcast_to(before, shape), gain)
    need = of_cell(np.broadcast_to(blocks(power, config.demand), (*shape, config.cells)), after)
    taken = need[..., None] * one_hot(after, config.cells)
    rows = shape[1] * shape[2]
    return Second(
        after.astype(np.int8), taken.transpose(1, 2, 0, 3).reshape(rows, shape[0] * shape[1])
    )


@dataclass(frozen=True)
class Beam:
    """The best B ways so far that end in different associations.

    Attributes
    ----------
    serving : (B, N) ndarray of int
        Where users are.
    value : (B,) ndarray of float
        Sum of rewards on the way, best first.
    parent : (B,) ndarray of int
        Member of the beam before that each comes from.
    action : (B, A) ndarray of float
        What led here from there, dB.
    reward : (B,) ndarray of float
        Of the last second.
    """

    serving: Ints
    value: Floats
    parent: Ints
    action: Floats
    reward: Floats


def start_beam(config: MlbConfig, serving: Ints) -> Beam:
    """Return the beam of one association (N,), before any action."""
    nothing = np.zeros(1)
    return Beam(serving[None], nothing, np.zeros(1, int), np.zeros((1, len(config.pairs))), nothing)


def expand(config: MlbConfig, beam: Beam, power: Floats, candidates: Floats, width: int) -> Beam:
    """Return the next beam, of at most ``width`` members.

    Every member is tried with all candidates and, where there are three cells, with the exact
    one-step optimum of every member. Successors are ranked by their value, then by the member they
    come from, then by the action; of those that end in the same association the first is kept.

    Parameters
    ----------
    config : MlbConfig
        The problem.
    beam : Beam
        The members.
    power : (N, C) ndarray of float
        RSRPs of the coming second, dBm.
    candidates : (M, A) ndarray of float
        Actions, dB.
    width : int
        >= 1.
    """
    candidates = np.concatenate([candidates, _best_actions(config, beam, power)])
    second = prepare(config, power, candidates)
    (members, users), actions = beam.serving.shape, len(candidates)
    onehot = one_hot(beam.serving, config.cells).swapaxes(1, 2).reshape(members, -1)
    total = (onehot @ second.blocks).reshape(members, actions, config.cells)
    reward = load_balance(total, config.scene.prbs)
    value = (beam.value[:, None] + reward).ravel()
    ranked = np.argsort(-value, kind="stable")
    found: dict[bytes, int] = {}
    for start in range(0, len(ranked), CHUNK * width):
        chosen = ranked[start : start + CHUNK * width]
        parent, action = np.divmod(chosen, actions)
        after = second.after[action[:, None], beam.serving[parent], np.arange(users)]
        for row, number in zip(after, chosen.tolist(), strict=True):
            found.setdefault(row.tobytes(), number)
        if len(found) >= width:
            break
    kept = np.array(list(found.values())[:width])
    parent, action = np.divmod(kept, actions)
    after = second.after[action[:, None], beam.serving[parent], np.arange(users)]
    return Beam(
        after.astype(np.int64), value[kept], parent, candidates[action], reward.ravel()[kept]
    )


def _best_actions(config: MlbConfig, beam: Beam, power: Floats) -> Floats:
    """Return the exact one-step optimum (B, A) of every member; none but for three cells."""
    if config.cells != 3:
        return np.empty((0, len(config.pairs)))
    everywhere = np.broadcast_to(power, (len(beam.serving), *power.shape))
    seen = np.concatenate([everywhere, one_hot(beam.serving, config.cells)], axis=-1)
    return one_step_optimum(seen, config).action[:, 0]


def look_ahead(
    observation: NDArray[Any], config: MlbConfig, candidates: Floats, width: int = 8, depth: int = 3
) -> Floats:
    """Return the first actions (W, 1, A) of the best plans for users who stand still.

    Causal: the plan is for RSRPs that stay as they are seen, close to the truth for seconds.

    Parameters
    ----------
    observation : (W, N, F) ndarray of float
        Windows.
    config : MlbConfig
        The reward ``load_balance``.
    candidates : (M, A) ndarray of float
        Actions, dB.
    width, depth : int
        Members of the beam, and seconds, >= 1.

    Raises
    ------
    InputError
        If the configuration or the observation is of another kind.
    """
    need_load_balance(config)
    _check_size(width, depth)
    power, serving = split_observation(observation, config)
    actions = []
    for frozen, start in zip(power, serving, strict=True):
        beam = expand(config, start_beam(config, start), frozen, candidates, width)
        first = beam.action
        for _ in range(depth - 1):
            beam = expand(config, beam, frozen, candidates, width)
            first = first[beam.parent]
        actions.append(first[0])
    return np.array(actions)[:, None]


def clairvoyant_plan(
    config: MlbConfig, power: Floats, home: Ints, candidates: Floats, width: int
) -> Plan:
    """Return the best plan that a beam finds when it sees the whole episode.

    Parameters
    ----------
    config : MlbConfig
        The reward ``load_balance``.
    power : (T, N, C) ndarray of float
        RSRPs of all seconds, dBm.
    home : (N,) ndarray of int
        Cell of each user before.
    candidates : (M, A) ndarray of float
        Actions, dB.
    width : int
        Members of the beam, >= 1.

    Raises
    ------
    InputError
        If the configuration is of another kind.
    """
    need_load_balance(config)
    _check_size(width, 1)
    beams = [start_beam(config, home)]
    for second in power:
        beams.append(expand(config, beams[-1], second, candidates, width))
    member, actions, values = 0, [], []
    for beam in reversed(beams[1:]):
        actions.append(beam.action[member])
        values.append(beam.reward[member])
        member = beam.parent[member]
    return Plan(np.array(actions[::-1]), np.array(values[::-1]))


def _check_size(width: int, depth: int) -> None:
    if not (1 <= width <= 4096 and 1 <= depth <= 1000):
        raise InputError(f"width = {width}, depth = {depth}: must be in 1..4096 and 1..1000")
