"""Training of PPO with one policy a role, by interaction: MAPPO (Yu et al. 2022), critics apart.

Where theirs sees all agents, each role's critic sees what its own agents see. Every agent of every
copy is an environment of its role's PPO; all earn the slot's reward.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO

from difsched.baselines.mec.ppo_shared.policy import Role, SharedPolicy, decide, roles
from difsched.baselines.method import Task
from difsched.baselines.sb3.policy import contained_randomness
from difsched.baselines.sb3.training import ONLINE, losses, shared_settings, without_log
from difsched.env.mec.config import MecConfig
from difsched.family import family_of
from difsched.typing import Floats
from difsched.utils.seeding import seed_sequence

LOSSES = {"actor_loss": "policy_gradient_loss", "critic_loss": "value_loss"}


class Learner:
    """PPO of one role.

    Parameters
    ----------
    task : Task
    role : Role
    """

    def __init__(self, task: Task, role: Role) -> None:
        hyper = task.model
        shared = shared_settings(task, ONLINE, hyper.learning_rate)
        shared["policy_kwargs"]["log_std_init"] = hyper.log_std
        self.role = role
        # The copies are stepped by `train`, for all roles at once: the model has none of its own.
        self.model = PPO(
            "MlpPolicy",
            None,  # type: ignore[arg-type]
            n_steps=hyper.n_steps,
            batch_size=hyper.batch_size * role.agents,
            n_epochs=hyper.epochs,
            gae_lambda=hyper.gae,
            clip_range=hyper.clip,
            ent_coef=hyper.entropy_coefficient,
            _init_setup_model=False,
            **shared,
        )
        self.model.observation_space, self.model.action_space = role.spaces
        self.model.n_envs = hyper.n_envs * role.agents
        self.model._setup_model()
        without_log(self.model)

    def ask(self, rows: NDArray[np.float32]) -> Floats:
        """Return what the agents do, by chance, and keep what `add` needs."""
        with torch.no_grad():
            actions, self.values, self.log_probability = self.model.policy(torch.as_tensor(rows))
        self.rows, self.actions = rows, actions.numpy()
        return self.actions

    def add(self, reward: Floats, first: bool) -> None:
        """Keep the transition of a slot with rewards (W,)."""
        earned = np.repeat(reward, self.role.agents)
        starts = np.full(len(earned), first)
        self.model.rollout_buffer.add(
            self.rows, self.actions, earned, starts, self.values, self.log_probability
        )

    def update(self, done: bool, remaining: float) -> None:
        """Learn from the slots that were kept; ``remaining`` of the training, from 1 to 0."""
        model = self.model
        with torch.no_grad():
            last = model.policy.predict_values(torch.as_tensor(self.rows))
        model.rollout_buffer.compute_returns_and_advantage(last, np.full(len(self.rows), done))
        model._current_progress_remaining = remaining
        model.policy.train()
        model.train()
        model.policy.eval()
        model.rollout_buffer.reset()


def train(task: Task) -> SharedPolicy:
    """Train on the training split; of every ``n_steps n_envs`` slots ``epochs`` passes are made."""
    config: MecConfig = task.config
    hyper, training, family = task.model, task.training, family_of(task.config)
    seed = seed_sequence(config.randomSeed, ONLINE, training.seed, "simulator")
    simulator = family.simulator(config, "train", hyper.n_envs, "sampled", seed)
    points = training.curve_points
    report_at = [training.windows * (i + 1) / points for i in range(points)]
    with contained_randomness():
        learners = {name: Learner(task, role) for name, role in roles(config).items()}
        policy = SharedPolicy(config, {name: one.model.policy for name, one in learners.items()})

        def ask(role: str, rows: NDArray[np.float32]) -> Floats:
            return learners[role].ask(rows)

        slots, first = 0, True
        while slots < training.windows:
            for _ in range(hyper.n_steps):
                step = simulator.step(decide(simulator.observe(), config, ask))
                for learner in learners.values():
                    learner.add(step.reward, first)
                first = step.truncated
                if first:
                    simulator.reset()
            slots += hyper.n_steps * hyper.n_envs
            # What follows the last slot counts only where a discount looks ahead.
            decide(simulator.observe(), config, ask)
            for learner in learners.values():
                learner.update(first, max(1 - slots / training.windows, 0.0))
            while report_at and slots >= report_at[0]:
                report_at.pop(0)
                task.on_point(slots, policy, _told(learners))
    return policy


def _told(learners: dict[str, Learner]) -> dict[str, float]:
    """Return the means over the roles of the last losses."""
    by_role: list[dict[str, Any]] = [losses(one.model, LOSSES) for one in learners.values()]
    return {name: float(np.mean([told[name] for told in by_role])) for name in by_role[0]}
