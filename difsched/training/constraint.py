"""How close to stay to the log, chosen from the log alone."""

from collections.abc import Sequence

import numpy as np
import torch

from difsched.agents.critic import Critic
from difsched.agents.policy import OfflinePolicy
from difsched.config import OfflineTrainingConfig
from difsched.config.learner import SUPPORTS, SupportedConfig
from difsched.data.transitions import Transitions
from difsched.family import Configuration
from difsched.training.offline import offline_training
from difsched.utils.seeding import rng

#: Logged windows on which policies are compared.
WINDOWS = 600


def choose_support(
    env: Configuration,
    training: OfflineTrainingConfig,
    dataset: Transitions,
    model: SupportedConfig,
) -> OfflinePolicy:
    """Train with each of ``SUPPORTS`` and return the policy of which the log promises most.

    The judge is the critic with ``support: action``, which trusts what was done in any state and
    nothing else. By it a policy that promises much of what nobody tried loses, and so does one that
    is held more tightly than it need be. No window is simulated; it costs three trainings.

    Parameters
    ----------
    env : configuration
        The problem for which the policy decides.
    training : OfflineTrainingConfig
        Of each of the three.
    dataset : Transitions
        The log.
    model : SupportedConfig
        Hyper-parameters, whose ``support`` is chosen.
    """
    policies = {
        support: offline_training(
            env, training, dataset=dataset, model=model.changed({"support": support})
        )
        for support in SUPPORTS
    }
    judge = policies["action"].agent.critic
    assert judge is not None
    found = list(policies.values())
    return found[int(np.argmax(promised(found, judge, dataset, training.seed)))]


def promised(
    policies: Sequence[OfflinePolicy], judge: Critic, dataset: Transitions, seed: int
) -> list[float]:
    """Return the mean of a critic's least Q at each policy's actions on windows of the log.

    Parameters
    ----------
    policies : sequence of OfflinePolicy
        Trained on this log, so that their units are the judge's.
    judge : Critic
    dataset : Transitions
    seed : int
        Which windows.
    """
    count = len(dataset.observation)
    rows = rng(seed, "choice of support").permutation(count)[:WINDOWS]
    seen = dataset.observation[rows]
    values = []
    for policy in policies:
        agent = policy.agent
        state = agent.standardizer.state(torch.as_tensor(seen))
        action = agent.space.encode(torch.as_tensor(policy.act(seen), dtype=torch.float32))
        with torch.inference_mode():
            values.append(float(judge.q(state, action).amin(dim=0).mean()))
    return values
