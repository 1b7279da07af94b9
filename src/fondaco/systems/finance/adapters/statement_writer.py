"""Writing a bank statement, as the bank simulator does: ISO 20022 camt.053.001.08."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fondaco.kernel.money import Money
from fondaco.systems.finance.adapters.iso20022 import add, document, say, xml_bytes

if TYPE_CHECKING:
    from lxml import etree

CAMT053 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Booking:
    """One booked amount: positive came in. A creditor reference in `remittance` is written as a structured one."""

    amount: Money
    reference: str
    end_to_end: str = ""
    remittance: str = ""


def house_iban(currency: str) -> str:
    """The IBAN (ISO 13616) of the house's account in `currency` at the simulated bank: well formed, of no real bank."""
    number = "FOND000000" + "00" + "".join(f"{ord(letter) - 64:02d}" for letter in currency)
    digits = "".join(str(int(character, 36)) for character in f"{number}GB00")
    return f"GB{98 - int(digits) % 97:02d}{number}"


def render_camt053(reference: str, bookings: Sequence[Booking], *, opening: Money, now: datetime) -> bytes:
    """The statement of the house's account in the currency of `opening`, booked on the day of `now`."""
    currency = opening.currency
    root, start = document(CAMT053, "BkToCstmrStmt")
    moment = now.replace(microsecond=0, tzinfo=None).isoformat()
    say(add(start, "GrpHdr"), MsgId=reference[:35], CreDtTm=moment)
    statement = add(start, "Stmt")
    say(statement, Id=reference[:35], CreDtTm=moment)
    account = add(statement, "Acct")
    say(add(account, "Id"), IBAN=house_iban(currency))
    say(account, Ccy=currency)
    closing = opening + Money.sum([each.amount for each in bookings], currency)
    for code, balance in (("OPBD", opening), ("CLBD", closing)):
        node = add(statement, "Bal")
        say(add(add(node, "Tp"), "CdOrPrtry"), Cd=code)
        _amount(node, balance)
        say(add(node, "Dt"), Dt=now.date().isoformat())
    say(add(add(statement, "TxsSummry"), "TtlNtries"), NbOfNtries=str(len(bookings)))
    for booking in bookings:
        _entry(statement, booking, now=now)
    return xml_bytes(root)


def _entry(statement: etree._Element, booking: Booking, *, now: datetime) -> None:
    entry = add(statement, "Ntry")
    say(entry, NtryRef=booking.reference[:35])
    _amount(entry, booking.amount)
    say(add(entry, "Sts"), Cd="BOOK")
    for name in ("BookgDt", "ValDt"):
        say(add(entry, name), Dt=now.date().isoformat())
    say(entry, AcctSvcrRef=booking.reference[:35])
    say(add(add(add(entry, "BkTxCd"), "Domn"), "Fmly"), Cd="ICDT" if booking.amount.minor < 0 else "RCDT")
    details = add(add(entry, "NtryDtls"), "TxDtls")
    say(
        add(details, "Refs"),
        AcctSvcrRef=booking.reference[:35],
        EndToEndId=booking.end_to_end or "NOTPROVIDED",
    )
    _amount(details, booking.amount)
    if booking.remittance.startswith("RF"):
        say(add(add(add(details, "RmtInf"), "Strd"), "CdtrRefInf"), Ref=booking.remittance[:35])
    elif booking.remittance:
        say(add(details, "RmtInf"), Ustrd=booking.remittance[:140])


def _amount(node: etree._Element, amount: Money) -> None:
    value = add(node, "Amt")
    value.text = str(abs(amount.amount))
    value.set("Ccy", amount.currency)
    say(node, CdtDbtInd="DBIT" if amount.minor < 0 else "CRDT")
