"""Trained policies as ONNX files: decisions without torch, such as in a base station's program.

A file holds all of a decision: the standardiser, the networks, the projection and the critic's
ranking. Its inputs are what is seen and the noise that candidates are made of, so that a decision
can be repeated; what it is for stands in its metadata.

================  ======================  =====================================================
input, output     shape                   what
================  ======================  =====================================================
``observation``   (W, N, F) float32       what the scheduler sees, as the simulator shows it
``noise``         (W, draws, M, A)        standard normal numbers; no input where draws = 0
``action``        (W, N), (W, N, A) or    what the agent asks for: the family's rounding, such as
                  (W, 1, A) float32       to whole resource blocks, comes after it
================  ======================  =====================================================
"""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from difsched.agents.actors.solver import SolverActor
from difsched.agents.agent import Agent
from difsched.agents.noise import window_noise
from difsched.agents.policy import OfflinePolicy
from difsched.config.base import Config, check_choice, check_int, check_mapping
from difsched.errors import InputError, naming
from difsched.family import Configuration, family_of
from difsched.utils.files import atomic, reading

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: Key of the metadata.
ABOUT = "difsched"
#: Bytes of the largest file that is read.
LARGEST = 1 << 28
#: Windows of the example that the graph is traced with; it then takes any number.
TRACED = 3


@dataclass(frozen=True)
class Exported(Config):
    """What an exported policy is for.

    Attributes
    ----------
    family, algorithm : str
    entities, features : int
        N and F of its observations.
    draws : list of int
        Shape of a window's noise, (draws, M, A).
    view : mapping
        What its observations mean beyond their shape.
    """

    family: str
    algorithm: str
    entities: int
    features: int
    draws: list[int]
    view: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        for name in ("entities", "features"):
            check_int(name, getattr(self, name), 1)
        check_mapping("view", self.view)

    def check(self, config: Configuration) -> None:
        """Raise InputError unless a configuration shows what the policy was exported to see."""
        family = family_of(config)
        check_choice("family", self.family, [family.name])
        if (wanted := family.entities(config)) != self.entities:
            entity = f"{family.entity}s"
            raise InputError(
                f"exported for {self.entities} {entity}: must be {wanted}, as in the configuration"
            )
        family.check_view(self.features, self.view, config)


class Decision(nn.Module):
    """A decision as one graph, from what is seen and noise to what the agent asks for."""

    def __init__(self, agent: Agent) -> None:
        super().__init__()
        self.agent = agent

    def forward(self, observation: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return actions (W, *shape) for observations (W, N, F) and noise (W, draws, M, A)."""
        if noise is None:
            noise = observation.new_empty(0)
        state = self.agent.standardizer.state(observation)
        action = self.agent.choose(state, noise)
        return self.agent.space.decode(action, observation.shape[1])


def export(policy: OfflinePolicy, path: str | Path) -> Exported:
    """Write a policy as an ONNX file, atomically, and return what it is for.

    Raises
    ------
    InputError
        If its family's action set cannot be written as a graph, or a solver decides.
    """
    agent = policy.agent
    if isinstance(agent.actor, SolverActor):
        raise InputError(
            f"algorithm = {agent.config.algorithm!r}: its decisions are a solver's and no ONNX "
            "graph: must be a learner with a policy of its own"
        )
    problem, features = agent.problem, len(agent.standardizer.mean)
    noise = [agent.draws, agent.space.rows(problem.entities), agent.space.width]
    about = Exported(
        problem.family,
        agent.config.algorithm,
        problem.entities,
        features,
        noise,
        dict(problem.view),
    )
    seen = agent.standardizer.mean.expand(TRACED, problem.entities, features)
    example = {"observation": seen.contiguous()}
    if agent.draws:
        example["noise"] = torch.zeros(TRACED, *noise)
    graph = _traced(Decision(agent).eval(), example)
    entry = graph.metadata_props.add()
    entry.key, entry.value = ABOUT, json.dumps(asdict(about), sort_keys=True)
    with atomic(path) as temporary:
        Path(temporary).write_bytes(graph.SerializeToString(deterministic=True))
    return about


def _traced(decision: Decision, example: Mapping[str, Tensor]) -> Any:
    """Return the graph of a decision, for any number of windows."""
    windows = torch.export.Dim("windows", min=1, max=1 << 16)
    try:
        with _quiet(), torch.no_grad():
            program = torch.onnx.export(
                decision,
                tuple(example.values()),
                input_names=list(example),
                output_names=["action"],
                dynamic_shapes=tuple({0: windows} for _ in example),
                dynamo=True,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError:
        family = decision.agent.problem.family
        raise InputError(
            f"family = {family!r}: its action set cannot be written as an ONNX graph"
        ) from None
    assert program is not None
    return program.model_proto


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks on itself from the terminal."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


class ExportedPolicy:
    """Decides with an exported file, as the policy that it was exported from.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
    about : Exported
    config : configuration
        In which it decides.
    seed : int
        Key of the noise; see `OfflinePolicy`.
    """

    def __init__(
        self, session: "InferenceSession", about: Exported, config: Configuration, seed: int = 0
    ) -> None:
        self.session, self.about, self.seed = session, about, seed
        self.actions = family_of(config).actions(config)

    def act(self, observation: NDArray[Any]) -> NDArray[Any]:
        """Return actions for observations (W, N, F); see `Policy.act`."""
        seen = np.ascontiguousarray(observation, dtype=np.float32)
        inputs = {"observation": seen}
        if self.about.draws[0]:
            inputs["noise"] = window_noise(seen, tuple(self.about.draws), self.seed).numpy()
        raw = self.session.run(["action"], inputs)[0]
        return self.actions.check(raw, observation)


def load_exported(path: str | Path, config: Configuration, seed: int = 0) -> ExportedPolicy:
    """Return the policy of an exported file in a configuration.

    Raises
    ------
    InputError
        If the file is none that `export` wrote, or was exported for other observations.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with reading(path, "an exported policy", LARGEST):
        session = onnxruntime.InferenceSession(
            Path(path).read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        kept = json.loads(session.get_modelmeta().custom_metadata_map[ABOUT])
    with naming(path):
        about = Exported.from_dict(kept)
        about.check(config)
    return ExportedPolicy(session, about, config, seed)
