"""The languages that the agency SIMULATOR speaks: how it hears a declaration, and says what became of it.

WCO-named JSON, GACC's messages (lists, 603 and 621, answered by 604 and 622; the orders, payments and waybills
beside them; what arrives at the yard and leaves; tax bills, 816, of imports that it releases; returns; a month's summary, answered by 702 and, once granted, 792),
UK CDS (DEC; RES) and UN/EDIFACT (CUSDEC; CUSRES). Whatever the language, an answer is
told by the names of UK CDS's notifications and put into words here: GACC's returnStatus, element 7365, the
function code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from fondaco.kernel import clock
from fondaco.kernel.errors import Refused
from fondaco.platforms.window.adapters.gacc import gacc_book
from fondaco.platforms.window.domain.messages.cds.responses import write_response
from fondaco.platforms.window.domain.messages.cds.tree import CdsMessage, Node, read_message, write_message
from fondaco.platforms.window.domain.messages.edifact import book as edifact
from fondaco.platforms.window.domain.messages.edifact import cusdec, cusres
from fondaco.platforms.window.domain.messages.edifact.engine import EdifactRefused, Envelope
from fondaco.platforms.window.domain.messages.gacc.lists import DOCUMENTS, LISTS, faults_by_entry
from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING, lrn_of, make_guid
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Block, Entry, Fault, Message, MessageRefused
from fondaco.platforms.window.domain.messages.xml import read_xml
from fondaco.platforms.window.domain.messages.xmldsig import verify

LABEL = "simulator"
Keys = Callable[[], Collection[str]]
NUMBERS = {
    "DMSACC": "01", "DMSRCV": "02", "DMSREJ": "03", "DMSCTL": "05", "DMSDOC": "06", "DMSROG": "08",
    "DMSCLE": "09", "DMSTAX": "13", "DMSEOG": "16", "DMSQRY": "51", "DMSDET": "52",
}  # fmt: skip
_GACC = {
    "DMSACC": "120", "DMSRCV": "3", "DMSREJ": "100", "DMSCTL": "500", "DMSDOC": "300", "DMSROG": "800",
    "DMSCLE": "800", "DMSTAX": "399", "DMSEOG": "899", "DMSQRY": "300", "DMSDET": "501",
}  # fmt: skip
_EDIFACT = {
    "DMSACC": "1", "DMSRCV": "17", "DMSREJ": "2", "DMSCTL": "5", "DMSDOC": "6", "DMSROG": "4", "DMSCLE": "4",
    "DMSTAX": "1", "DMSQRY": "6", "DMSDET": "7",
}  # fmt: skip
# Applications by the message: the answer to it, and the field of its own number.
_APPLICATIONS = {
    "213": ("214", "coElNo"),
    "215": ("216", "coElNo"),
    "625": ("626", "copNo"),
    "605": ("606", "copNo"),
    "623": ("624", "copNo"),
    "701": ("702", "copNo"),
}
_FEN, _RETAIL_VAT = Decimal("0.01"), Decimal("0.13") * Decimal("0.7")
_OF_EXPORTS = ("604", "606", "702")
_APPLIED = frozenset({"606", "624", "702"})
_SUMMARY = {
    "DMSCTL": "300",
    "DMSROG": "399",
    "DMSCLE": "399",
}  # papers are not inspected, and are granted as assessed
GRANTS = frozenset({"DMSROG", "DMSCLE"})
_JOINT = frozenset({"507", "509", "607"})  # about several lists: their waybills, arrival and departure
_LEAVES = "509"
_TAKEN = frozenset({*LISTS, *DOCUMENTS, *_APPLICATIONS, *_JOINT})


class NotSpoken(Refused):
    code = "language-not-spoken"
    title = "The agency does not read this form."
    remedy = "Send wco, gacc, cds or edifact."


@dataclass(frozen=True, slots=True)
class Told:
    """What the agency says: a notification, when, under which number, in which lane and why."""

    code: str
    at: datetime
    mrn: str
    lane: str
    why: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A declaration as the agency heard it; `say` puts an answer into its language.

    `reference` is the trader's own (an order number), by which the lane is drawn. A `paper` is a document
    beside a declaration (order, payment, waybill; joint: about several): it is entered, and nothing else becomes of
    it. `payment` is the number of the payment that it names. `end` is said once it is granted.
    `waybill` is the list's own; `left` are those that a departure tells of.
    """

    key: str
    lrn: str
    reference: str
    export: bool
    sent: datetime
    office: str
    say: Callable[[Told], dict[str, Any]]
    paper: str = ""
    payment: str = ""
    end: Callable[[Told], dict[str, Any]] | None = None
    waybill: str = ""
    left: tuple[str, ...] = ()

    def answers(self, told: Sequence[Told]) -> list[dict[str, Any]]:
        """Every notification in the agency's language, and the end where the last of them grants it."""
        said = [self.say(one) for one in told]
        if self.end and told and told[-1].code in GRANTS:
            said.append(self.end(told[-1]))
        return said


def hear_wco(body: Mapping[str, Any]) -> Heard:
    """A WCO-named JSON object with its IdempotencyKey. Refused where it lacks something."""
    for name in ("IdempotencyKey", "FunctionalReferenceID", "IssueDateTime", "TypeCode", "GoodsShipment"):
        if not body.get(name):
            raise Refused(f"{name} is missing", field=name)
    lrn = str(body["FunctionalReferenceID"])
    return Heard(
        key=str(body["IdempotencyKey"]),
        lrn=lrn,
        reference=str((body["GoodsShipment"].get("UCR") or {}).get("TraderAssignedReferenceID") or lrn),
        export=body["TypeCode"] == "EX",
        sent=datetime.fromisoformat(str(body["IssueDateTime"])),
        office=str(body.get("DeclarationOfficeID", "ZZ")),
        say=partial(_say_wco, lrn, body.get("DutyTaxFee", [])),
    )


def hear(form: str, raw: bytes, *, keys: Keys | None = None, sent: datetime | None = None) -> list[Heard]:
    """The declarations of a message in another language; `keys` are the fingerprints registered with the agency.

    `sent` is when it was sent, for a language that does not say so (without it: now).

    Raises what reading it raises (malformed, oversized, entities, wrongly signed, by a key that is not
    registered or by a certificate past its time), MessageRefused with the faults of an unsound one, or NotSpoken.
    """
    if form == "gacc":
        return _hear_gacc(raw, keys)
    if form == "cds":
        return _hear_cds(raw, sent or clock.now())
    if form != "edifact":
        raise NotSpoken(field="form", value=form)
    return _hear_edifact(raw)


def _say_wco(lrn: str, duties: Any, told: Told) -> dict[str, Any]:
    return {
        "FunctionCode": NUMBERS[told.code],
        "NameCode": told.code,
        "FunctionalReferenceID": lrn,
        "ID": told.mrn,
        "IssueDateTime": told.at.isoformat(),
        "SelectivityLane": told.lane,
        "DutyTaxFee": duties if told.code == "DMSTAX" else [],
        "Error": [{"Description": told.why}] if told.why else [],
        "Source": LABEL,
    }


def _hear_gacc(raw: bytes, keys: Keys | None) -> list[Heard]:
    reading = parse_message(raw, book=gacc_book())
    number = reading.message.number
    if number not in _TAKEN:
        remedy = (
            "Send lists (603, 621) with their papers, waybills, arrivals and departures (607, 507, 509), "
            "withdrawals (605, 623), returns (213, 215, 625) or a month's summary (701)."
        )
        raise MessageRefused([Fault(f"/CEB{number}Message", "not-taken", "This is not answered.", remedy)])
    if reading.faults:
        single, whole = faults_by_entry(reading.faults)
        raise MessageRefused([*whole, *(fault for faults in single.values() for fault in faults)])
    if number in LISTS or reading.signed:
        verify(read_xml(raw), trusted=keys() if keys else None, at=clock.now())
    if number in _JOINT:
        return [_gacc_joint(entry, number) for entry in reading.message.entries]
    if number in LISTS:
        return [_gacc_list(entry, number) for entry in reading.message.entries]
    hear_one = _gacc_paper if number in DOCUMENTS else _gacc_application
    return [hear_one(entry.head, number) for entry in reading.message.entries]


def _gacc_paper(head: Block, number: str) -> Heard:
    """An order, payment or waybill: entered (120), and compared with its list by customs' own means."""
    sent = datetime.strptime(f"{head['appTime']}+0800", "%Y%m%d%H%M%S%z").astimezone(UTC)
    reference = str(head.get("orderNo") or head.get("logisticsNo") or "")
    answer = str(int(number) + 1)  # 303 is answered by 304, 411 by 412
    return Heard(
        key=str(head["guid"]), lrn="", reference=reference, export=False, sent=sent, office="CN",
        say=partial(_say_gacc, dict(head), answer), paper=DOCUMENTS.get(number, "joint"),
        payment=str(head.get("payTransactionId") or ""),
    )  # fmt: skip


def _gacc_joint(entry: Entry, number: str) -> Heard:
    """Waybills, an arrival or a departure: entered; what has left is closed by its waybill."""
    heard = _gacc_paper({**entry.head, "orderNo": entry.head["copNo"]}, number)
    gone = tuple(str(line["logisticsNo"]) for line in entry.lines) if number == _LEAVES else ()
    return replace(heard, left=gone)


def _gacc_list(entry: Entry, number: str) -> Heard:
    """A list; an import that is released is billed."""
    head, side = entry.head, LISTS[number]
    cop = str(head["copNo"])
    sent = datetime.strptime(f"{head['appTime']}+0800", "%Y%m%d%H%M%S%z")
    return Heard(
        key=str(head["guid"]),
        lrn=lrn_of(cop, side=side),
        reference=str(head.get("orderNo") or cop),
        export=side == "export",
        sent=sent.astimezone(UTC),
        office="CN",
        say=partial(_say_gacc, dict(head), str(int(number) + 1)),
        waybill=str(head.get("logisticsNo") or ""),
        end=partial(_say_bill, entry) if side == "import" else None,
    )


def _gacc_application(head: Block, number: str) -> Heard:
    """An application about a return or a month: the answers carry its own number, and the list's as it was given."""
    answer, name = _APPLICATIONS[number]
    sent = datetime.strptime(f"{head['appTime']}+0800", "%Y%m%d%H%M%S%z")
    return Heard(
        key=str(head["guid"]), lrn=str(head[name]), reference=str(head[name]), export=True,
        sent=sent.astimezone(UTC), office="CN",
        say=partial(_say_gacc, dict(head), answer, list_number=str(head.get("invtNo") or "")),
        end=partial(_say_result, dict(head)) if number == "701" else None,
    )  # fmt: skip


def _say_gacc(head: Block, number: str, told: Told, *, list_number: str = "") -> dict[str, Any]:
    """CEB604 or CEB622, or the answer to an application (214, 216, 626; 702), with one receipt."""
    own = _own_number(head, told, letter="E" if number in _OF_EXPORTS else "I")
    status = _SUMMARY.get(told.code, _GACC[told.code]) if number in _APPLIED else _GACC[told.code]
    said: dict[str, Any] = {
        **head, "guid": make_guid(number, str(head["guid"]), told.code), "preNo": own,
        "invtNo": list_number or own, "sumNo": own, "billNo": head.get("billNo") or "无",
        "returnStatus": status, "returnTime": f"{told.at.astimezone(BEIJING):%Y%m%d%H%M%S%f}"[:17],
        "returnInfo": f"[Code:{status};Desc:{told.why or told.code}]",
    }  # fmt: skip
    return _one_entry(number, said)


def _own_number(head: Block, told: Told, *, letter: str) -> str:
    """Customs' number of what it heard: the office, the year, a letter and nine digits."""
    digits = str(int(hashlib.sha256(told.mrn.encode()).hexdigest()[:12], 16))[-9:].rjust(9, "0")
    return f"{head.get('customsCode', '0000')}{told.at.astimezone(BEIJING):%Y}{letter}{digits}"


def _say_result(head: Block, told: Told) -> dict[str, Any]:
    """CEB792 a minute after the grant: the export declaration that was made of the lists of an application.

    The simulator keeps no lists: it weighs nothing, and says so.
    """
    at = (told.at + timedelta(minutes=1)).astimezone(BEIJING)
    said: dict[str, Any] = {
        **head, "guid": make_guid("792", str(head["guid"])), "sumNo": _own_number(head, told, letter="E"),
        "opDate": f"{at:%Y%m%d%H%M%S%f}"[:17], "declSeqNo": _own_number(head, told, letter="D"),
        "entryId": _own_number(head, told, letter="0"), "decState": "A", "grossWeight": Decimal(0),
        "netWeight": Decimal(0), "msgCount": 1, "msgSeqNo": 1, "note": "SIMULATOR: not weighed",
    }  # fmt: skip
    return _one_entry("792", said)


def _say_bill(entry: Entry, told: Told) -> dict[str, Any]:
    """CEB816 two minutes after the release: its own sum, line by line, of what the list says.

    Value-added tax of 13 % at 70 % on the price with its share of freight and insurance, no duty and no consumption
    tax: the scheme's rule within its limits (Cai Guan Shui [2016] No. 18); the simulator holds no other rate, and says so.
    """
    head, at = entry.head, (told.at + timedelta(minutes=2)).astimezone(BEIJING)
    extra = Decimal(head.get("freight") or 0) + Decimal(head.get("insuredFee") or 0)
    goods = sum((Decimal(line["totalPrice"]) for line in entry.lines), Decimal(0))
    lines = []
    for line in entry.lines:
        price = Decimal(line["totalPrice"]) * (1 + extra / goods if goods else 1)
        lines.append({
            "gnum": line["gnum"], "gcode": line["gcode"], "taxPrice": price.quantize(_FEN), "customsTax": Decimal(0),
            "valueAddedTax": (price * _RETAIL_VAT).quantize(_FEN, ROUND_HALF_UP), "consumptionTax": Decimal(0),
        })  # fmt: skip
    number = _own_number(head, told, letter="I")
    said: dict[str, Any] = {
        **head, "guid": make_guid("816", str(head["guid"])), "returnTime": f"{at:%Y%m%d%H%M%S%f}"[:17],
        "invtNo": number, "taxNo": f"{number}01", "customsTax": Decimal(0), "consumptionTax": Decimal(0),
        "valueAddedTax": sum((one["valueAddedTax"] for one in lines), Decimal(0)), "status": "1",
        "note": "SIMULATOR: 13 % at 70 %",
    }  # fmt: skip
    return _one_entry("816", said, lines=lines)


def _one_entry(
    number: str, said: Mapping[str, Any], *, lines: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A message with one entry, of the fields of `said` that it knows, and its lines."""
    book = gacc_book()
    shape = book.shape(number)
    known = {field.name for field in book.fields(shape, shape.head)}
    entry = Entry(
        {name: value for name, value in said.items() if name in known}, tuple(dict(one) for one in lines)
    )
    message = Message(number, make_guid("message", str(entry.head["guid"])), (entry,))
    return {"Form": "gacc", "Message": render_message(message, book=book).decode(), "Source": LABEL}


def _hear_cds(raw: bytes, sent: datetime) -> list[Heard]:
    message = read_message(raw)
    if message.kind != "DEC":
        raise NotSpoken("This is an answer.", field="message", value=message.kind)
    return [_cds_declaration(root, sent) for root in message.roots]


def _cds_declaration(root: Node, sent: datetime) -> Heard:
    lrn = root.get("FunctionalReferenceID")
    if not lrn:
        raise Refused("FunctionalReferenceID is missing", field="FunctionalReferenceID")
    return Heard(
        key=f"cds:{lrn}",
        lrn=lrn,
        reference=root.get("GoodsShipment/UCR/TraderAssignedReferenceID") or lrn,
        export=root.get("TypeCode").startswith(("EX", "CO")),
        sent=sent.replace(microsecond=0),  # a DEC message itself does not say
        office="GB",
        say=partial(_say_cds, lrn),
    )


def _say_cds(lrn: str, told: Told) -> dict[str, Any]:
    """A RES message with one notification."""
    errors = [("CDS12056", told.why)] if told.code == "DMSREJ" else []
    response = write_response(NUMBERS[told.code], lrn=lrn, mrn=told.mrn, at=told.at, errors=errors)
    text = write_message(CdsMessage("RES", (response,))).decode()
    return {"Form": "cds", "Message": text, "SelectivityLane": told.lane, "Source": LABEL}


def _hear_edifact(raw: bytes) -> list[Heard]:
    heard = []
    for one in edifact.read(raw):
        if one.kind != "CUSDEC" or one.faults:
            raise EdifactRefused(
                one.faults or [Fault("UNH", "not-taken", "Only CUSDEC is answered.", "Send CUSDEC.")]
            )
        said = cusdec.read_facts(one.facts)
        heard.append(
            Heard(
                key=f"edifact:{said.lrn}:{said.version}",
                lrn=said.lrn,
                reference=said.reference or said.lrn,
                export=said.kind == "export",
                sent=said.issued_at,
                office=said.country,
                say=partial(_say_edifact, said.lrn, said.country),
            )
        )
    return heard


def _say_edifact(lrn: str, country: str, told: Told) -> dict[str, Any]:
    """A CUSRES that answers one declaration."""
    answer = cusres.Answer(lrn, _EDIFACT[told.code], told.at, told.mrn, told.why)
    number = hashlib.sha256(f"{lrn}{told.code}".encode()).hexdigest()[:14].upper()
    envelope = Envelope(f"CUSTOMS-{country}", "FONDACO", number, told.at)
    raw = edifact.render("CUSRES", [cusres.facts_of(answer, number=number)], envelope=envelope)
    return {"Form": "edifact", "Message": raw.decode(), "SelectivityLane": told.lane, "Source": LABEL}
