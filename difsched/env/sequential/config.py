"""What a sequential slice is: a slice, under another name and another measure."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from difsched.config import EnvironmentConfig
from difsched.config.numbered import Numbered


@dataclass(frozen=True)
class SequentialConfig(EnvironmentConfig):
    """A slice whose windows depend on one another; its fields are `EnvironmentConfig`'s.

    Packets that do not get through wait for their next try (``retransmit``), and where the channel
    is hidden (``channel_information: false``) what became of the last windows (``history``) tells
    of it.
    """

    family: ClassVar[str] = "sequential"


CONFIGURATIONS = Numbered(Path(__file__).parent, SequentialConfig)
