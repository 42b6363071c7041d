"""Saved weights of any learner: the file says whose they are."""

from importlib import import_module
from pathlib import Path

from difsched.errors import InputError, naming
from difsched.family import Configuration
from difsched.policy import Policy

#: Learner with a reader of its own -> the module that has it, which loads its library.
READERS = {
    **dict.fromkeys(["sac", "ppo"], "difsched.baselines.sb3.policy"),
    "sac_set": "difsched.baselines.sac_set.networks",
    "ppo_shared": "difsched.baselines.mec.ppo_shared.policy",
    **dict.fromkeys(["dqn", "dqn_dueling"], "difsched.baselines.dqn.training"),
}


def load_policy(path: str | Path, config: Configuration, seed: int = 0) -> Policy:
    """Return the policy of saved weights in a configuration.

    Parameters
    ----------
    path : path
        Safetensors that ``difsched train``, a run or a policy's ``save`` wrote; or ``.onnx``, a
        policy that `difsched.export` wrote.
    config : configuration
        In which it decides, of any family. Its entities and budgets may be others than those of
        the training where the networks allow it: see `Agent.serving`.
    seed : int
        Of the training: the noise from which actions are denoised is the same then.

    Raises
    ------
    InputError
        If the file holds no learner's weights, or they were trained in another family, on other
        observations or, with networks that see the entities in a row, another number of them.
    """
    from difsched.agents.policy import OfflinePolicy, read_agent  # loads torch
    from difsched.export import load_exported
    from difsched.training.offline import decision_seed
    from difsched.utils.tensors import load_tensors

    if Path(path).suffix == ".onnx":
        return load_exported(path, config, decision_seed(config, seed))
    tensors, settings = load_tensors(path)
    learner = settings.get("learner")
    with naming(path):
        if (trained := settings.get("family", config.family)) != config.family:
            raise InputError(
                f"trained in the family {trained!r}: must be {config.family}, that of the "
                "configuration"
            )
        if isinstance(learner, str) and learner in READERS:
            policy: Policy = import_module(READERS[learner]).read_policy(
                path, tensors, settings, config
            )
            return policy
        if learner is None:
            raise InputError(
                "holds no learner's weights, or none with the settings to decide with them: "
                "difsched train makes a file"
            )
    agent = read_agent(path, tensors, settings, config)
    return OfflinePolicy(agent, decision_seed(config, seed))
