"""Constants of the problem and of the experiments in the paper's text; see `paper.text.numbers`."""

from collections.abc import Mapping
from typing import Any

from difsched.baselines.registry import METHODS
from difsched.config import ConfigManager
from difsched.config.base import read_yaml
from difsched.env.slice.traffic.prediction import LAGS
from difsched.env.slice.traffic.presets import PRESETS
from difsched.family import EPISODE_WINDOWS
from experiments.aggregate.intervals import LEVEL, OURS
from experiments.profiles.profile import Profile
from experiments.rendering.tex import count, notes
from experiments.studies.variants import variants
from paper.fig10 import SEARCHED
from paper.shared.macros import Macros, Tables, one, word
from paper.table4 import STUDY

CONFIGS = range(8)


def slices() -> Macros:
    """Return the slices of the fewest and the most users, their channels, and the sub-agents."""
    manager = ConfigManager()
    every = [manager.load_env_config(index) for index in CONFIGS]
    small, big = (pick(every, key=lambda env: env.N_user) for pick in (min, max))
    slopes = max((env.sigmoid_k_list for env in every), key=len)
    agent = manager.load_agent_config(small.sub_agents_idx[0])
    return {
        "WindowSlots": str(small.LEN_window),
        "UsersSmall": str(small.N_user),
        "UsersLarge": str(big.N_user),
        "BudgetSmall": str(small.B),
        "BudgetLarge": str(big.B),
        "Slope": f"{small.sigmoid_k_list[0]:g}",
        "Midpoint": f"{small.sigmoid_s_list[0]:g}",
        "Classes": word(len(slopes)),
        "Slopes": ", ".join(f"{slope:g}" for slope in slopes),
        "ChannelStay": f"{small.channel_stay:g}",
        "StarvedBelow": f"{small.r_bar:g}",
        "AgentUsers": word(agent.N_user),
        "AgentBudget": str(agent.B),
        "AgentLevels": word(agent.N_r),
        "DemandStates": word(agent.N_aggregation),
    }


def data(tables: Tables) -> Macros:
    """Return traffic, forecast, datasets, and how hard the configurations are."""
    rows, traffic = tables["datasets"], read_yaml(PRESETS / "thumb_fr.yaml")
    kappa = rows.groupby("N_user")["kappa"].mean()
    return {
        "TrainWindows": count(traffic["train_windows"]),
        "TraceWindows": count(traffic["test_windows"]),
        "Lags": word(LAGS),
        "DatasetWindows": count(int(rows["windows"].max())),
        "RandomShare": f"{100 * ConfigManager().load_dataset_config().random_share:g}",
        "KappaSmall": one(kappa.iloc[0], 2),
        "KappaLarge": one(kappa.iloc[-1], 2),
    }


def trials(tables: Tables) -> Macros:
    """Return what is compared with what, and on how much."""
    summary = tables["summary"]
    trained = summary[summary["method"].map(lambda name: METHODS[name].training is not None)]
    seeds, most = int(trained["seeds"].mode().max()), int(trained["seeds"].max())
    episodes = int(summary["episodes"].max())
    schedulers = [name for name in METHODS if METHODS[name].section != "oracles" and name != OURS]
    return {
        "Seeds": "one seed" if seeds == 1 else f"{word(seeds)} seeds",
        "MostSeeds": word(most),
        "Rivals": str(len(set(schedulers) & set(summary["method"]))),
        "TestWindows": count(episodes * EPISODE_WINDOWS),
        "TestEpisodes": str(episodes),
        "EpisodeWindows": str(EPISODE_WINDOWS),
        "Level": f"{100 * LEVEL:g}",
    }


def training(profile: Profile) -> Macros:
    """Return hyper-parameters of our method and of DQL, and lengths as the profile has them."""
    manager = ConfigManager()
    ours, dql, searched = map(manager.load_model_config, (OURS, "dql_default", SEARCHED))
    offline, online, longer = (
        manager.load_training_config(name).to_dict() | profile.main.training.get(name, {})
        for name in ("offline", "online", "dql")
    )
    return {
        "Hidden": str(ours.hidden),
        "Layers": word(ours.layers),
        "DenoisingSteps": str(ours.diffusion_steps),
        "QWeight": f"{ours.eta:g}",
        "Candidates": str(ours.candidates),
        "SearchRounds": word(searched.rounds),
        "SearchCopies": str(searched.neighbours),
        "DqlWeight": f"{dql.eta:g}",
        "DqlExpectile": f"{dql.expectile:g}",
        "DqlDiscount": f"{dql.discount:g}",
        "GradientSteps": count(offline["gradient_steps"]),
        "BatchUsers": count(offline["batch_users"]),
        "StepSize": f"{offline['learning_rate']:g}",
        "DqlSteps": count(longer["gradient_steps"]),
        "DqlUsers": count(longer["batch_users"]),
        "OnlineWindows": count(online["windows"]),
    }


def ablated() -> Macros:
    """Return what some ablations change."""
    study, offline = variants(STUDY), ConfigManager().load_training_config("offline")
    long = study["mlp_long"].training["gradient_steps"] / offline.gradient_steps
    return {
        "LongTimes": word(round(long)),
        "ManySteps": str(study["steps_20"].model["diffusion_steps"]),
        "LowWeight": f"{study['eta_1'].model['eta']:g}",
        "HighWeight": f"{study['eta_100'].model['eta']:g}",
        "HighDiscount": f"{study['gamma_99'].model['discount']:g}",
        "LittleWindows": count(study["data_1000"].dataset["n_windows"]),
    }


def setup(tables: Tables, spec: Mapping[str, Any]) -> Macros:
    """Return all constants, and why they are no plain results, empty where they are.

    Parameters
    ----------
    tables : mapping
        The aggregates.
    spec : mapping
        The workspace's ``spec.json``.
    """
    profile = Profile.from_dict(spec["profile"])
    found = slices() | data(tables) | trials(tables) | training(profile) | ablated()
    said = notes(spec)
    if profile.note:
        said.append("No number below is a result.")
    return found | {"ProfileNote": " ".join(said)}
