"""A payment provider simulator: a real HTTP server on the loopback, with faults on demand.

SIMULATOR: it moves no money and knows no cards. JSON over HTTP/1.1, kept alive:

    POST /v1/charges      {"items": [{key, amount, currency, method, reference}, ...]}   at most 100
    POST /v1/refunds      the same, with `against`: the key of the charge that is given back
    POST /v1/captures     {"items": [{key, amount}]}: take up to what the key authorised, the rest is released
    POST /v1/voids        {"keys": [...]}: release what the keys authorised
    POST /v1/lookup       {"keys": [...]}
    POST /v1/settlements  {"reference": "..."} -> text/csv of what was not in a file yet, with totals
    GET  /health

A charge with `capture: false` is only authorised. What happens is also told by webhook, where a sender is given.
Each answer is {"results": [{key, status, reference, reason}]}. A key is done once; repeated with the
same body it gets the same answer, with another body `declined: key_reused`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Self

from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.http_port import stored_lines
from fondaco.systems.finance.adapters.webhook_sender import WebhookSender

MAX_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, and how often (shares of requests between 0 and 1; the same seed, the same luck).

    `vanish_after`: the deed is done, the answer lost. `vanish_before`: lost before anything is done.
    `server_error`: a 500 before anything is done. `repeat`: results come twice and in reverse order.
    `decline_amounts`: minor units always declined; `decline_methods`: first letters of methods declined;
    `soft_decline`: share of keys declined for the provider's own reasons; `down`: no request is answered.
    """

    vanish_after: float = 0.0
    vanish_before: float = 0.0
    server_error: float = 0.0
    repeat: float = 0.0
    slow_s: float = 0.0
    decline_amounts: frozenset[int] = frozenset()
    decline_methods: str = ""
    soft_decline: float = 0.0
    down: bool = False
    seed: str = "fondaco"


@dataclass
class Deed:
    """A charge or refund that the simulator has done or declined."""

    kind: str
    item: dict[str, Any]
    status: str
    reference: str
    reason: str = ""
    file: str = ""
    captured: int = 0


@dataclass
class ProviderSimulator(LocalServer):
    """The server; use as a context manager. `store` keeps what was done in a file, across restarts."""

    title = "fondaco payment provider simulator"
    expects = '{"items": [...]} or {"keys": [...]}'

    faults: Faults = field(default_factory=Faults)
    store: Path | None = None
    fee_rate: Decimal = Decimal("0.015")
    deeds: dict[str, Deed] = field(default_factory=dict)
    requests: int = 0
    given: dict[str, int] = field(default_factory=dict)
    sender: WebhookSender | None = None
    pays: Callable[[Money, str], None] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._load()
        return super().__enter__()

    def respond(self, request: Request) -> Reply | None:
        """Answer one request, with the faults that strike it."""
        if request.method == "GET":
            return Reply(200, {"simulator": True})
        self.requests += 1
        if self.faults.down:
            return None
        if self.faults.slow_s:
            time.sleep(self.faults.slow_s)
        if request.path == "/v1/settlements":
            return Reply(200, self.settle(str(request.json()["reference"])).encode(), "text/csv")
        if self.luck("before", self.faults.vanish_before):
            return None
        if self.luck("error", self.faults.server_error):
            return Reply(500, {})
        results = self.answer(request.path, request.json())
        if self.luck("after", self.faults.vanish_after):
            return None
        return Reply(200, {"results": self._spoilt(results)})

    def _spoilt(self, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Results twice and in reverse order, where that fault strikes."""
        return results[::-1] + results if self.luck("repeat", self.faults.repeat) else results

    def captured(self, currency: str) -> int:
        """Minor units of `currency` taken minus given back."""
        signs = {"charge": 1, "refund": -1, "dispute": -1}
        return sum(
            signs[d.kind] * (d.captured or int(d.item["amount"]))
            for d in self.deeds.values()
            if d.status == "captured" and d.item["currency"] == currency
        )

    def luck(self, fault: str, share: float) -> bool:
        """Whether `fault` strikes this request: decided by seed and request number."""
        return _share_of(f"{self.faults.seed}:{fault}:{self.requests}") < share

    def answer(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Do what was asked, one request at a time."""
        with self._lock:
            if path == "/v1/lookup":
                return [self._look_up(str(key)) for key in body["keys"][:MAX_ITEMS]]
            if path == "/v1/voids":
                return [self._void(str(key)) for key in body["keys"][:MAX_ITEMS]]
            if path == "/v1/captures":
                return [self._capture(item) for item in body["items"][:MAX_ITEMS]]
            kind = "charge" if path == "/v1/charges" else "refund"
            return [self._do(kind, item) for item in body["items"][:MAX_ITEMS]]

    def settle(self, reference: str) -> str:
        """The settlement file `reference`; the same reference gives the same file again."""
        with self._lock:
            if not any(deed.file == reference for deed in self.deeds.values()):
                for key, deed in self.deeds.items():
                    if deed.status == "captured" and not deed.file:
                        deed.file = reference
                        self._keep(key, deed)
                self._pay_out(reference)
            return self._file(reference)

    def _pay_out(self, reference: str) -> None:
        """Transfer what a new file comes to, by currency, to the house's bank (`pays`), naming the file."""
        for currency, (gross, fee) in self._totals(reference).items():
            if self.pays and gross != fee:
                self.pays(Money(gross - fee, currency), reference)

    def _totals(self, reference: str) -> dict[str, tuple[int, int]]:
        totals: dict[str, tuple[int, int]] = {}
        for deed in self.deeds.values():
            if deed.file == reference:
                before, now = totals.get(deed.item["currency"], (0, 0)), self._amounts(deed)
                totals[deed.item["currency"]] = before[0] + now[0], before[1] + now[1]
        return dict(sorted(totals.items()))

    def _do(self, kind: str, item: dict[str, Any]) -> dict[str, Any]:
        key = str(item["key"])
        before = self.deeds.get(key)
        if before is None:
            before = self._decide(kind, item)
            self._remember(key, before)
            self._tell(key, before)
        elif before.item != item or before.kind != kind:
            return {"key": key, "status": "declined", "reference": "", "reason": "key_reused"}
        return _shown(key, before)

    def dispute(self, key: str, *, case: str, reason: str, amount: int, order: str = "") -> None:
        """The buyer's bank asks for `amount` of the charge `key` back: told by webhook, decided by `judge`.

        Of a basket it may name the `order` that the buyer complains of.
        """
        about = {"order": order} if order else {}
        with self._lock:
            self._tell_dispute(
                "opened", {"key": key, "case": case, "reason": reason, "amount": amount, **about}
            )

    def judge(self, key: str, *, case: str, amount: int, won: bool) -> None:
        """The verdict on a dispute; what is lost is taken off the next settlement file. Again, it changes nothing."""
        with self._lock:
            told = {"key": key, "case": case, "amount": amount}
            if not won and f"dispute-{case}" not in self.deeds:
                item = {"amount": amount, "currency": self.deeds[key].item["currency"], "against": key}
                self.deeds[f"dispute-{case}"] = lost = Deed("dispute", item, "captured", case)
                self._keep(f"dispute-{case}", lost)
            self._tell_dispute("won" if won else "lost", told)

    def _tell_dispute(self, word: str, told: dict[str, Any]) -> None:
        if self.sender:
            currency = self.deeds[str(told["key"])].item["currency"]
            self.sender.tell(f"dispute.{word}", {**told, "currency": currency})

    def _decide(self, kind: str, item: dict[str, Any]) -> Deed:
        reference = "sim_" + hashlib.sha256(str(item["key"]).encode()).hexdigest()[:20]
        reason = self._objection(kind, item)
        done = "captured" if item.get("capture", True) else "authorised"
        return Deed(kind, item, "declined" if reason else done, reference, reason)

    def _capture(self, item: dict[str, Any]) -> dict[str, Any]:
        key, minor = str(item["key"]), int(item["amount"])
        deed = self.deeds.get(key)
        if deed is None or deed.status not in ("authorised", "captured"):
            return {"key": key, "status": "declined", "reference": "", "reason": "not_authorised"}
        if not 0 < minor <= int(deed.item["amount"]) or deed.captured not in (0, minor):
            return {"key": key, "status": "declined", "reference": deed.reference, "reason": "bad_amount"}
        if deed.status == "authorised":
            deed.status, deed.captured = "captured", minor
            self._tell(key, deed)
        return _shown(key, deed)

    def _void(self, key: str) -> dict[str, Any]:
        deed = self.deeds.get(key)
        if deed is not None and deed.status == "authorised":
            deed.status = "voided"
            self._tell(key, deed)
        return self._look_up(key)

    def _tell(self, key: str, deed: Deed) -> None:
        """Keep what happened to `deed` and send the webhook of it."""
        self._keep(key, deed)
        if self.sender and deed.kind == "charge":
            minor, currency = deed.captured or int(deed.item["amount"]), deed.item["currency"]
            told = {**_shown(key, deed), "amount": minor, "currency": currency}
            if deed.status == "captured" and not deed.captured:
                self.sender.tell("payment.authorised", {**told, "status": "authorised"})
            self.sender.tell(f"payment.{deed.status}", told)

    def _objection(self, kind: str, item: dict[str, Any]) -> str:
        if int(item["amount"]) <= 0:
            return "bad_amount"
        if kind == "refund":
            return self._refund_objection(item)
        if int(item["amount"]) in self.faults.decline_amounts:
            return "insufficient_funds"
        if _share_of(f"{self.faults.seed}:soft:{item['key']}") < self.faults.soft_decline:
            return "issuer_unavailable"
        letters = tuple(self.faults.decline_methods)
        return "method_refused" if letters and str(item["method"]).startswith(letters) else ""

    def _refund_objection(self, item: dict[str, Any]) -> str:
        charge = self.deeds.get(str(item["against"]))
        if charge is None or charge.status != "captured" or charge.kind != "charge":
            return "no_such_charge"
        given = self.given.get(str(item["against"]), 0)
        too_much = given + int(item["amount"]) > (charge.captured or int(charge.item["amount"]))
        return "more_than_charged" if too_much or charge.item["currency"] != item["currency"] else ""

    def _look_up(self, key: str) -> dict[str, Any]:
        deed = self.deeds.get(key)
        return _shown(key, deed) if deed else {"key": key, "status": "not_found"}

    def _file(self, reference: str) -> str:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["kind", "key", "currency", "gross", "fee"])
        for key, deed in self.deeds.items():
            if deed.file == reference:
                writer.writerow([deed.kind, key, deed.item["currency"], *self._amounts(deed)])
        totals = self._totals(reference)
        writer.writerows(["total", "", currency, *sums] for currency, sums in totals.items())
        return out.getvalue()

    def _amounts(self, deed: Deed) -> tuple[int, int]:
        """Gross and fee of a line; a refund or a lost dispute is negative and costs nothing."""
        amount = deed.captured or int(deed.item["amount"])
        if deed.kind != "charge":
            return -amount, 0
        return amount, int((amount * self.fee_rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def _remember(self, key: str, deed: Deed) -> None:
        """Take note of `deed`; of a refund also against its charge. A deed read twice counts once."""
        if key not in self.deeds and deed.kind == "refund" and deed.status == "captured":
            against = str(deed.item["against"])
            self.given[against] = self.given.get(against, 0) + int(deed.item["amount"])
        self.deeds[key] = deed

    def _keep(self, key: str, deed: Deed) -> None:
        if self.store:
            row = [
                key,
                deed.kind,
                deed.item,
                deed.status,
                deed.reference,
                deed.reason,
                deed.file,
                deed.captured,
            ]
            with self.store.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def _load(self) -> None:
        """Read back what was done; a torn last line (a crash while writing) is ignored."""
        for key, *rest in stored_lines(self.store):
            self._remember(key, Deed(*rest))


def _shown(key: str, deed: Deed) -> dict[str, Any]:
    return {"key": key, "status": deed.status, "reference": deed.reference, "reason": deed.reason}


def _share_of(text: str) -> float:
    """A number from 0 to 1 that `text` decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32
