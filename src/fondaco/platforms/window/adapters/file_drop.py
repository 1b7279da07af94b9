"""Messages by file drop: a folder that one side writes to and the other watches.

A file is written under another name and then renamed, so that nobody ever sees half of one. `in/` holds what
goes to the agency, `out/` its receipts in the order of their names, `done/` what it has read, `bad/` what it
could not, each with its reason beside it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.adapters.gateway import read_anyhow
from fondaco.platforms.window.adapters.simulator import AgencySimulator
from fondaco.platforms.window.domain.declaration import content_digest
from fondaco.platforms.window.domain.gateway import Acknowledgement, GatewayUnavailable, Message, ReceiptPage

_SUFFIX = {"wco": "json", "gacc": "gacc.xml", "cds": "cds.xml", "edifact": "edi"}
_DECISION = "decision.json"
_FORMS = {suffix: form for form, suffix in _SUFFIX.items()} | {_DECISION: "decision"}
# What declarants drop here: our JSON, messages of Chinese customs, declarations to the UK's.
_LODGED = {"json": "json", "gacc.xml": "gacc", "cds.xml": "cds"}
_LOOK_EVERY_S = 0.2


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place at once: a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f".{path.name}.{os.getpid()}")
    own.write_bytes(content)
    own.replace(path)


class FileDropGateway:
    """A CustomsGateway over a folder: a message is taken once its file is there; again is the same file."""

    def __init__(self, folder: Path, *, name: str = "") -> None:
        self._folder = folder
        self._name = name or f"drop:{folder}"[:80]

    @property
    def name(self) -> str:
        return self._name

    def send(self, messages: Sequence[Message]) -> list[Acknowledgement]:
        """Put each message into `in/`. GatewayUnavailable where the folder cannot be written."""
        try:
            for one in messages:
                name = f"{content_digest(one.key)[:32]}.{_SUFFIX[one.form]}"
                write_whole(self._folder / "in" / name, one.text.encode())
        except OSError as fault:
            raise GatewayUnavailable(str(fault)) from fault
        return [Acknowledgement(one.key, taken=True) for one in messages]

    def poll(self, *, after: str, limit: int) -> ReceiptPage:
        """The receipts whose files follow `after` by name."""
        try:
            names = sorted(path.name for path in _files(self._folder / "out") if path.name > after)
            page = names[:limit]
            texts = [(self._folder / "out" / name).read_text(encoding="utf-8") for name in page]
        except OSError as fault:
            raise GatewayUnavailable(str(fault)) from fault
        receipts = tuple(one for text in texts for one in read_anyhow(_json(text)))
        return ReceiptPage(receipts, cursor=page[-1] if page else after, more=len(names) > limit)

    def upload_payment(self, text: str, *, key: str) -> str:
        """GatewayUnavailable always: payment data are answered at once, over HTTP; they wait for such a gateway."""
        raise GatewayUnavailable(f"{key}: payment data do not go through a folder ({len(text)} characters).")

    def tell(self, decision: Mapping[str, Any]) -> None:
        """Put an officer's decision into `in/`; again is the same file."""
        text = json.dumps(decision, sort_keys=True)
        try:
            write_whole(self._folder / "in" / f"{content_digest(text)[:32]}.{_DECISION}", text.encode())
        except OSError as fault:
            raise GatewayUnavailable(str(fault)) from fault


class DropBox:
    """The agency's end of the folder: `sweep` reads what has come and writes what there is to say."""

    def __init__(self, agency: AgencySimulator, folder: Path) -> None:
        self._agency, self._folder = agency, folder
        self._cursor = ""
        self._written = len(_files(folder / "out"))

    def sweep(self) -> int:
        """Take in every file of `in/`, then write the receipts that are ready; how many files were read."""
        found = _files(self._folder / "in")
        for path in found:
            self._read(path)
        page = self._agency.hand_out(after=self._cursor, limit=10_000)
        self._cursor = page["cursor"]
        for receipt in page["receipts"]:
            self._written += 1
            write_whole(self._folder / "out" / f"{self._written:012}.json", json.dumps(receipt).encode())
        return len(found)

    def _read(self, path: Path) -> None:
        form = _FORMS.get(path.name.partition(".")[2], "")
        try:
            said = self._take(form, path.read_bytes())
            refused = [one for one in said if one["status"] == "refused"]
            why: Mapping[str, Any] | None = refused[0] if refused else None
        except FondacoError as refusal:
            why = refusal.problem()
        except (ValueError, KeyError) as fault:
            why = {"title": str(fault)[:300]}
        _put_away(self._folder, path, why)

    def _take(self, form: str, raw: bytes) -> list[dict[str, Any]]:
        if form == "decision":
            self._agency.decide(_json(raw))
            return []
        return self._agency.take_in([_json(raw)]) if form == "wco" else self._agency.take_message(form, raw)


def sweep_intake(folder: Path, take: Callable[[str, bytes], bytes]) -> tuple[int, int]:
    """Take in what declarants have put into `in/`; how many files were taken in, and how many refused.

    `take(form, content)` gives the answer, which goes to `out/` under the file's name and `.answer`; it must be
    safe to repeat, since a sweep that was killed begins again. What it refuses goes to `bad/` with the reason.
    """
    found = _files(folder / "in")
    refused = 0
    for path in found:
        why = _taken(folder, path, take)
        refused += why is not None
        _put_away(folder, path, why)
    return len(found) - refused, refused


def _taken(folder: Path, path: Path, take: Callable[[str, bytes], bytes]) -> Mapping[str, Any] | None:
    """None once the answer lies in `out/`, else why the file was refused."""
    form = _LODGED.get(path.name.partition(".")[2])
    if form is None:
        return {
            "title": "This is no form that is taken in.",
            "remedy": f"End its name in {', '.join(_LODGED)}.",
        }
    try:
        answer = take(form, path.read_bytes())
    except FondacoError as refusal:
        return refusal.problem()
    write_whole(folder / "out" / f"{path.name}.answer", answer)
    return None


def _put_away(folder: Path, path: Path, why: Mapping[str, Any] | None) -> None:
    """Move a file that was read to `done/`, or to `bad/` with the reason beside it."""
    place = folder / ("bad" if why else "done")
    place.mkdir(exist_ok=True)
    if why:
        write_whole(place / f"{path.name}.reason.json", json.dumps(why, default=str).encode())
    path.replace(place / path.name)


@contextmanager
def watched(agency: AgencySimulator, folder: Path) -> Iterator[DropBox]:
    """Sweep the folder again and again while the context lasts."""
    box, stop = DropBox(agency, folder), threading.Event()

    def look() -> None:
        while not stop.wait(_LOOK_EVERY_S):
            box.sweep()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        stop.set()
        thread.join(timeout=5)


def _files(folder: Path) -> list[Path]:
    """The files of a folder that are whole, by name."""
    return sorted(path for path in folder.glob("*") if path.is_file() and not path.name.startswith("."))


def _json(text: str | bytes) -> dict[str, Any]:
    told = json.loads(text)
    if not isinstance(told, dict):
        raise ValueError("this is not a JSON object")  # noqa: TRY004 - one error for all that is unreadable
    return told
