"""Learners on augmented data: what counterfactual windows are worth, beside their rivals.

Each is a learner of all families, with the same networks and training, on the offline dataset and
what an augmentation adds to it. ``credit`` is a hyper-parameter of the learner.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from difsched.baselines import offline, sac
from difsched.baselines.method import Method, Task
from difsched.policy import Policy
from difsched.utils.seeding import rng

#: The cheapest learner, ours, and that of the documented framework.
LEARNERS = ("det_set", "dql_set", "sac_offline")
#: Augmentation -> what a label and a line say of it.
ABOUT = {
    "relabel": "real states with 24 fresh random actions each",
    "noise": "real states with noise of 3 dB and fresh actions",
    "cf": "futures that a causal generative model imagines",
    "space": "futures that users reach in space, keeping their drift",
}


def fit(task: Task, augmentation: str, learn: Callable[[Task], Policy]) -> Policy:
    """Learn from the task's offline dataset and the windows of an augmentation."""
    # Loads torch: only where it is needed.
    from difsched.baselines.mlb.counterfactual.augment import augmented

    seed = (task.config.randomSeed, "augmentation", augmentation, task.training.seed)
    data = augmented(task.dataset, task.config, augmentation, rng(*seed))
    return learn(replace(task, data=data))


def _method(learner: Method, augmentation: str) -> Method:
    return replace(
        learner,
        name=f"{learner.name}_{augmentation}",
        label=f"{learner.label.removesuffix(' (ours)')} + {augmentation}",
        make=partial(fit, augmentation=augmentation, learn=learner.make),
        section="offline",
        about=f"{learner.label} with 4,800 windows more: {ABOUT[augmentation]}",
        loads=(*learner.loads, "difsched.baselines.mlb.counterfactual.augment"),
    )


SCHEDULERS = [
    _method(learner, augmentation)
    for learner in (*offline.SCHEDULERS, *sac.SCHEDULERS)
    if learner.name in LEARNERS
    for augmentation in ABOUT
]
