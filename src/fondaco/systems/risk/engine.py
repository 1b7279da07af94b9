"""The index of the lists in force: built once per set of versions, kept in memory and under HOME."""

from __future__ import annotations

import csv
import os
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from django.conf import settings

from fondaco.systems.risk.domain.names import LegalForms
from fondaco.systems.risk.domain.screening import ListedName, NameIndex, Thresholds
from fondaco.systems.risk.models import ListName, ListVersion

DATA: Final[Path] = settings.ROOT / "data" / "risk"
_lock = Lock()
_held: dict[str, NameIndex] = {}


@cache
def legal_forms() -> LegalForms:
    """The legal forms of data/risk/legal_forms.csv."""
    with (DATA / "legal_forms.csv").open(encoding="utf-8", newline="") as stream:
        return LegalForms(row["form"] for row in csv.DictReader(stream))


@cache
def thresholds() -> Thresholds:
    """The thresholds of data/risk/thresholds.csv."""
    with (DATA / "thresholds.csv").open(encoding="utf-8", newline="") as stream:
        return Thresholds.of({row["name"]: row["value"] for row in csv.DictReader(stream)})


def current_index() -> NameIndex:
    """The index of the lists now in force. One query when it is already in memory."""
    versions = list(ListVersion.objects.filter(in_force=True).order_by("code"))
    digest = _digest(versions)
    with _lock:
        if digest not in _held:
            _held.clear()
            _held[digest] = _from_disk(digest) or _build(digest, versions)
        return _held[digest]


def _digest(versions: Sequence[ListVersion]) -> str:
    """Names the set of lists, and the code and tables that read them."""
    parts = [f"{v.code}:{v.sha256}" for v in versions] + [_code_digest()]
    return sha256("\n".join(parts).encode()).hexdigest()


@cache
def _code_digest() -> str:
    files = [*sorted(Path(__file__).parent.joinpath("domain").glob("*.py")), DATA / "legal_forms.csv"]
    return sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def _path(digest: str) -> Path:
    return Path(settings.HOME) / "risk" / f"index-{digest[:32]}.pickle"


def _from_disk(digest: str) -> NameIndex | None:
    """The index kept by an earlier process. The folder is ours alone: a pickle is code."""
    try:
        index = pickle.loads(_path(digest).read_bytes())  # noqa: S301
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError):
        return None
    return index if isinstance(index, NameIndex) and index.version == digest else None


def _build(digest: str, versions: Sequence[ListVersion]) -> NameIndex:
    index = NameIndex.build(_listed(versions), forms=legal_forms(), version=digest)
    _keep(_path(digest), pickle.dumps(index, protocol=5))
    return index


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    Path(name).replace(path)
    for old in sorted(path.parent.glob("index-*.pickle"), key=lambda p: p.stat().st_mtime)[:-4]:
        old.unlink(missing_ok=True)


def _listed(versions: Sequence[ListVersion]) -> Iterator[ListedName]:
    rows = ListName.objects.filter(entry__version__in=versions).order_by("id").values_list(
        "entry__version__code", "entry__reference", "name", "entry__kind", "weak", "entry__countries",
        "entry__programme", "entry__expires_on", "entry__content_hash",
    )  # fmt: skip
    for row in rows.iterator(chunk_size=5000):
        yield ListedName(*row)
