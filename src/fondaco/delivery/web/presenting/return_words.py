"""Returns in words: clocks, routes, claims, the log; what the reader may do; why a route, why an amount."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.presenting.declaring import answer_word
from fondaco.delivery.web.states import look_of
from fondaco.delivery.web.templatetags.fondaco import said
from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window.public import (
    ApplicationRow,
    Claimable,
    ClaimRow,
    LineRow,
    MoveKind,
    PartRow,
    ReturnReason,
    ReturnSheet,
    VerdictRow,
    wanted_messages,
)
from fondaco.systems.finance.public import reference_for

Words = Mapping[str, str | Promise]

BY_CLOCK: Words = {
    "past": _l("Past a clock"), "week": _l("Due within a week"), "later": _l("Later"), "none": _l("No clock runs"),
}  # fmt: skip
CLOCKS: Words = {
    "CN-CBEC-30": _l("Apply for the return, tax not levied"),
    "CN-CBEC-45": _l("Back at the supervised place, tax not levied"),
    "CN-EXPORT-1Y": _l("Back into China as a return"),
    "CN-EXPORT-6M": _l("Back into China free of duty and VAT"),
    "GB-RGR-3Y": _l("Back into the UK, returned goods relief"),
    "EU-RGR-3Y": _l("Back into the Union, returned goods relief"),
    "US-9801-3Y": _l("Back into the US free of duty, 9801.00.10"),
    "EU-INVALIDATE-90": _l("Sent back to the supplier, declaration invalidated"),
    "EU-DEFECT-1Y": _l("Claim duty on defective goods"),
    "GB-WITHDRAW-90": _l("Withdraw the import declaration"),
    "GB-REJECT-1Y": _l("Claim duty and VAT on rejected imports"),
    "US-DRAWBACK-5Y": _l("Claim drawback"),
    "JP-REEXPORT-6M": _l("Sent back, duty refunded"),
    "EU-WITHDRAWAL-14": _l("The buyer may withdraw"),
    "EU-SEND-BACK-14": _l("The buyer sends the goods back"),
    "EU-REFUND-14": _l("Pay the buyer back"),
    "GB-WITHDRAWAL-14": _l("The buyer may cancel"),
    "GB-REFUND-14": _l("Pay the buyer back"),
    "CN-NO-REASON-7": _l("The buyer may return without a reason"),
}
CLAIMS: Words = {
    "cn-untaxed": _l("Tax not levied"), "eu-ioss": _l("IOSS: VAT corrected in the next return"),
    "eu-invalidate": _l("Declaration invalidated"), "eu-defect": _l("Repayment for defective goods"),
    "gb-withdraw": _l("Import declaration withdrawn"), "gb-reject": _l("Rejected imports"),
    "us-drawback": _l("Drawback"), "jp-reexport": _l("Refund on re-export"),
}  # fmt: skip
_ACTORS: Words = {
    "demo": _l("the demonstration"),
    "returns": _l("the return centre"),
    "agency": _l("customs agency"),
}  # who is no person
_CLOSED: Words = {
    "grade": _l("not for goods of this grade"), "no-store-here": _l("the seller keeps no stock there"),
    "zone-time-over": _l("the time in the zone is over"), "unsafe": _l("unsafe goods go nowhere else"),
    "is-home": _l("the goods are home already"), "not-in-a-zone": _l("the goods are not under customs supervision"),
}  # fmt: skip
_NOTES: Words = {
    "relief-over": _l("duty would be due: the time for relief is over"), "witness": _l("before an officer, with a certificate"),
}  # fmt: skip
_WHY_NOT: Words = {
    "only-for-fault": _l("only for goods at fault"), "too-late": _l("the time is over"),
    "needs-out": _l("waits until the goods have left the country"),
    "needs-destroyed-or-out": _l("waits until the goods have left the country or are destroyed"),
    "needs-back": _l("waits until the goods are back"), "needs-refund": _l("waits until the buyer is paid back"),
}  # fmt: skip
_STATES: Words = {
    "met": _l("Met"), "missed": _l("Missed"), "due": _l("Due"), "running": _l("Running"),
    "over": _l("Ended with the return"),
}  # fmt: skip
_TONES = {"met": "good", "missed": "stop", "due": "wait", "running": "info", "over": ""}
_ICONS = {
    "met": "circle-check",
    "missed": "clock-alert",
    "due": "clock",
    "running": "clock",
    "over": "circle-minus",
}
_EVENTS: Words = {
    "opened": _l("Return opened"), "authorise": _l("Authorised"), "refuse": _l("Refused"), "cancel": _l("Cancelled"),
    "post": _l("Handed to the carrier"), "arrive": _l("Arrived at the return centre"), "grade": _l("Inspected"),
    "route": _l("Route decided"), "moved": _l("Left the centre"), "witnessed": _l("Destruction witnessed"),
    "close": _l("Return done"), "refund": _l("Back to the buyer"), "clock_due": _l("A clock runs out"), "lapse": _l("Never arrived"),
    "claim_opened": _l("Claim opened"), "claim_lodge": _l("Claim lodged"), "claim_grant": _l("Claim granted"),
    "claim_refuse": _l("Claim refused"), "claim_pay": _l("Claim paid"), "claim_appeal": _l("Claim lodged again"),
    "claim_withdraw": _l("Claim withdrawn"), "claim_lapse": _l("Claim lapsed"), "reimport": _l("Declared coming home"),
    "home": _l("Home again"),
    "drawn": _l("Application drawn up"), "send": _l("Application sent"), "photo": _l("Photograph added"),
}  # fmt: skip
_STAGES: tuple[tuple[str, str | Promise], ...] = (
    ("authorised", _l("Authorised")), ("in_transit", _l("On its way back")), ("arrived", _l("At the return centre")),
    ("graded", _l("Inspected")), ("routed", _l("Route decided")), ("closed", _l("Done")),
)  # fmt: skip


def route_word(route: str) -> str:
    """A route in words."""
    return str(dict(MoveKind.choices).get(route, route))


def case_context(sheet: ReturnSheet, scope: Scope, *, today: date) -> dict[str, Any]:
    """What the page of one return shows to a reader."""
    seller = scope.kind in (Kind.SELLER, Kind.PLATFORM)
    supervises = scope.kind == Kind.CUSTOMS and scope.organisation_id == sheet.authority_id
    state = sheet.row.state
    verdicts = [verdict for line in sheet.lines for verdict in line.verdicts]
    return {
        "sheet": sheet, "row": sheet.row, "reason": dict(ReturnReason.choices)[sheet.row.reason],
        "steps": [word for _name, word in _STAGES], "at": _place(state),
        "lines": [(line, [_verdict_shown(v) for v in line.verdicts]) for line in sheet.lines],
        "clocks": [_clock_shown(clock, today) for clock in sheet.clocks],
        "claims": [
            (claim, CLAIMS.get(claim.code, claim.code), reference_for(f"claim:{claim.id}")) for claim in sheet.claims
        ],
        "claimable": _open_ways(sheet),
        "log": [_event_shown(entry) for entry in sheet.log],
        "may": {
            "sell": seller, "witness": supervises, "claim": seller or supervises, "grant": supervises or scope.is_operator,
            "cancel": scope.kind != Kind.CUSTOMS and state in ("requested", "authorised"),
            "post": scope.kind != Kind.CUSTOMS and state == "authorised",
            "label": scope.kind != Kind.CUSTOMS and state in ("authorised", "in_transit"),
            "certificate": any(v.witnessed_at for v in verdicts),
            "open_claims": seller and _can_open(sheet),
        },
        "messages": _messages(sheet) if seller else (),
        "applications": _applications(sheet),
        "parts": _parts_shown(sheet),
        "several": _several(sheet),
        "grades": ("A", "B", "C"),
        "routes": MoveKind.choices[1:],
        "conserved": all(line.on_hand >= 0 for line in sheet.lines),
    }  # fmt: skip


def _can_open(sheet: ReturnSheet) -> bool:
    """Whether something can be claimed of a declaration of which nothing was claimed yet."""
    claimed = {claim.part for claim in sheet.claims}
    return any(
        not one.why_not and one.rule.how == "claim" and one.part not in claimed for one in sheet.claimable
    )


def _open_ways(sheet: ReturnSheet) -> list[tuple[str | Promise, Claimable, str | Promise]]:
    """The ways to get duty or tax back that nobody has gone yet, each with why it is closed, if it is."""
    gone = [claim for claim in sheet.claims if claim.state not in ("withdrawn", "lapsed")]
    had = {(charge, claim.part) for claim in gone for charge in ("duty", "tax") if getattr(claim, charge)}
    codes = {(claim.code, claim.part) for claim in gone}
    found = []
    for one in sheet.claimable:
        taken = all((charge, one.part) in had for charge in one.rule.charges)
        why = _l("claimed another way") if taken else _WHY_NOT.get(one.why_not, one.why_not)
        if (one.rule.code, one.part) not in codes:
            found.append((CLAIMS.get(one.rule.code, one.rule.code), one, why))
    return found


def _messages(sheet: ReturnSheet) -> tuple[str, ...]:
    """The applications that Chinese customs wants of this return: not drawn up yet, or not taken in."""
    wanted = wanted_messages(sold_into=sheet.row.sold_into, sent_from=sheet.sent_from)
    known = {one.message for one in sheet.applications}
    again = {one.message for one in sheet.applications if one.state in ("drawn", "sent", "refused")}
    return tuple(message for message in wanted if message not in known or message in again)


def _several(sheet: ReturnSheet) -> bool:
    """Whether the goods came under more than one declaration on a side."""
    return any(one.part > 1 for one in sheet.parts)


def _applications(sheet: ReturnSheet) -> list[dict[str, Any]]:
    """Each application with the number of the list it names, its pieces and customs' last answer."""
    numbers = {one.declaration_id: one.number for one in sheet.parts}
    return [
        {"row": row, "number": numbers.get(row.declaration_id, ""), "answer": answer and _answered(answer)}
        for row in sheet.applications
        for answer in [_last_answer(sheet, row)]
    ]


def _answered(status: str) -> str:
    """Customs' answer in words, with its code."""
    return _("Customs: %(word)s (%(code)s)") % {"word": answer_word(status), "code": status}


def _last_answer(sheet: ReturnSheet, row: ApplicationRow) -> str:
    """The code of customs' last answer to an application; empty where it has not answered."""
    told = [
        entry.code.removeprefix("customs_")
        for entry in sheet.log
        if entry.code.startswith("customs_")
        and (entry.detail.get("message"), entry.detail.get("part", 1)) == (row.message, row.part)
    ]
    return told[-1] if told else ""


def _parts_shown(sheet: ReturnSheet) -> dict[UUID, list[PartRow]]:
    """By line, the declarations its pieces came under; only where there are several on a side."""
    found: dict[UUID, list[PartRow]] = {}
    for one in sheet.parts if _several(sheet) else ():
        if one.number:
            found.setdefault(one.line_id, []).append(one)
    return found


def _place(state: str) -> int:
    names = [name for name, _word in _STAGES]
    return len(names) if state == "closed" else names.index(state) if state in names else 0


def _verdict_shown(verdict: VerdictRow) -> dict[str, Any]:
    return {"v": verdict, "route": route_word(verdict.route) if verdict.route else ""}


def _clock_shown(clock: Any, today: date) -> dict[str, Any]:
    state = clock.state(today)
    return {
        "clock": clock, "name": CLOCKS.get(clock.code, clock.code), "state": state, "word": _STATES[state],
        "tone": _TONES[state], "icon": _ICONS[state], "left": clock.days_left(today),
        "sure": clock.confidence == "A", "part": clock.part,
    }  # fmt: skip


def _event_shown(entry: Any) -> dict[str, Any]:
    code = entry.code
    title = _EVENTS.get(code) or _answered(code.removeprefix("customs_"))
    told = entry.detail
    note = [str(told[name]) for name in ("why", "note", "reference") if told.get(name)]
    if told.get("message"):
        note.append(f"CEB{told['message']}")
    if told.get("clock"):
        note.append(str(CLOCKS.get(told["clock"], told["clock"])))
    if told.get("state"):
        note.append(str(look_of(str(told["state"])).word))
    if told.get("route"):
        note.insert(0, route_word(str(told["route"])))
    if told.get("part", 1) > 1:
        note.append(_("consignment %(n)s") % {"n": told["part"]})
    if told.get("pieces"):
        note.append(_("%(n)s pieces") % {"n": told["pieces"]})
    missed = code in ("clock_due", "refuse", "claim_refuse", "claim_lapse", "lapse")
    return {"title": title, "note": " · ".join(note), "at": entry.at, "who": str(_ACTORS.get(entry.actor, entry.actor)), "tone": "wait" if missed else "good",
            "icon": "clock-alert" if missed else "circle-check"}  # fmt: skip


def explain_part(sheet: ReturnSheet, part_id: UUID) -> Explanation:
    """The Why of a line's duty and tax, or of the route of its graded pieces, by whose id it is. NotFound."""
    line = next((one for one in sheet.lines if one.id == part_id), None)
    return explain_route(sheet, part_id) if line is None else _explain_line(line)


def _explain_line(line: LineRow) -> Explanation:
    """The share of a line's duty and tax that the pieces coming back carry."""
    share = _("%(n)s of %(sold)s pieces") % {"n": line.quantity, "sold": line.sold}
    return Explanation(
        f"{_('Duty and tax')} · {line.sku}",
        line.duty + line.tax,
        _(
            "What the pieces that come back carry of the duty and tax on their line, rounded so that all pieces together carry it whole."
        ),
        (
            Step(_("Duty on the whole line"), line.duty_of_line),
            Step(_("Duty"), line.duty, share),
            Step(_("Tax on the whole line"), line.tax_of_line),
            Step(_("Tax"), line.tax, share),
        ),
    )


def explain_route(sheet: ReturnSheet, verdict_id: UUID) -> Explanation:
    """Every route as weighed: what it brings, what it costs, why it is closed. NotFound."""
    found = [v for line in sheet.lines for v in line.verdicts if v.id == verdict_id]
    if not found or not found[0].route:
        raise NotFound(field="verdict", value=verdict_id)
    verdict, currency = found[0], sheet.row.value.currency
    steps = [_weighed(one, currency, policy=sheet.policy) for one in verdict.weighed]
    if verdict.overruled_why:
        steps.append(Step(_("A person chose otherwise"), None, verdict.overruled_why))
    return Explanation(
        _("Why this route: %(route)s") % {"route": route_word(verdict.route)}, None,
        _("The open route that brings most is taken. The figures are the house's working figures, not measured."),
        tuple(steps),
    )  # fmt: skip


def _weighed(one: Mapping[str, Any], currency: str, *, policy: str) -> Step:
    closed = [str(_CLOSED.get(code, code)) for code in one["why_not"]]
    notes = [str(_NOTES.get(code, code)) for code in one["notes"]]
    said = _("worth %(worth)s, costs %(cost)s") % {
        "worth": Money(one["worth"], currency), "cost": Money(one["cost"], currency),
    }  # fmt: skip
    told = _("closed: %(why)s") % {"why": ", ".join(closed)} if closed else "; ".join([said, *notes])
    return Step(
        route_word(one["route"]), None if closed else Money(one["net"], currency), told, source=policy
    )


def explain_claim(claim: ClaimRow) -> Explanation:
    """Each line's share of the assessed bill, and the share that the law gives back."""
    currency, worked = claim.amount.currency, claim.worked
    steps = [
        Step(
            row["sku"], Money(row["duty"] + row["tax"], currency),
            _("%(n)s of %(sold)s pieces; duty paid %(duty)s, tax paid %(tax)s on these %(sold)s") % {
                "n": row["pieces"], "sold": row["sold"], "duty": Money(row["duty_paid"], currency),
                "tax": Money(row["tax_paid"], currency),
            },
            rule=claim.code,
        )
        for row in worked["lines"]
    ]  # fmt: skip
    steps.append(
        Step(
            _("Share that is given back"),
            f"{worked['share_bp'] / 100:g} %",
            said(claim.form),
            source=str(worked["source"]),
        )
    )
    if claim.granted:
        steps += [
            Step(_("Claimed"), claim.amount),
            Step(_("Granted"), claim.granted, _("as the authority decided")),
            Step(_("Difference"), claim.granted - claim.amount),
        ]
    return Explanation(str(CLAIMS.get(claim.code, claim.code)), claim.amount, "", tuple(steps))
