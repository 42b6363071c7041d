"""Binary files of a stranger's that the suite reads: npz and safetensors."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import safetensors.torch
import torch

from difsched.agents.policy import save_agent
from difsched.baselines.method import Task
from difsched.baselines.registry import find
from difsched.baselines.slice.mdp import SubAgent, fit_agent
from difsched.baselines.weights import load_policy
from difsched.config import ConfigManager, EnvironmentConfig
from difsched.env.slice.arrays import ARRAYS
from difsched.env.slice.dataset import OfflineDataset
from difsched.env.slice.traffic.generator import Trace, Traffic
from difsched.training.checkpoint import save_checkpoint
from difsched.training.offline import Training
from difsched.utils.seeding import rng
from difsched.utils.tensors import load_tensors, save_tensors
from tests.fuzz.arrays import Array, distort_array, distort_npz, npy, npz
from tests.fuzz.engine import ROOT_SEED, Files, Surface, distort_value, encode, scratch


def binaries() -> list[Surface]:
    """Return all of them, each with small good files to damage."""
    return [*_datasets(), _traffic(), _agent(), *_checkpoints()]


def _npz(arrays: Mapping[str, Array]) -> bytes:
    return npz({name: npy(array) for name, array in arrays.items()})


def small_dataset() -> OfflineDataset:
    """Return a dataset of two episodes of three windows of eight users."""
    draw = rng(ROOT_SEED, "fuzz", "dataset")
    demand = draw.integers(1, 9, size=(6, 8)).astype(np.int16)
    lost = np.minimum(demand, draw.integers(0, 3, size=(6, 8))).astype(np.int16)
    seen = draw.random((8, 8, 4), dtype=np.float32)
    seen[..., 2:4] = 0.3, 10.0  # a channel of configurations 0 and 2
    return OfflineDataset(
        observation=seen[:6],
        final_observation=seen[6:],
        allocation=draw.integers(0, 13, size=(6, 8)).astype(np.int16),
        demand=demand,
        delivered=demand - lost,
        lost=lost,
        reward=(-lost.sum(axis=1) / demand.sum(axis=1)).astype(np.float32),
    )


def _datasets() -> list[Surface]:
    data = small_dataset()
    arrays: dict[str, Array] = {name: getattr(data, name) for name in ARRAYS}
    config = ConfigManager().load_env_config(2)
    about: dict[str, Any] = {"environment": config.to_dict()}
    about |= {"windows": 6, "users": 8, "episode_length": 3}

    def files(content: bytes, card: Any) -> Files:
        if isinstance(card, dict):
            card = {**card, "sha256": hashlib.sha256(content).hexdigest()}
        return {"d.npz": content, "d.json": encode(json.dumps(card))}

    def read(folder: Path) -> None:
        loaded = OfflineDataset.load(folder / "d.npz")
        assert all(loaded.remarks(config))
        assert loaded.next_observation.shape == loaded.observation.shape
        assert loaded.outcomes.shape == (*loaded.lost.shape, 1)
        loaded.hide_channel(0.3, 10.0).reveal()

    def distort(random: Random) -> Files:
        if random.random() < 0.3:
            return files(_npz(arrays), distort_value(about, random))
        return files(distort_npz(arrays, random), about)

    def alone(random: Random) -> Files:
        return {"d.npz": distort_npz(arrays, random)}

    return [
        Surface("dataset npz and card", files(_npz(arrays), about), read, distort),
        Surface("dataset npz alone", {"d.npz": _npz(arrays)}, read, alone),
    ]


def _saved(save: Callable[[Path], None], suffix: str) -> bytes:
    with scratch() as folder:
        path = Path(folder) / f"x.{suffix}"
        save(path)
        return path.read_bytes()


def _arrays(content: bytes) -> dict[str, Array]:
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _traffic() -> Surface:
    counts = rng(ROOT_SEED, "fuzz", "traffic").integers(0, 201, size=30)
    time = np.arange(5) / 1000
    excerpt = {"time": time, "signal": time[:, None] * np.ones(3), "sent": time > 0}
    trace = Trace(counts, counts.astype(np.float64))
    traffic = Traffic("x", "generated", trace, trace, excerpt)
    good = _saved(traffic.save, "npz")
    return Surface(
        "traffic npz",
        {"x.npz": good},
        lambda folder: Traffic.load(folder / "x.npz"),
        lambda random: {"x.npz": distort_npz(_arrays(good), random)},
    )


def _agent() -> Surface:
    config = replace(ConfigManager().load_agent_config(), N_user=2, N_r=3, N_aggregation=2)
    counts = rng(ROOT_SEED, "fuzz", "agent").integers(0, 201, size=60)
    good = _saved(fit_agent(config, counts).save, "npz")

    def distort(random: Random) -> Files:
        arrays = _arrays(good)
        if random.random() < 0.4:
            text = json.dumps(distort_value(config.to_dict(), random))
            return {"x.npz": _npz({**arrays, "config": np.array([text])})}
        return {"x.npz": distort_npz(arrays, random)}

    return Surface(
        "MDP agent npz",
        {"x.npz": good},
        lambda folder: SubAgent.load(folder / "x.npz").act(np.ones((1, 2))),
        distort,
    )


def _checkpoints() -> list[Surface]:
    """Return a training's checkpoint, from which it goes on, and weights of both kinds."""
    manager = ConfigManager()
    training_config = replace(
        manager.load_training_config("offline"), gradient_steps=2, batch_users=16, curve_points=0
    )
    model = replace(manager.load_model_config("dql_set"), hidden=4, layers=2, candidates=2)
    config = manager.load_env_config(2)
    training = Training(config, training_config, small_dataset(), model)
    training.update(1)

    def save(path: Path) -> None:
        save_checkpoint(path, 1, *training._state(), training.identity)

    def go_on(folder: Path) -> None:
        with suppress(FloatingPointError):  # numbers, but none to go on from: the run's own word
            training.run(None, folder / "x.safetensors")

    def act(folder: Path) -> None:
        load_policy(folder / "x.safetensors", config)

    agent = training.policy().agent
    actor: Any = find("sac_offline").fit(_task(config))
    name = "weights safetensors"
    return [
        _tensors(name, _saved(save, "safetensors"), go_on),
        _tensors(name, _saved(lambda path: save_agent(agent, path), "safetensors"), act),
        _tensors(name, _saved(actor.save, "safetensors"), act),
    ]


def _task(config: EnvironmentConfig) -> Task:
    """Return the shortest training of offline SAC."""
    settings = find("sac_offline").settings(0, {"sac_offline": {"gradient_steps": 1}})
    settings["training"] = replace(settings["training"], batch_users=16, curve_points=1)
    settings["model"] = replace(settings["model"], hidden=4, batch_size=2)
    counts = np.arange(201)
    trace = Trace(counts, counts.astype(np.float64))
    return Task(
        config, Traffic("thumb_fr", "traces", trace, trace, None), data=small_dataset(), **settings
    )


def _tensors(name: str, good: bytes, read: Callable[[Path], Any]) -> Surface:
    with scratch() as folder:
        path = Path(folder) / "x.safetensors"
        path.write_bytes(good)
        tensors, settings = load_tensors(path)
    kinds = (torch.bfloat16, torch.float64, torch.int32, torch.bool, torch.complex64)

    def distort(random: Random) -> Files:
        if random.random() < 0.4:
            return {"x.safetensors": pack(tensors, distort_value(settings, random))}
        chosen = random.choice(sorted(tensors))
        changed = dict(tensors)
        value = changed.pop(chosen)
        kind = random.randrange(4)
        if kind == 0:
            changed[random.choice(("", "x", f"{chosen}.0", "optimizer.x.step"))] = value
        elif kind == 1:
            changed[chosen] = value.to(random.choice(kinds))
        else:
            array = distort_array(value.numpy(), random)
            if array.dtype.kind in "bif" and array.dtype.isnative:
                changed[chosen] = torch.from_numpy(np.ascontiguousarray(array))
        return {"x.safetensors": pack(changed, settings)}

    def pack(tensors: dict[str, torch.Tensor], settings: Any) -> bytes:
        try:
            return _saved(lambda path: save_tensors(path, tensors, settings), "safetensors")
        except (TypeError, ValueError):  # a type that NumPy has not, a number that JSON has not
            about = json.dumps({"settings": settings, "sha256": "0" * 64})
            return bytes(safetensors.torch.save(tensors, {"difsched": about}))

    return Surface(name, {"x.safetensors": good}, read, distort)
