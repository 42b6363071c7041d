"""Training of proximal policy optimisation by interaction."""

from stable_baselines3 import PPO

from difsched.baselines.method import Task
from difsched.baselines.sb3.networks import extractor
from difsched.baselines.sb3.policy import ActorPolicy, contained_randomness
from difsched.baselines.sb3.problem import FlatProblem
from difsched.baselines.sb3.training import (
    ONLINE,
    Curve,
    environment,
    shared_settings,
    without_log,
)

LOSSES = {
    "actor_loss": "policy_gradient_loss",
    "critic_loss": "value_loss",
    "entropy_loss": "entropy_loss",
}


def train(task: Task) -> ActorPolicy:
    """Train by interaction on the training split, sampled outcomes.

    Of every ``n_steps n_envs`` windows ``epochs`` passes are made; the last of them may go beyond
    the training's windows.
    """
    hyper = task.model
    problem = FlatProblem.of(task.config, task.traffic)
    shared = shared_settings(task, ONLINE, hyper.learning_rate)
    shared["policy_kwargs"] |= extractor(problem, hyper.hidden)
    shared["policy_kwargs"]["log_std_init"] = hyper.log_std
    with contained_randomness():
        model = PPO(
            "MlpPolicy",
            environment(task, problem, ONLINE, hyper.n_envs),
            n_steps=hyper.n_steps,
            batch_size=hyper.batch_size,
            n_epochs=hyper.epochs,
            gae_lambda=hyper.gae,
            clip_range=hyper.clip,
            ent_coef=hyper.entropy_coefficient,
            **shared,
        )
        without_log(model)
        policy = ActorPolicy("ppo", model.policy, problem)
        model.learn(task.training.windows, callback=Curve(task, policy, LOSSES))
    return policy
