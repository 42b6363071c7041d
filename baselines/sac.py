"""Soft actor-critic (Haarnoja et al. 2018) by Stable-Baselines3, trained by interaction."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.method import Method, Task
from difsched.config import EnvironmentConfig, OnlineTrainingConfig, SACConfig
from difsched.env.slice.allocation import scale_to_budget
from difsched.env.slice.simulator import Simulator
from difsched.env.slice.traffic import Trace, TrafficGenerator
from difsched.policy import Policy
from difsched.utils.files import atomic
from difsched.utils.seeding import integer_seed, seed_sequence


class Scaler:
    """Observations in a row and standardised; actions in [-1, 1] as shares of the budget.

    Parameters
    ----------
    config : EnvironmentConfig
        The slice: its channel classes and budget.
    trace : Trace
        The training trace: the mean and standard deviation of its counts.
    """

    def __init__(self, config: EnvironmentConfig, trace: Trace) -> None:
        channel = [np.array(config.sigmoid_k_list), np.array(config.sigmoid_s_list)]
        # Packets that wait are of the size of a window's.
        columns = [trace.packets] * 2 + channel + [trace.packets] * config.retransmit
        self.budget = config.B
        self.mean = np.array([np.mean(column) for column in columns])
        sd = np.array([np.std(column) for column in columns])
        self.sd = np.where(sd > 0, sd, 1.0)

    def features(self, observation: NDArray[Any]) -> NDArray[np.float32]:
        """Map observations (E, N, F) to features (E, F N)."""
        scaled = (observation - self.mean) / self.sd
        return scaled.reshape(len(scaled), -1).astype(np.float32)

    def grants(self, actions: NDArray[Any]) -> NDArray[np.int64]:
        """Map actions (E, N) in [-1, 1] to grants (E, N): shares (a + 1) / 2 of the budget."""
        return scale_to_budget((np.clip(actions, -1, 1) + 1) / 2, self.budget)


class SACPolicy:
    """Decides with the mean action of a trained actor.

    Parameters
    ----------
    model : stable_baselines3.SAC
        The trained model; only read.
    scaler : Scaler
        Its view of observations and actions.
    """

    def __init__(self, model: Any, scaler: Scaler) -> None:
        self.model = model
        self.scaler = scaler

    def act(self, observation: NDArray[Any]) -> NDArray[np.int64]:
        """Return grants (W, N); see `Policy.act`."""
        features = self.scaler.features(np.asarray(observation))
        actions, _ = self.model.predict(features, deterministic=True)
        return self.scaler.grants(actions)

    def save(self, path: str | Path) -> None:
        """Write the actor's weights as safetensors, atomically."""
        from safetensors.torch import save_file

        tensors = self.model.policy.actor.state_dict()
        with atomic(path) as temporary:
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary)

    @property
    def parameters(self) -> int:
        """Return the number of weights with which it decides."""
        return sum(weight.numel() for weight in self.model.policy.actor.parameters())


def vector_environment(config: EnvironmentConfig, simulator: Simulator, scaler: Scaler) -> Any:
    """Return a simulator's copies as a vectorised environment of Stable-Baselines3.

    All copies start and end their episodes together. An episode's end is a cut, not a terminal
    state: ``TimeLimit.truncated`` is set, so the critic looks beyond it.
    """
    from gymnasium import spaces
    from stable_baselines3.common.vec_env import VecEnv

    copies, users = simulator.shape

    class SliceVecEnv(VecEnv):
        def __init__(self) -> None:
            seen = spaces.Box(-np.inf, np.inf, (scaler.features(simulator.observe()).shape[1],))
            super().__init__(copies, seen, spaces.Box(-1.0, 1.0, (users,)))
            self.window = 0
            self.returns = np.zeros(copies)

        def reset(self) -> NDArray[np.float32]:
            self.window = 0
            self.returns[:] = 0
            return scaler.features(simulator.reset())

        def step_async(self, actions: NDArray[Any]) -> None:
            self.actions = actions

        def step_wait(self) -> Any:
            step = simulator.step(scaler.grants(self.actions))
            self.window += 1
            self.returns += step.reward
            done = self.window == config.LEN_episode
            infos: list[dict[str, Any]] = [{} for _ in range(copies)]
            seen = scaler.features(step.observation)
            if done:
                for copy, info in enumerate(infos):
                    info["terminal_observation"] = seen[copy]
                    info["TimeLimit.truncated"] = True
                    info["episode"] = {"r": self.returns[copy], "l": self.window, "t": 0.0}
                seen = self.reset()
            return seen, step.reward.astype(np.float32), np.full(copies, done), infos

        def close(self) -> None:
            """Nothing is open."""

        def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
            return [getattr(self, attr_name, None)] * copies

        def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
            setattr(self, attr_name, value)

        def env_method(self, method_name: str, *args: Any, **kwargs: Any) -> list[Any]:
            raise AttributeError(f"the slice's copies have no method {method_name}")

        def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
            return [False] * copies

    return SliceVecEnv()


def fit(task: Task) -> Policy:
    """Train by interaction on the training trace, sampled outcomes.

    Stable-Baselines3 seeds Python's, NumPy's and torch's global generators and draws from them:
    the one place in the suite that does.
    """
    from stable_baselines3 import SAC
    from stable_baselines3.common.callbacks import BaseCallback

    config, trace = task.config, task.traffic.train
    training: OnlineTrainingConfig = task.training
    hyper: SACConfig = task.model
    scaler = Scaler(config, trace)
    name = ("online_training", training.seed)
    simulator = Simulator(
        config,
        TrafficGenerator(trace),
        hyper.n_envs,
        outcomes="sampled",
        seed=seed_sequence(config.randomSeed, *name, "simulator"),
    )
    model = SAC(
        "MlpPolicy",
        vector_environment(config, simulator, scaler),
        learning_rate=hyper.learning_rate,
        batch_size=hyper.batch_size,
        gamma=hyper.discount,
        gradient_steps=hyper.gradient_steps,
        learning_starts=10 * hyper.batch_size,
        buffer_size=training.windows,
        policy_kwargs={"net_arch": [hyper.hidden] * hyper.layers},
        seed=integer_seed(config.randomSeed, *name, "weights"),
        device="cpu",
    )
    policy = SACPolicy(model, scaler)
    points = training.curve_points
    report_at = [training.windows * (i + 1) / points for i in range(points)]

    class Curve(BaseCallback):
        def _on_step(self) -> bool:
            while report_at and self.num_timesteps >= report_at[0]:
                report_at.pop(0)
                task.on_point(self.num_timesteps, policy, {})
            return True

    model.learn(training.windows, callback=Curve())
    return policy


SCHEDULERS = [Method("sac", "SAC (online)", fit, training="online", model="sac")]
