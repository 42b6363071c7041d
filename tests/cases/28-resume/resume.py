"""Interrupt and go on: the same bytes?  A training is stopped at its second point."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from difsched import config
from difsched.env.slice.random_data import collect_random
from difsched.training import offline_training

manager = config.ConfigManager()
env = manager.load_env_config(0)
data = collect_random(env, 2000)


class Stop(Exception):
    """The interruption."""


def stop(step, policy, losses):
    """Interrupt the training at step 8."""
    if step >= 8:
        raise Stop


def weights(policy):
    """Return the bytes of a policy's file."""
    policy.save("weights.safetensors")
    return Path("weights.safetensors").read_bytes()


same = {}
for model in ("bc", "dql_set", "dql_default", "iql"):
    training = manager.load_training_config("offline")
    training = replace(training, gradient_steps=12, curve_points=3, model=model)
    checkpoint = Path(f"{model}.checkpoint")
    whole = weights(offline_training(env, training, dataset=data))
    with suppress(Stop):
        offline_training(env, training, dataset=data, on_point=stop, checkpoint=checkpoint)
    again = weights(offline_training(env, training, dataset=data, checkpoint=checkpoint))
    same[model] = whole == again
try:
    longer = replace(training, gradient_steps=24)
    offline_training(env, longer, dataset=data, checkpoint=checkpoint)
    refused = ""
except ValueError as error:
    refused = str(error)
