"""A bank simulator: a real HTTP server on the loopback that takes credit transfers and gives statements.

SIMULATOR: it moves no money and knows no accounts. XML over HTTP/1.1:

    POST /v1/instructions   a pain.001.001.09 of at most 100 transfers; answered by a pain.002.001.10
    GET  /v1/statements?reference=R&currency=GBP   a camt.053.001.08 of what no statement has told yet
    GET  /v1/accounts       {"currencies": [...]}: where something is booked that no statement has told yet
    POST /v1/incoming       {"minor", "currency", "reference"}: another bank's customer pays the house, for demonstrations

A transfer is decided once and always in the same way; the same end-to-end id with another amount or party is
refused as `key_reused`. What comes in is put there by `receive`. With a `store` all of it outlives a restart.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.kernel.money import Money, exponent
from fondaco.systems.finance.adapters.http_port import stored_lines
from fondaco.systems.finance.adapters.iso20022 import Transfer, read_pain001, render_pain002
from fondaco.systems.finance.adapters.statement_writer import Booking, render_camt053
from fondaco.systems.finance.domain.payouts import BankAnswer

MAX_ITEMS = 100
_XML = "application/xml"


@dataclass(frozen=True, slots=True)
class BankFaults:
    """What goes wrong: parties whose account is closed, parties that wait, and whether every answer is lost."""

    closed: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    vanish: bool = False


@dataclass
class BankSimulator(LocalServer):
    """The server; use as a context manager."""

    title = "fondaco bank simulator"
    most_body = 1024 * 1024
    expects = "a pain.001.001.09 document"

    faults: BankFaults = BankFaults()
    store: Path | None = None
    known: dict[str, Transfer] = field(default_factory=dict)
    executed: dict[str, int] = field(default_factory=dict)
    bookings: list[Booking] = field(default_factory=list)
    statements: dict[tuple[str, str], bytes] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    booked: int = 0
    paid_in: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._load()
        return super().__enter__()

    def respond(self, request: Request) -> Reply | None:
        """Execute or refuse what is asked, or give a statement; with `vanish` the deed is done and the answer lost."""
        if request.path == "/v1/accounts":
            return Reply(200, {"currencies": sorted({each.amount.currency for each in self.bookings})})
        if request.path == "/v1/statements":
            return Reply(200, self.statement(request.query["reference"], request.query["currency"]), _XML)
        try:
            if request.path == "/v1/incoming":
                return self._incoming(request.body)
            message, transfers = read_pain001(request.body)
        except FondacoError as problem:
            return Reply(400, {"error": f"expected {self.expects}: {problem.detail}"})
        except (ValueError, KeyError, TypeError):
            return Reply(400, {"error": "expected JSON with minor, currency and reference"})
        answers = self.instruct(transfers)
        content = render_pain002(message, answers, now=clock.now())
        return None if self.faults.vanish else Reply(200, content, _XML)

    def _incoming(self, body: bytes) -> Reply:
        """Book what somebody pays in; the same reference, currency and amount again is the same transfer."""
        said = json.loads(body)
        exponent(str(said["currency"]))
        amount, words = Money(int(said["minor"]), str(said["currency"])), str(said["reference"])
        reference = _reference(f"in:{words}:{amount.minor}{amount.currency}")
        if amount.minor <= 0 or not words:
            return Reply(400, {"error": "expected minor > 0 and a reference"})
        with self._lock:
            if reference not in self.paid_in:
                self._book(Booking(amount, reference, remittance=words))
        return Reply(200, {"reference": reference})

    def instruct(self, transfers: list[Transfer]) -> list[tuple[str, BankAnswer]]:
        """Execute or refuse each transfer; a repeated one is answered again and not executed again."""
        with self._lock:
            return [(each.end_to_end, self._one(each)) for each in transfers[:MAX_ITEMS]]

    def receive(self, amount: Money, *, reference: str) -> None:
        """Somebody transfers `amount` to the house with `reference`."""
        with self._lock:
            self._book(Booking(amount, _reference(f"in:{self.booked}:{reference}"), remittance=reference))

    def statement(self, reference: str, currency: str) -> bytes:
        """The statement `reference`; the same again for the same reference."""
        with self._lock:
            if (reference, currency) not in self.statements:
                mine = [each for each in self.bookings if each.amount.currency == currency]
                opening = Money(self.balances.get(currency, 0), currency)
                made = render_camt053(reference, mine, opening=opening, now=clock.now())
                self._close(reference, currency, made)
                self._keep("statement", reference=reference, currency=currency, xml=made.decode())
            return self.statements[reference, currency]

    def _book(self, booking: Booking) -> None:
        self._take(booking)
        amount = {"minor": booking.amount.minor, "currency": booking.amount.currency}
        self._keep("booking", **{**asdict(booking), "amount": amount})

    def _take(self, booking: Booking) -> None:
        self.bookings.append(booking)
        self.booked += 1
        self.paid_in.add(booking.reference)
        if booking.end_to_end:
            self.executed[booking.end_to_end] = -booking.amount.minor

    def _close(self, reference: str, currency: str, made: bytes) -> None:
        """From now on `made` is what was booked in `currency` so far."""
        told = [each.amount.minor for each in self.bookings if each.amount.currency == currency]
        self.bookings = [each for each in self.bookings if each.amount.currency != currency]
        self.balances[currency] = self.balances.get(currency, 0) + sum(told)
        self.statements[reference, currency] = made

    def _keep(self, kind: str, **facts: Any) -> None:
        if self.store:
            with self.store.open("a", encoding="utf-8") as file:
                file.write(json.dumps([kind, facts]) + "\n")

    def _load(self) -> None:
        """Read back what was booked; a torn last line (a crash while writing) is ignored."""
        for kind, facts in stored_lines(self.store):
            if kind == "statement":
                self._close(facts["reference"], facts["currency"], facts["xml"].encode())
            else:
                self._take(Booking(**{**facts, "amount": Money(**facts["amount"])}))

    def _one(self, transfer: Transfer) -> BankAnswer:
        key, party = transfer.end_to_end, transfer.party
        if self.known.setdefault(key, transfer) != transfer:
            return BankAnswer(key, "refused", reason="key_reused")
        if party in _plain(self.faults.waiting):
            return BankAnswer(key, "pending")
        if party in _plain(self.faults.closed) or transfer.amount.minor <= 0:
            reason = "bad_amount" if transfer.amount.minor <= 0 else "account_closed"
            return BankAnswer(key, "refused", reason=reason)
        if key not in self.executed:
            self._book(Booking(-transfer.amount, _reference(key), end_to_end=key))
        return BankAnswer(key, "executed", _reference(key))


def _plain(parties: frozenset[str]) -> set[str]:
    return {party.replace("-", "") for party in parties}


def _reference(key: str) -> str:
    return "bank_" + hashlib.sha256(key.encode()).hexdigest()[:20]
