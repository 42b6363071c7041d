"""Pieces of a full run, published one at a time: the whole takes hours.

A piece is of the slice a group of methods of the main matrix, such as ``dql_set`` or ``reference``
(all that learn nothing), a sweep, ``transfer`` or ``multimodal``, and of any family a study, such
as ``ablation`` or ``mec_proposals``. What is published of it is whole, and all else stays what it
is.
"""

from collections.abc import Mapping
from typing import Any

from difsched.config.base import check_choice
from difsched.run_ids import main_job, study_job, sweep_job, transfer_job
from experiments.products import transfers
from experiments.profiles.profile import Profile
from experiments.studies import FAMILY_STUDIES, own_name
from experiments.studies.variants import chosen

TRANSFER, MULTIMODAL = "transfer", "multimodal"


def pieces_of(profile: Profile) -> list[str]:
    """Return the pieces that a profile runs."""
    pieces = [*profile.groups, *profile.every_study(), *profile.sweeps]
    if transfers(profile.configs):
        pieces.append(TRANSFER)
    return [*pieces, MULTIMODAL] if profile.multimodal else pieces


def jobs_of(profile: Profile, piece: str) -> list[str]:
    """Return the jobs of a piece.

    Raises
    ------
    InputError
        If the profile runs no such piece.
    """
    check_choice("publish", piece, pieces_of(profile))
    family = profile.TOP
    if piece in profile.groups:
        return [main_job(piece, family, config) for config in profile.configs_of(piece)]
    if study := profile.every_study().get(piece):
        return [study_job(piece, name) for name in chosen(piece, study.only)]
    if piece == TRANSFER:
        return [transfer_job(family, tested) for tested in transfers(profile.configs)]
    return [MULTIMODAL if piece == MULTIMODAL else sweep_job(piece)]


def with_piece(old: Mapping[str, Any], new: Mapping[str, Any], piece: str) -> dict[str, Any]:
    """Return the profile of published runs once a piece of another run is among them.

    Parameters
    ----------
    old, new : mapping
        Profiles as ``spec.json`` has them: of what is published, and of what the piece is from.
    piece : str
    """
    merged = dict(old)
    for section in ("groups", "seeds", "studies", "sweeps"):
        if piece in new.get(section, {}):
            merged[section] = {**old.get(section, {}), piece: new[section][piece]}
    if piece == MULTIMODAL:
        merged[MULTIMODAL] = new[MULTIMODAL]
    if family := FAMILY_STUDIES.get(piece):
        merged["families"] = {**old["families"], family: _with_study(old, new, family, piece)}
    if piece in new.get("groups", {}):
        merged["methods"] = _methods(old["methods"], new["methods"], new["groups"][piece])
        every = {name for names in merged["groups"].values() for name in names}
        merged["methods"]["only"] = sorted(every)
    return merged


def _with_study(
    old: Mapping[str, Any], new: Mapping[str, Any], family: str, study: str
) -> dict[str, Any]:
    """Return the part of a family with a study as another run has it."""
    name = own_name(study)
    part = old["families"].get(family, {})
    taken = new["families"][family]["studies"][name]
    return {**part, "studies": {**part.get("studies", {}), name: taken}}


def _methods(old: Mapping[str, Any], new: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return who is scored where, with some methods as another run has them."""
    kept = [_but(one, set(one["methods"]) - set(names)) for one in old.get("groups", [])]
    taken = [_but(one, set(one["methods"]) & set(names)) for one in new.get("groups", [])]
    return {**old, "groups": [one for one in (*kept, *taken) if one["methods"]]}


def _but(group: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {**group, "methods": [name for name in group["methods"] if name in names]}
