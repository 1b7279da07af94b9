"""A provider's own page, as its simulator serves it: the buyer pays there by the method chosen, never with us.

SIMULATOR: it moves no money. Beside what a payment provider simulator answers:

    POST /v1/sessions        {key, amount, currency, method, reference, return_url} -> {"url"}: where the buyer pays
    GET  /pay/<id>           the page of the method: a card form, a bank's or an app's question, a mandate, a voucher
    POST /pay/<id>           a card's number, expiry and code; then the bank's question (3-D Secure) or a refusal
    POST /pay/<id>/confirm   the question answered: taken or declined, then back to `return_url`
    POST /v1/voids           {"keys"}: the page is closed for good, unless it was paid before

Of a card nothing is kept but its last four digits. Test numbers: 4000 0000 0000 0002 is declined, any other that
passes the check digit asks for the code that stands on the page. The same key is the same session and charge.
"""

from __future__ import annotations

import hashlib
import html
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from fondaco.kernel.local_http import Reply, Request
from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.provider_simulator import Deed, ProviderSimulator
from fondaco.systems.finance.domain.cards import is_card_number
from fondaco.systems.finance.domain.methods import Method
from fondaco.systems.finance.domain.payments import GIVEN_UP
from fondaco.systems.finance.rules import payment_methods

DECLINED_CARD = "4000000000000002"
CODE = "123456"
_HTML = "text/html; charset=utf-8"
_HEAD: dict[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;background:#f4f2ec;color:#1d1d1b;margin:0}"
    "main{max-width:24rem;margin:8vh auto;padding:1.5rem;background:#fff;border:1px solid #d8d4c8;border-radius:6px}"
    "h1{font-size:1.25rem;margin:0 0 .25rem}p{margin:.25rem 0 1rem}label{display:block;margin:.75rem 0 .25rem}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #8c887c;border-radius:4px}"
    "button{font:inherit;margin-top:1rem;width:100%;padding:.6rem;border:0;border-radius:4px;background:#0b5c5c;color:#fff}"
    ".note{background:#fdf3d8;border:1px solid #e2c878;padding:.5rem .75rem;border-radius:4px;font-size:.875rem}"
    ".bad{color:#9c1c1c}a{color:#0b5c5c}button.no{background:#fff;color:#1d1d1b;border:1px solid #8c887c}"
)
# What a method's own page asks, by how it makes sure of the payer: title and sentence.
_ASKS = {
    "bank": ("Your bank asks: is it you?", "Log in at your bank and approve this payment."),
    "app": ("Confirm it in the app", "Open the app on your telephone and approve this payment."),
    "pin": ("Confirm it with your PIN", "Type your PIN in the app to approve this payment."),
    "mandate": (
        "Allow it to be collected",
        "You allow this one sum to be collected from your bank account. You may ask for it back within the time that the scheme gives.",
    ),
    "none": ("Your voucher", "Show this number at a till and pay there, now or later."),
}


@dataclass
class Session:
    """One visit to the page; `last_four` is all that is kept of a card."""

    item: dict[str, Any]
    return_url: str
    last_four: str = ""

    @property
    def method(self) -> Method:
        """How the buyer pays here."""
        return payment_methods()[str(self.item["method"])]


@dataclass
class CardPages(ProviderSimulator):
    """The server; use as a context manager. Its webhooks are sent by the `sender` when something happened."""

    title = "fondaco card page simulator"
    expects = "a session, a form or a confirmation"
    most_body: ClassVar[int] = 64 * 1024

    sessions: dict[str, Session] = field(default_factory=dict)

    def respond(self, request: Request) -> Reply | None:
        """A session, a page, or what a provider simulator answers."""
        if request.path == "/v1/sessions":
            return self._open(request.json())
        if not request.path.startswith("/pay/"):
            return super().respond(request)
        _, _, place, *step = request.path.split("/")
        session = self.sessions.get(place)
        if session is None:
            return _page(
                "This page is over", "<p>Go back to the shop and start the payment again.</p>", status=404
            )
        if request.method == "GET":
            return self._back(session) if self._done(session) else _first_page(place, session)
        typed = dict(parse_qsl(request.body.decode()))
        return (
            self._confirm(session, typed, place) if step == ["confirm"] else self._card(session, typed, place)
        )

    def _open(self, body: dict[str, Any]) -> Reply:
        """A session for a key; asked for again with the same body, the same one."""
        back = str(body.pop("return_url"))
        if body["method"] not in payment_methods():
            return Reply(422, {"error": "method_not_served"})
        place = hashlib.sha256(f"{self.faults.seed}:{body['key']}".encode()).hexdigest()[:32]
        known = self.sessions.setdefault(place, Session(body, back))
        if known.item != body:
            return Reply(409, {"error": "key_reused"})
        return Reply(200, {"url": f"{self.url}/pay/{place}"})

    def _done(self, session: Session) -> bool:
        return str(session.item["key"]) in self.deeds

    def _card(self, session: Session, typed: dict[str, str], place: str) -> Reply:
        number = typed.get("number", "").replace(" ", "")
        if self._done(session):
            return self._back(session)
        if session.method.kind != "card":
            return _first_page(place, session)
        if not is_card_number(number) or not typed.get("expiry") or not typed.get("code"):
            return _card_form(place, session, "That is no card number, or a field is empty.")
        session.last_four = number[-4:]
        if number == DECLINED_CARD:
            return self._finish(session, "card_declined")
        return _question(place, session)

    def _confirm(self, session: Session, typed: dict[str, str], place: str) -> Reply:
        if self._done(session):
            return self._back(session)
        if session.method.kind == "card" and not session.last_four:
            return _card_form(place, session)
        wanted = CODE if session.method.kind == "card" else "yes"
        return self._finish(session, "" if typed.get("answer", "") == wanted else "not_confirmed")

    def _finish(self, session: Session, reason: str) -> Reply:
        """Take the money or decline, tell our side by webhook, and send the buyer back."""
        key = str(session.item["key"])
        with self._lock:
            if key not in self.deeds:
                reference = "page_" + hashlib.sha256(key.encode()).hexdigest()[:20]
                deed = Deed("charge", session.item, "declined" if reason else "captured", reference, reason)
                self._remember(key, deed)
                self._tell(key, deed)
        if self.sender:
            self.sender.flush()
        return self._back(session)

    def _void(self, key: str) -> dict[str, Any]:
        """Close the page of `key`: nobody pays there any more. What was paid or declined before stays."""
        if key not in self.deeds:
            opened = [session.item for session in self.sessions.values() if session.item["key"] == key]
            closed = Deed("charge", (opened or [{"key": key}])[0], "voided", "", GIVEN_UP)
            self._remember(key, closed)
            self._keep(key, closed)
        return super()._void(key)

    def _back(self, session: Session) -> Reply:
        return Reply(303, b"", _HTML, {"Location": session.return_url, "Cache-Control": "no-store"})


def _first_page(place: str, session: Session) -> Reply:
    """The page of the session's method."""
    return _card_form(place, session) if session.method.kind == "card" else _approval(place, session)


def _approval(place: str, session: Session) -> Reply:
    """One question, as a bank, an app or a till puts it."""
    title, sentence = _ASKS[session.method.authentication]
    voucher = session.method.kind == "voucher"
    number = f"<p><strong>{place[:12].upper()}</strong></p>" if voucher else ""
    yes, later = (
        ("Paid at the till", "Pay later: back to the shop") if voucher else ("Approve", "Back without paying")
    )
    return _page(
        title,
        f"<p>{html.escape(session.method.label)}</p>{_due(session)}<p>{sentence}</p>{number}"
        f'<form method="post" action="/pay/{place}/confirm"><button name="answer" value="yes">{yes}</button>'
        '<button class="no" name="answer" value="no">Decline</button></form>'
        f'<p><a href="{html.escape(session.return_url)}">{later}</a></p>'
        f'<p class="note">Simulator of {html.escape(session.method.label)}: no money moves.</p>',
    )


def _card_form(place: str, session: Session, wrong: str = "") -> Reply:
    said = f'<p class="bad" role="alert">{html.escape(wrong)}</p>' if wrong else ""
    return _page(
        "Pay by card",
        f"<p>{html.escape(session.method.label)}</p>{_due(session)}{said}"
        f'<form method="post" action="/pay/{place}">'
        '<label for="n">Card number</label><input id="n" name="number" inputmode="numeric" autocomplete="cc-number" required>'
        '<label for="e">Expiry</label><input id="e" name="expiry" placeholder="MM/YY" autocomplete="cc-exp" required>'
        '<label for="c">Security code</label><input id="c" name="code" inputmode="numeric" autocomplete="cc-csc" required>'
        "<button>Go on</button></form>"
        f'<p><a href="{html.escape(session.return_url)}">Back without paying</a></p>'
        '<p class="note">Simulator: no money moves. Try 4242 4242 4242 4242, or 4000 0000 0000 0002 to be declined; '
        "any expiry and code.</p>",
    )


def _question(place: str, session: Session) -> Reply:
    return _page(
        "Your bank asks: is it you?",
        f"{_due(session)}<p>Card ending in {session.last_four}. Type the code that your bank has sent you.</p>"
        f'<form method="post" action="/pay/{place}/confirm">'
        '<label for="a">Code</label><input id="a" name="answer" inputmode="numeric" autocomplete="one-time-code" required>'
        "<button>Confirm the payment</button></form>"
        f'<p class="note">Simulator of 3-D Secure: the code is {CODE}; any other declines.</p>',
    )


def _due(session: Session) -> str:
    amount = Money(int(session.item["amount"]), str(session.item["currency"]))
    return f"<p><strong>{html.escape(str(amount))}</strong> to the house’s escrow</p>"


def _page(title: str, body: str, *, status: int = 200) -> Reply:
    digest = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    head = {name: value.replace("{style}", digest) for name, value in _HEAD.items()}
    return Reply(status, text.encode(), _HTML, head)
