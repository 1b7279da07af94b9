"""A customs agency to try things with: a SIMULATOR, on a real HTTP socket of this machine or in a folder.

It takes JSON batches of WCO-named declarations at POST /declarations, GACC, CDS and EDIFACT messages at
POST /messages/FORM, what its officers decide at POST /decisions, and gives receipts in the language of each
declaration at GET /receipts?after=CURSOR&limit=N; payment data that it asked for come to an address of their own. The same declaration always gets the same receipts with the
same times (worked out from its own time of sending), so that sending again, to this or to a restarted
simulator, is safe. It tells what is to come ahead of time, unless it is told until when to speak.

The first letter of the local reference picks the outcome and the second, if a digit, delays it by as many
seconds, as in HMRC's customs-declarations-stub: B rejected, C cleared, D documents, N released, P nothing,
Q query, U physical check, V detained. Any other reference is put into a lane by a hash of the trader's own
reference: 90 % green and 2 % blue go through, 5 % yellow and 3 % red wait for an officer.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.ids import new_id
from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.platforms.window.adapters.agency_payments import PaymentDataOffice
from fondaco.platforms.window.adapters.agency_speech import GRANTS, LABEL, Heard, Keys, Told, hear, hear_wco
from fondaco.platforms.window.adapters.gacc import own_certificate
from fondaco.platforms.window.adapters.gateway import PAYMENT_UPLOAD

_BY_LETTER: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "B": ("", ("DMSREJ",)),
    "C": ("green", ("DMSACC", "DMSTAX", "DMSCLE")),
    "D": ("yellow", ("DMSACC", "DMSDOC")),
    "N": ("green", ("DMSACC", "DMSTAX", "DMSROG")),
    "P": ("", ()),
    "Q": ("yellow", ("DMSACC", "DMSQRY")),
    "U": ("red", ("DMSACC", "DMSCTL")),
    "V": ("red", ("DMSACC", "DMSDET")),
}
# lane, first per mille, receipts
_BY_LANE: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("green", 0, ("DMSACC", "DMSTAX", "DMSCLE")),
    ("blue", 900, ("DMSACC", "DMSTAX", "DMSCLE")),
    ("yellow", 920, ("DMSACC", "DMSTAX", "DMSDOC")),
    ("red", 970, ("DMSACC", "DMSTAX", "DMSCTL")),
)
_WHY = {
    "DMSREJ": "CDS12056 Relation error: the combination of elements is not allowed",
    "DMSDOC": "Upload the commercial invoice and proof of origin",
    "DMSQRY": "State what the goods are made of and what they are used for",
    "DMSCTL": "Selected for physical examination",
    "DMSDET": "Detained: rights holder's application for action",
}
_TWO_PAYMENTS = "The order (311) and the payment (411) name different payments"
_MOST_DECLARATIONS = 100


@dataclass
class Faults:
    """What goes wrong on demand: shares are of requests (or of receipts), from 0 to 1.

    `timeout_after_success`: the work is done and the connection closes unanswered. `refuse`: HTTP 503
    before anything is done. `duplicate`: a receipt comes twice. `reorder`: receipts of a page are shuffled.
    """

    latency_s: float = 0.0
    timeout_after_success: float = 0.0
    refuse: float = 0.0
    duplicate: float = 0.0
    reorder: bool = False
    seed: int = 1
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - faults are drawn, not secrets

    def happens(self, share: float) -> bool:
        return share > 0 and self.dice.random() < share


class AgencySimulator(LocalServer):
    """The simulated agency; use it as a context manager, and `url` as the gateway's base URL.

    `keys` gives the fingerprints of the certificates registered with it; without it a signature only has to fit.
    `certificate` is the one that payment data are signed with. What lies after `until` is not told: a simulator of a later moment tells it, when it is asked again.
    """

    title = "fondaco agency simulator"
    label = LABEL

    def __init__(
        self,
        *,
        faults: Faults | None = None,
        port: int = 0,
        keys: Keys | None = None,
        until: datetime | None = None,
        certificate: Callable[[], bytes] = own_certificate,
    ) -> None:
        self.faults = faults or Faults()
        self.payments = PaymentDataOffice(certificate)
        self.keys = keys
        self.until = until
        self.port = port
        self.received = 0
        self._epoch = new_id().hex[-12:]
        self._lock = threading.Lock()
        self._known: dict[str, list[dict[str, Any]]] = {}
        self._ready: list[dict[str, Any]] = []
        self._later: list[tuple[float, int, dict[str, Any]]] = []
        self._count = itertools.count()
        self._decided: set[tuple[str, ...]] = set()
        self._lists: dict[str, tuple[Heard, Told]] = {}  # by waybill, with the last that was said of each

    def respond(self, request: Request) -> Reply | None:
        """Take declarations in or hand receipts out, after the faults that were asked for."""
        if self.faults.latency_s:
            time.sleep(self.faults.latency_s)
        if self.faults.happens(self.faults.refuse):
            return Reply(503, {"error": "simulated outage"})
        reply = self._answer(request)
        lost = reply.status < 400 and self.faults.happens(self.faults.timeout_after_success)
        return None if lost else reply  # lost: the work is done, the answer is not heard

    def _answer(self, request: Request) -> Reply:
        match request.method, request.path:
            case "POST", "/declarations":
                return self._take(request.json().get("Declaration"))
            case "POST", "/decisions":
                self.decide(request.json())
                return Reply(202, {"source": self.label})
            case "POST", path if path.startswith("/messages/"):
                return self._read(path.removeprefix("/messages/"), request)
            case "POST", path if path == PAYMENT_UPLOAD:
                return Reply(200, self.payments.take(request.body))
            case "GET", "/receipts":
                asked = request.query.get("limit", "")
                limit = int(asked) if asked.isdigit() else 1000
                after = request.query.get("after", "")
                return Reply(200, self.hand_out(after=after, limit=max(1, min(limit, 10_000))))
        return Reply(404, {"error": "POST /declarations, /messages/FORM or /decisions; GET /receipts"})

    def _read(self, form: str, request: Request) -> Reply:
        date = request.headers.get("date")
        try:
            said = self.take_message(form, request.body, sent=parsedate_to_datetime(date) if date else None)
        except FondacoError as refusal:
            return Reply(422, {**refusal.problem(), "source": self.label})
        return Reply(202, {"acknowledgements": said, "source": self.label})

    def _take(self, declarations: object) -> Reply:
        if not isinstance(declarations, list):
            return Reply(400, {"error": "expected {'Declaration': [...]}"})
        if len(declarations) > _MOST_DECLARATIONS:
            return Reply(413, {"error": f"at most {_MOST_DECLARATIONS} declarations in a message"})
        said = self.take_in([one for one in declarations if isinstance(one, dict)])
        return Reply(202, {"acknowledgements": said, "source": self.label})

    def take_in(self, declarations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Register declarations; one known already is answered again with the same receipts."""
        with self._lock:
            return [self._take_one(declaration) for declaration in declarations]

    def take_message(self, form: str, raw: bytes, *, sent: datetime | None = None) -> list[dict[str, Any]]:
        """Register the declarations of a message in another language; see `agency_speech.hear`."""
        heard = hear(form, raw, keys=self.keys, sent=sent)
        with self._lock:
            return [self._register(one) for one in heard]

    def decide(self, receipt: Mapping[str, Any]) -> None:
        """Remember what an officer decided, and tell it to whoever asks; the same decision again is told once."""
        once = tuple(str(receipt[name]) for name in ("FunctionalReferenceID", "NameCode", "IssueDateTime"))
        with self._lock:
            if once not in self._decided:
                self._decided.add(once)
                self._publish(dict(receipt), delay=0)
                for end in self._ends_of(receipt):
                    self._publish(end, delay=0)

    def hand_out(self, *, after: str, limit: int) -> dict[str, Any]:
        """Receipts after the cursor; a cursor of another simulator's life begins again."""
        with self._lock:
            self._ripen()
            epoch, _, place = after.partition(":")
            start = int(place) if epoch == self._epoch and place.isdigit() else 0
            page = self._ready[start : start + limit]
            end = start + len(page)
            more = end < len(self._ready)
        if self.faults.reorder:
            page = self.faults.dice.sample(page, len(page))
        return {"receipts": page, "cursor": f"{self._epoch}:{end}", "more": more, "source": self.label}

    def _take_one(self, declaration: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._register(hear_wco(declaration))
        except FondacoError as refusal:
            key = str(declaration.get("IdempotencyKey") or "")
            return {"key": key, "status": "refused", "reason": refusal.detail}

    def _register(self, heard: Heard) -> dict[str, Any]:
        known = heard.key in self._known
        if not known:
            if heard.payment:
                self.payments.hear(heard.paper, heard.reference, heard.payment)
            refused = not heard.paper and self.payments.differs(heard.reference)
            told = [one for one in _told(heard, two_payments=refused) if self._is_past(one)]
            self._known[heard.key] = [*heard.answers(told), *self._close(heard)]
            self.received += not heard.paper
            if heard.waybill and told:
                self._lists[heard.waybill] = (heard, told[-1])
        delay = _delay(heard.lrn)
        for receipt in self._known[heard.key]:
            self._publish(receipt, delay=0 if known else delay)
        return {"key": heard.key, "lrn": heard.lrn, "status": "duplicate" if known else "stored"}

    def _close(self, departure: Heard) -> list[dict[str, Any]]:
        """The end of each list that it knows of what has left, if it has let the goods go."""
        found = [self._lists[one] for one in departure.left if one in self._lists]
        let_go = {one[0] for one in self._decided if one[1] in GRANTS}
        ends = [
            (heard, replace(last, code="DMSEOG", at=max(last.at, departure.sent) + timedelta(minutes=1)))
            for heard, last in found
            if last.code in GRANTS or heard.lrn in let_go
        ]
        return [heard.say(end) for heard, end in ends if self._is_past(end)]

    def _ends_of(self, decision: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What follows when an officer lets go a list that it had stopped: its tax bill."""
        if str(decision["NameCode"]) not in GRANTS:
            return []
        at, lrn = (
            datetime.fromisoformat(str(decision["IssueDateTime"])),
            str(decision["FunctionalReferenceID"]),
        )
        found = [known for known in self._lists.values() if known[0].lrn == lrn]
        return [heard.end(replace(last, at=at)) for heard, last in found if heard.end]

    def _is_past(self, told: Told) -> bool:
        return self.until is None or told.at <= self.until

    def _publish(self, receipt: dict[str, Any], *, delay: int) -> None:
        copies = 2 if self.faults.happens(self.faults.duplicate) else 1
        for _ in range(copies):
            if delay:
                heapq.heappush(self._later, (time.monotonic() + delay, next(self._count), receipt))
            else:
                self._ready.append(receipt)

    def _ripen(self) -> None:
        while self._later and self._later[0][0] <= time.monotonic():
            self._ready.append(heapq.heappop(self._later)[2])


def lane_of(reference: str) -> str:
    """The lane that the simulator's hash gives a trader's reference."""
    return _lane(reference)[0]


def _lane(reference: str) -> tuple[str, tuple[str, ...]]:
    place = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:4]) % 1000
    lane, _, codes = next(row for row in reversed(_BY_LANE) if place >= row[1])
    return lane, codes


def _delay(lrn: str) -> int:
    """Seconds until the answer, by the second character of a triggering reference."""
    return int(lrn[1]) if lrn[:1] in _BY_LETTER and lrn[1:2].isdigit() else 0


def _told(heard: Heard, *, two_payments: bool) -> Iterator[Told]:
    """What becomes of a declaration, in the order of time; one whose order and payment name two payments is rejected."""
    lane, codes = _BY_LETTER.get(heard.lrn[:1]) or _lane(heard.reference)
    if heard.paper:
        codes = codes[:1]
    if two_payments:
        lane, codes = "", ("DMSREJ",)
    if heard.export:
        codes = tuple(code for code in codes if code != "DMSTAX")
    number = hashlib.sha256(heard.key.encode()).hexdigest()[:13].upper()
    mrn = f"{heard.sent:%y}{heard.office}F{number}"[:18]
    for place, code in enumerate(codes, start=1):
        yield Told(
            code,
            heard.sent + _pause(heard.reference, place),
            mrn,
            lane,
            _TWO_PAYMENTS if two_payments else _WHY.get(code, ""),
        )


def _pause(reference: str, place: int) -> timedelta:
    """Simulated working time: seconds to accept, then minutes, most within ten (TradeNet's promise)."""
    draw = int.from_bytes(hashlib.sha256(f"{reference}|pace".encode()).digest()[:4]) / 2**32
    minutes = 0.5 + 6 * draw + (30 * (draw - 0.9) if draw > 0.9 else 0)
    return (
        timedelta(seconds=2) if place == 1 else timedelta(seconds=round(2 + 60 * minutes * (place - 1) / 2))
    )
