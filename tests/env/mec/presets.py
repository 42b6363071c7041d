"""Numbered configurations in other sizes."""

from difsched.env.mec.config import CONFIGURATIONS, MecConfig

PHASE_ONE = ("code", "fixed", "readme", "assignment")
PHASE_TWO = ("scaled", "clustered_code", "clustered_readme", "by_share")


def phase_one(name: str, users: int = 5) -> MecConfig:
    return CONFIGURATIONS.load(f"{name}_n5").changed({"users": users})


def phase_two(name: str, clusters: int = 4, users: int = 100) -> MecConfig:
    return CONFIGURATIONS.load(f"{name}_k4").changed({"clusters": clusters, "users": users})
