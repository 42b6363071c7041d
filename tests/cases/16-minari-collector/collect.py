"""A dataset as Minari's own guide makes one: the collector around the environment."""

import gymnasium
import minari
import numpy as np

import difsched.env  # noqa: F401 - registers the environment
from difsched.data import from_minari


class FewInfos(minari.StepDataCallback):
    """Keeps three of the infos, as an earlier reader needed: the grants are not among them."""

    def __call__(self, env, **kwargs):
        step = super().__call__(env, **kwargs)
        step["info"] = {name: step["info"][name] for name in ("demand", "delivered", "lost")}
        return step


def collect(name, **options):
    """Return the collected dataset as read, and what the environment granted."""
    slices = gymnasium.make("difsched/Slice-v0", config=0, LEN_episode=20)
    env = minari.DataCollector(slices, **options)
    granted, rng = [], np.random.default_rng(1)
    for episode in range(3):
        env.reset(seed=episode)
        ended = False
        while not ended:
            action = rng.dirichlet(np.ones(8)).astype(np.float32) * 100
            _, _, terminated, truncated, info = env.step(action)
            granted.append(info["grant"])
            ended = terminated or truncated
    env.create_dataset(name)
    return from_minari(name), np.array(granted)


whole, granted = collect("slice/whole-v0", record_infos=True)
fewer, granted_to_fewer = collect("slice/fewer-v0", record_infos=True, step_data_callback=FewInfos)
try:
    collect("slice/none-v0")
    without = "accepted"
except Exception as error:
    without = f"{type(error).__name__}: {error}"
