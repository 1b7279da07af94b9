"""Writing bank statements as a bank does: camt.053.001.08, for the benches and tests of reconciliation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape


@dataclass(frozen=True, slots=True)
class Booked:
    """One booked entry; `minor` > 0 came in (two decimals)."""

    key: str
    text: str
    minor: int
    on: date


def write_camt(
    reference: str, account: str, currency: str, entries: Sequence[Booked], *, opening: int = 0
) -> bytes:
    """A statement whose balances fit its entries."""
    body = "".join(_entry(number, one, currency) for number, one in enumerate(entries, start=1))
    closing = opening + sum(one.minor for one in entries)
    day = max((one.on for one in entries), default=date(2026, 10, 1)).isoformat()
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>{escape(reference)}</MsgId><CreDtTm>{day}T20:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>{escape(reference)}</Id><CreDtTm>{day}T20:00:00Z</CreDtTm>
<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>
{_balance("OPBD", opening, currency, day)}{_balance("CLBD", closing, currency, day)}
<TxsSummry><TtlNtries><NbOfNtries>{len(entries)}</NbOfNtries></TtlNtries></TxsSummry>
{body}</Stmt></BkToCstmrStmt></Document>""".encode()


def _balance(code: str, minor: int, currency: str, day: str) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(minor, currency)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def _amount(minor: int, currency: str) -> str:
    sign = "CRDT" if minor >= 0 else "DBIT"
    return f'<Amt Ccy="{currency}">{Decimal(abs(minor)).scaleb(-2)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'


def _entry(number: int, one: Booked, currency: str) -> str:
    refs = f"<EndToEndId>{escape(one.key or 'NOTPROVIDED')}</EndToEndId>"
    words = f"<RmtInf><Ustrd>{escape(one.text)}</Ustrd></RmtInf>" if one.text else ""
    day = one.on.isoformat()
    return (
        f"<Ntry><NtryRef>{number}</NtryRef>{_amount(one.minor, currency)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<NtryDtls><TxDtls><Refs>{refs}</Refs>{_amount(one.minor, currency)}{words}</TxDtls></NtryDtls></Ntry>\n"
    )
