"""Stage: what actors make of data with several modes, by cloning alone (F3).

========  =========================================================================================
mixtures  mixtures of Gaussians in the plane: how well an actor's samples match
ties      windows of a slice in which all users have about the same demand, so that many optima far
          apart are about as good: what an actor loses that cloned the oracle there
========  =========================================================================================

Each study is a Sacred run a seed, whose result is a mapping of tables to rows. The seed is that of
initial weights, minibatches and noise; the data, and what samples are judged by, are the same for
all seeds.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from difsched.action_set import ActionSet, Budget
from difsched.agents.actors.actions import ActionSpace
from difsched.config import EnvironmentConfig
from difsched.errors import InputError
from difsched.run_ids import multimodal_run
from difsched.typing import Floats, Ints
from difsched.utils.files import write_json
from difsched.utils.seeding import rng
from experiments.families.slice import slice_problems
from experiments.multimodality.cloning import MODELS, Cloning, equivariant, mlp, published
from experiments.multimodality.gaussian_mixtures import MIXTURES, Mixture, energy_distance
from experiments.multimodality.near_ties import TiedSlice
from experiments.profiles.profile import Multimodal
from experiments.runs.run import track, write_manifest
from experiments.runs.workspace import Workspace, main

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]

#: Actions to clone; points, and windows of a slice, by which a clone is judged.
DATA, POINTS, WINDOWS = 10_000, 10_000, 1_000
#: How many of them the figure shows.
SHOWN_POINTS, SHOWN_WINDOWS = 500, 8
#: Sacred's figure of a study is the worst model's.
HEADLINE = {"mixtures": "energy_distance", "ties": "loss"}
#: The plane as an action space: a box around the origin that holds every mixture.
PLANE = ActionSpace(ActionSet(low=0.0, high=6.0), center=3.0, scale=1.0, project=False)


def run(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Make the runs of both studies, one a seed, then their manifest."""
    seeds = _options(workspace).seeds
    folders = [run_one(workspace, name, seed) for name in HEADLINE for seed in seeds]
    write_manifest(workspace.multimodal_path, folders)


def _options(workspace: Workspace) -> Multimodal:
    options = workspace.profile.multimodal
    if options is None:
        raise InputError(f"{workspace.spec_path}: multimodal is missing from its profile")
    return options


def tied_slice(workspace: Workspace, index: int) -> TiedSlice:
    """Return the slice of an experiment."""
    return TiedSlice.of(slice_problems(workspace, workspace.profile.datasets).config(index))


def run_one(workspace: Workspace, name: str, seed: int) -> Path:
    """Make a run of a study, unless that is done already, and return its folder."""
    options = _options(workspace)
    training = options.mixtures if name == "mixtures" else options.ties
    configs = () if name == "mixtures" else options.ties.configs
    slices = {index: tied_slice(workspace, index) for index in configs}
    study: Callable[[Cloning], Tables] = mixtures if name == "mixtures" else partial(ties, slices)
    root = workspace.manager.load_env_config().randomSeed
    cloning = Cloning(root, seed, training.gradient_steps, training.batch_size)
    shown = {str(index): asdict(part) for index, part in slices.items()}
    family = EnvironmentConfig.family if slices else None
    recorded = {"study": name, "family": family, **asdict(cloning), "slices": shown}
    recorded |= {"diffusion": published().to_dict()}

    def make(folder: Path) -> float:
        tables = study(cloning)
        write_json(folder / "result.json", tables)
        return max(row[HEADLINE[name]] for row in tables[name])

    run_id, code = multimodal_run(name, seed), workspace.code("experiments.stages.multimodal")
    return track("multimodal", workspace.folder, run_id, recorded, make, code)


def mixtures(cloning: Cloning) -> Tables:
    """Return the scores of all models on all mixtures, and points to show.

    The model ``data`` is another exact sample: what a perfect clone gets.
    """
    tables: Tables = {"mixtures": [], "mixture_samples": []}
    for name, mixture in MIXTURES.items():
        data, fresh, other = (
            mixture.sample(count, rng(cloning.root, "multimodal", name, part))
            for part, count in (("data", DATA), ("fresh", POINTS), ("other", POINTS))
        )
        samples = {"data": other} | {
            model: cloning.samples(model, mlp, PLANE, data, POINTS, name)
            for model in MODELS
            if model != "deterministic"
        }
        for model, points in samples.items():
            place = {"mixture": name, "model": model}
            tables["mixtures"].append(place | score(mixture, points, fresh))
            tables["mixture_samples"] += [
                place | {"x": round(x, 3), "y": round(y, 3)}
                for x, y in points[:SHOWN_POINTS].tolist()
            ]
    return tables


def score(mixture: Mixture, points: Floats, fresh: Floats) -> dict[str, Any]:
    """Return how well points (W, 2) match a mixture, of which (W', 2) are an exact sample."""
    shares = mixture.mode_shares(points)
    return {
        "energy_distance": energy_distance(points, fresh),
        "modes": len(shares),
        "covered": mixture.covered(points),
        "near": float(shares.sum()),
        "lightest": float(shares[mixture.weights.argmin()]),
        "data": DATA,
        "samples": len(points),
    }


def ties(slices: Mapping[int, TiedSlice], cloning: Cloning) -> Tables:
    """Return losses of all models on near-tied windows of slices, and their grants."""
    tables: Tables = {"ties": [], "tie_grants": [], "tie_examples": []}
    for index, part in slices.items():
        place = {"config": index, "N_user": part.users, "B": part.budget}
        demand, granted = decisions(part, cloning, f"ties {index}")
        for (model, action), grants in granted.items():
            named = place | {"model": model}
            losses = {"loss": part.loss(demand, grants), "data": DATA, "windows": len(demand)}
            tables["ties"].append(named | {"action": action} | losses)
            if action == "sample":
                tables["tie_grants"] += [named | row for row in histogram(grants)]
                tables["tie_examples"] += [named | row for row in examples(grants)]
    return tables


def decisions(
    part: TiedSlice, cloning: Cloning, name: str
) -> tuple[Floats, dict[tuple[str, str], Ints]]:
    """Return demands (W, N) of near-tied windows, and everybody's grants (W, N) in them.

    Grants are by model and action: a ``sample`` for each window, or in all of them the ``mean`` of
    the samples. The ``oracle`` knows the demands, nobody else does; ``shuffled`` takes the optimum
    of another window, which is what a perfect clone does.
    """
    demand, other = (
        part.windows(count, rng(cloning.root, "multimodal", name, split))
        for split, count in (("test", WINDOWS), ("data", DATA))
    )
    logged = part.optimum(other)
    granted = {
        ("oracle", "sample"): part.optimum(demand),
        ("shuffled", "sample"): logged[: len(demand)],
    }
    spent = Budget(0.0, part.budget, budget=part.budget, equality=True)
    space = ActionSpace(spent, float(logged.mean()), float(logged.std()), project=True)
    encoded = ((logged - space.center) / space.scale).astype(np.float64)
    for model in MODELS:
        drawn = cloning.samples(model, equivariant, space, encoded, len(demand), name)
        requests = drawn * space.scale + space.center
        granted[model, "sample"] = part.spend(requests)
        mean = np.broadcast_to(requests.mean(axis=0), requests.shape)
        granted[model, "mean"] = part.spend(mean)
    return demand, granted


def histogram(grants: Ints) -> Rows:
    """Return the share of user-windows for each number of RBs that some of them have."""
    counts = np.bincount(grants.ravel())
    return [{"rbs": int(rbs), "share": counts[rbs] / grants.size} for rbs in counts.nonzero()[0]]


def examples(grants: Ints) -> Rows:
    """Return the grants of the first windows, a row a user and window, both counted from 1."""
    return [
        {"window": window, "user": user, "rbs": int(rbs)}
        for window, row in enumerate(grants[:SHOWN_WINDOWS], start=1)
        for user, rbs in enumerate(row, start=1)
    ]


if __name__ == "__main__":
    main(run)
