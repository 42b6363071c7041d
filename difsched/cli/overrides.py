"""Single fields that a command line replaces: ``--set tasks=8 --set model.learning_rate=1e-4``."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from difsched.config.base import check_choice
from difsched.errors import InputError, within

#: What a field may be of: its prefix; without one it is the configuration's.
PARTS = ("model", "training")


@dataclass(frozen=True)
class Overrides:
    """Fields and their values.

    Attributes
    ----------
    problem, model, training : dict
        Of the configuration, of the method's hyper-parameters, of its training.
    """

    problem: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Sequence[str]) -> "Overrides":
        """Return what words such as ``tasks=8`` say; values are JSON, or else plain text.

        Raises
        ------
        InputError
            If a word has no ``=``, or its prefix is none of ``PARTS``.
        """
        found = cls()
        for word in words:
            name, equals, text = word.partition("=")
            if not (name and equals):
                raise InputError(f"--set {word}: must be FIELD=VALUE, such as tasks=8")
            part, dot, own = name.rpartition(".")
            with within("--set "):
                fields = getattr(found, check_choice(name, part, PARTS) if dot else "problem")
            try:
                fields[own] = json.loads(text)
            except json.JSONDecodeError:
                fields[own] = text
        return found

    def applied(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the ``model`` and ``training`` of a method with fields replaced.

        Raises
        ------
        InputError
            If one is unknown or its value is not allowed.
        """
        changed = {}
        for part, usual in settings.items():
            with within(f"--set {part}."):
                changed[part] = usual.changed(getattr(self, part))
        return changed

    def refuse_learning(self) -> None:
        """Raise InputError where fields of learning are set though nothing is learned."""
        for part in PARTS:
            for name in getattr(self, part):
                raise InputError(f"--set {part}.{name}: must be left out: nothing is trained here")
