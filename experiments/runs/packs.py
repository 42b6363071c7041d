"""The committed logs in a few packs: thousands of small files would make every clone slow.

``artifacts/reference/packs`` holds ZIP archives: one for each method of the main matrix and family,
one for each other experiment, and one for all that is no run. ``artifacts/reference/logs``, which
git ignores, is what they hold, unpacked by the first call that may read it. Whoever wants a log
alone can ``unzip`` it.
"""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from difsched.errors import InputError
from difsched.run_ids import experiment_of, family_of, subject_of
from difsched.utils.files import atomic, sha256, to_json, write_json
from experiments.paths import LOGS, PACKS, shown

#: Of the pack of what is no run; and where unpacked logs note what they were unpacked from.
REST, STAMP = "workspace", ".packs.json"
#: The oldest date that an archive can hold: a file's own would make the same logs other bytes.
DATE = (1980, 1, 1, 0, 0, 0)
MOST_BYTES = 2**31


def pack_of(path: PurePosixPath) -> str:
    """Return the pack of a file of the logs: ``main-dql_set-slice``, ``ablation``."""
    if path.parts[0] != "runs":
        return REST
    run = path.parts[1]
    if experiment_of(run) != "main":
        return experiment_of(run)
    return f"main-{subject_of(run)}-{family_of(run)}"


def write_packs(logs: Path = LOGS, packs: Path = PACKS) -> None:
    """Pack logs anew: the same files give the same bytes, and packs without files go."""
    files: dict[str, list[Path]] = {}
    for path in sorted(logs.rglob("*")):
        if path.is_file() and path.name != STAMP:
            name = pack_of(PurePosixPath(path.relative_to(logs).as_posix()))
            files.setdefault(name, []).append(path)
    packs.mkdir(parents=True, exist_ok=True)
    for old in packs.glob("*.zip"):
        if old.stem not in files:
            old.unlink()
    for name, members in files.items():
        with atomic(packs / f"{name}.zip") as part, zipfile.ZipFile(part, "w") as archive:
            for path in members:
                entry = zipfile.ZipInfo(path.relative_to(logs).as_posix(), DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, path.read_bytes(), compresslevel=9)
    write_json(logs / STAMP, _state(packs))


def loosen(logs: Path = LOGS) -> None:
    """Note that logs will be changed: unless `write_packs` follows they are unpacked anew."""
    (logs / STAMP).unlink(missing_ok=True)


def unpack(logs: Path = LOGS, packs: Path = PACKS) -> None:
    """Unpack the packs, unless that was done of these; what is edited afterwards stays edited.

    Raises
    ------
    InputError
        If a pack is damaged, or holds what is no log.
    """
    state = _state(packs)
    stamp = logs / STAMP
    if not state or (stamp.is_file() and stamp.read_text(encoding="utf-8") == to_json(state)):
        return
    fresh = logs.with_name(f".{logs.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    for name in state:
        _extract(packs / name, fresh)
    write_json(fresh / STAMP, state)
    shutil.rmtree(logs, ignore_errors=True)
    fresh.rename(logs)


def _state(packs: Path) -> dict[str, str]:
    """Return pack -> its checksum."""
    return {path.name: sha256(path) for path in sorted(packs.glob("*.zip"))}


def _extract(pack: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(pack) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise InputError(f"{shown(pack)}: must hold at most {MOST_BYTES} bytes")
            for member in members:
                path = PurePosixPath(member.filename)
                if path.is_absolute() or ".." in path.parts or pack_of(path) != pack.stem:
                    raise InputError(f"{shown(pack)}: {member.filename!r} is no log of this pack")
            archive.extractall(folder)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{shown(pack)} cannot be unpacked: {reason}; git restores it") from None
