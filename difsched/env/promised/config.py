"""What a slice with a promised floor is: a slice whose users have one."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from difsched.config import EnvironmentConfig
from difsched.config.numbered import Numbered
from difsched.errors import InputError


@dataclass(frozen=True)
class PromisedConfig(EnvironmentConfig):
    """A slice with a long-run floor; its fields are `EnvironmentConfig`'s.

    Wanted is the least packet loss of those who give each user, over an episode of ``LEN_episode``
    windows, at least the share ``floor`` of its packets.
    """

    family: ClassVar[str] = "promised"

    def __post_init__(self) -> None:
        """Check every field; raise InputError at the first that is not allowed."""
        super().__post_init__()
        if self.floor is None:
            raise InputError("floor = null: must be a share, or a list of shares, in this family")


CONFIGURATIONS = Numbered(Path(__file__).parent, PromisedConfig)
