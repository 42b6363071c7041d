"""Learners on augmented data: what counterfactual windows are worth, beside their rivals.

Each is a learner of all families, with the same networks and training, on the offline dataset and
what an augmentation adds to it. ``credit`` is a hyper-parameter of the learner.
"""

from dataclasses import replace
from functools import partial

from difsched.baselines import offline
from difsched.baselines.method import Method, Task
from difsched.policy import Policy
from difsched.utils.seeding import rng

#: The cheapest learner, and ours.
LEARNERS = ("det_set", "dql_set")
#: Augmentation -> what a label and a line say of it.
ABOUT = {
    "relabel": "real states with 24 fresh random actions each",
    "noise": "real states with noise of 3 dB and fresh actions",
    "cf": "futures that a causal generative model imagines",
    "space": "futures that users reach in space, keeping their drift",
}


def fit(task: Task, augmentation: str) -> Policy:
    """Train on the task's offline dataset and the windows of an augmentation."""
    # Loads torch: only where it is needed.
    from difsched.baselines.mlb.counterfactual.augment import augmented
    from difsched.training import offline_training

    seed = (task.config.randomSeed, "augmentation", augmentation, task.training.seed)
    return offline_training(
        task.config,
        task.training,
        dataset=augmented(task.dataset, task.config, augmentation, rng(*seed)),
        model=task.model,
        on_point=task.on_point,
    )


def _method(learner: Method, augmentation: str) -> Method:
    return replace(
        learner,
        name=f"{learner.name}_{augmentation}",
        label=f"{learner.label.removesuffix(' (ours)')} + {augmentation}",
        make=partial(fit, augmentation=augmentation),
        section="offline",
        about=f"{learner.label} with 4,800 windows more: {ABOUT[augmentation]}",
        loads=(*learner.loads, "difsched.baselines.mlb.counterfactual.augment"),
    )


SCHEDULERS = [
    _method(learner, augmentation)
    for learner in offline.SCHEDULERS
    if learner.name in LEARNERS
    for augmentation in ABOUT
]
