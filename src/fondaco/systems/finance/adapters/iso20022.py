"""Credit transfers after ISO 20022: pain.001.001.09 out, the bank's pain.002.001.10 in; and their shapes checked.

Shapes are those of the message definition report "Payments Initiation" of ISO 20022: which elements a
building block holds, in which order, and which of them must be there. No schema file is at hand, so the
check here stands in for it: `flaws_of` names each block that is out of shape.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.payouts import BankAnswer, BankOrder

if TYPE_CHECKING:
    from lxml import etree

PAIN001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
PAIN002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
EXECUTED, REFUSED, PENDING = "ACSC", "RJCT", "PDNG"
_STATUSES = {EXECUTED: "executed", REFUSED: "refused"}

# Block: its elements in order; "!" must be there, "+" may come more than once.
_SHAPES: Mapping[str, str] = {
    "Document": "CstmrCdtTrfInitn!",
    "CstmrCdtTrfInitn": "GrpHdr! PmtInf!+ SplmtryData+",
    "GrpHdr": "MsgId! CreDtTm! Authstn+ NbOfTxs! CtrlSum InitgPty! FwdgAgt",
    "PmtInf": (
        "PmtInfId! PmtMtd! BtchBookg NbOfTxs CtrlSum PmtTpInf ReqdExctnDt! PoolgAdjstmntDt Dbtr! DbtrAcct! DbtrAgt! "
        "DbtrAgtAcct InstrForDbtrAgt UltmtDbtr ChrgBr ChrgsAcct ChrgsAcctAgt CdtTrfTxInf!+"
    ),
    "CdtTrfTxInf": (
        "PmtId! PmtTpInf Amt! XchgRateInf ChrgBr MndtRltdInf ChqInstr UltmtDbtr IntrmyAgt1 IntrmyAgt1Acct CdtrAgt "
        "CdtrAgtAcct Cdtr CdtrAcct UltmtCdtr InstrForCdtrAgt+ InstrForDbtrAgt Purp RgltryRptg+ Tax RltdRmtInf+ RmtInf"
    ),
    "PmtId": "InstrId EndToEndId! UETR",
}
_LONGEST = {"MsgId": 35, "PmtInfId": 35, "EndToEndId": 35, "Nm": 140, "Ustrd": 140}


class BadBankMessage(Refused):
    code = "bad-bank-message"
    title = "This bank message is out of shape."
    remedy = "Compare it with the message definition report of ISO 20022; nothing was sent or booked."


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who pays: the house at its bank. `account` and `agent` are an IBAN and a BIC, or the bank's own names."""

    name: str
    account: str = "FONDACO-HOUSE"
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer as a bank reads it out of a pain.001."""

    end_to_end: str
    amount: Money
    party: str


def end_to_end_of(key: str) -> str:
    """The end-to-end id of an order: the id in its key without dashes, 32 of 35 characters."""
    return key.rpartition(":")[2].replace("-", "")[:35]


def render_pain001(
    message_id: str, orders: Sequence[BankOrder], *, debtor: Debtor, now: datetime, on: date
) -> bytes:
    """The instruction for `orders`, one block a currency, to be carried out on `on`. BadBankMessage for none."""
    if not orders:
        raise BadBankMessage("No transfer in it.", field="orders")
    by_currency: dict[str, list[BankOrder]] = defaultdict(list)
    for order in orders:
        by_currency[order.amount.currency].append(order)
    root, start = document(PAIN001, "CstmrCdtTrfInitn")
    header = add(start, "GrpHdr")
    say(header, MsgId=message_id[:35], CreDtTm=now.replace(microsecond=0, tzinfo=None).isoformat())
    say(header, NbOfTxs=str(len(orders)), CtrlSum=_sum(orders))
    say(add(header, "InitgPty"), Nm=debtor.name[:140])
    for currency, group in sorted(by_currency.items()):
        _block(start, f"{message_id[:31]}-{currency}", group, currency=currency, debtor=debtor, on=on)
    return xml_bytes(root)


def read_pain001(content: bytes) -> tuple[str, list[Transfer]]:
    """The message id and the transfers of a pain.001, as a bank reads it. BadBankMessage."""
    root = parse(content, PAIN001)
    if flaws := flaws_of(root):
        raise BadBankMessage(flaws[0], field="Document")
    found = [_transfer(node) for node in root.iter(f"{{{PAIN001}}}CdtTrfTxInf")]
    if _text(root, "NbOfTxs") != str(len(found)):
        raise BadBankMessage("NbOfTxs is not the number of transfers.", field="NbOfTxs")
    return _text(root, "MsgId"), found


def render_pain002(message_id: str, answers: Iterable[tuple[str, BankAnswer]], *, now: datetime) -> bytes:
    """The bank's report on each transfer (end-to-end id, answer) of the instruction `message_id`."""
    codes = {word: code for code, word in _STATUSES.items()}
    root, report = document(PAIN002, "CstmrPmtStsRpt")
    header = add(report, "GrpHdr")
    say(header, MsgId=f"R{message_id}"[:35], CreDtTm=now.replace(microsecond=0, tzinfo=None).isoformat())
    say(add(report, "OrgnlGrpInfAndSts"), OrgnlMsgId=message_id, OrgnlMsgNmId="pain.001.001.09")
    block = add(report, "OrgnlPmtInfAndSts")
    say(block, OrgnlPmtInfId=message_id[:35])
    for end_to_end, answer in answers:
        status = add(block, "TxInfAndSts")
        say(status, OrgnlEndToEndId=end_to_end, TxSts=codes.get(answer.status, PENDING))
        if answer.reason:
            say(add(add(status, "StsRsnInf"), "Rsn"), Prtry=answer.reason[:35])
        if answer.reference:
            say(status, AcctSvcrRef=answer.reference[:35])
    return xml_bytes(root)


def read_pain002(content: bytes) -> dict[str, BankAnswer]:
    """What the bank says of each transfer, by end-to-end id. BadBankMessage."""
    root = parse(content, PAIN002)
    found = {}
    for node in root.iter(f"{{{PAIN002}}}TxInfAndSts"):
        key = _text(node, "OrgnlEndToEndId")
        status = _STATUSES.get(_text(node, "TxSts"), "pending")
        found[key] = BankAnswer(key, status, _text(node, "AcctSvcrRef"), _text(node, "Prtry"))
    return found


def flaws_of(root: etree._Element) -> list[str]:
    """Each block of a pain.001 that is out of shape, in words; empty for a sound message."""
    flaws = []
    for node in root.iter():
        name = _name(node)
        if name in _SHAPES:
            flaws += [f"{name}: {flaw}" for flaw in _out_of_shape([_name(c) for c in node], _SHAPES[name])]
        if len(node.text or "") > _LONGEST.get(name, 1_000_000):
            flaws.append(f"{name}: longer than {_LONGEST[name]} characters")
    return flaws


def parse(content: bytes, space: str) -> etree._Element:
    """The document, parsed without entities or network. BadBankMessage for another message or bad XML."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise BadBankMessage(str(exc)[:200], field="file") from exc
    if b"<!DOCTYPE" in content or root.tag != f"{{{space}}}Document":
        raise BadBankMessage("Another message was expected.", field="Document", value=root.tag[:120])
    return root


def _block(
    start: etree._Element, name: str, orders: Sequence[BankOrder], *, currency: str, debtor: Debtor, on: date
) -> None:
    block = add(start, "PmtInf")
    say(block, PmtInfId=name, PmtMtd="TRF", NbOfTxs=str(len(orders)), CtrlSum=_sum(orders))
    say(add(block, "ReqdExctnDt"), Dt=on.isoformat())
    say(add(block, "Dbtr"), Nm=debtor.name[:140])
    account = _account(block, "DbtrAcct", debtor.account)
    say(account, Ccy=currency)
    bank = add(add(block, "DbtrAgt"), "FinInstnId")
    if debtor.agent:
        say(bank, BICFI=debtor.agent)
    else:
        say(add(bank, "Othr"), Id="NOTPROVIDED")
    say(block, ChrgBr="SLEV")
    for order in orders:
        _order(block, order)


def _order(block: etree._Element, order: BankOrder) -> None:
    node = add(block, "CdtTrfTxInf")
    say(add(node, "PmtId"), EndToEndId=end_to_end_of(order.key))
    amount = add(add(node, "Amt"), "InstdAmt")
    amount.text = str(order.amount.amount)
    amount.set("Ccy", order.amount.currency)
    say(add(node, "Cdtr"), Nm=(order.name or str(order.owner_id))[:140])
    _account(node, "CdtrAcct", order.account or str(order.owner_id).replace("-", ""))
    say(add(node, "RmtInf"), Ustrd=order.key[:140])


def _account(node: etree._Element, name: str, number: str) -> etree._Element:
    account = add(node, name)
    kind = add(account, "Id")
    if number[:2].isalpha() and number[2:4].isdigit() and len(number) <= 34:
        say(kind, IBAN=number)
    else:
        say(add(kind, "Othr"), Id=number[:34])
    return account


def _transfer(node: etree._Element) -> Transfer:
    amount = next(node.iter(f"{{{PAIN001}}}InstdAmt"))
    account = next(node.iter(f"{{{PAIN001}}}CdtrAcct"))
    party = _text(account, "IBAN") or _text(account, "Id")
    value = Money.exactly(Decimal(amount.text or "0"), amount.get("Ccy") or "")
    return Transfer(_text(node, "EndToEndId"), value, party)


def _out_of_shape(children: Sequence[str], shape: str) -> list[str]:
    """What is missing, unknown, out of order or too often among `children`."""
    parts = [part.rstrip("!+") for part in shape.split()]
    must = [part.rstrip("!+") for part in shape.split() if "!" in part]
    many = {part.rstrip("!+") for part in shape.split() if "+" in part}
    places = [parts.index(child) for child in children if child in parts]
    flaws = [f"{name} is missing" for name in must if name not in children]
    flaws += [f"{name} does not belong here" for name in children if name not in parts]
    flaws += ["elements are out of order"] if places != sorted(places) else []
    return flaws + [f"{n} comes twice" for n in set(children) - many if list(children).count(n) > 1]


def _sum(orders: Sequence[BankOrder]) -> str:
    return str(sum((order.amount.amount for order in orders), Decimal(0)))


def document(space: str, name: str) -> tuple[etree._Element, etree._Element]:
    """A new document of the name space, and its one message element."""
    from lxml import etree

    root = etree.Element(f"{{{space}}}Document", nsmap={None: space})  # type: ignore[dict-item]
    return root, add(root, name)


def add(parent: etree._Element, name: str) -> etree._Element:
    """A new last child of `parent` in its name space."""
    from lxml import etree

    return etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")


def say(parent: etree._Element, **texts: str) -> None:
    """New last children of `parent` that hold these texts, in this order."""
    for name, text in texts.items():
        add(parent, name).text = text


def _text(node: etree._Element, name: str) -> str:
    from lxml import etree

    space = etree.QName(node).namespace
    found = next((one for one in node.iter(f"{{{space}}}{name}") if (one.text or "").strip()), None)
    return (found.text or "").strip() if found is not None else ""


def _name(node: etree._Element) -> str:
    from lxml import etree

    return str(etree.QName(node).localname)


def xml_bytes(root: etree._Element) -> bytes:
    """The document in UTF-8 with its declaration."""
    from lxml import etree

    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return made
