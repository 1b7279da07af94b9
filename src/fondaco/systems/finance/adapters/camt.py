"""Reading bank statements: ISO 20022 camt.053 (BankToCustomerStatement), versions 001.02 to 001.13.

Read after the message definition report of ISO 20022, Bank-to-Customer Cash Management. Only booked entries
(Sts BOOK) are taken. A statement is refused whole, with nothing kept, where it does not add up: opening balance and
entries must give the closing balance, the transactions of an entry its amount, the summary the number of entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from fondaco.kernel.cards import masked
from fondaco.kernel.errors import FondacoError, Refused
from fondaco.kernel.money import exponent

if TYPE_CHECKING:
    from lxml import etree

MOST_BYTES = 64 * 1024 * 1024
_AMOUNT = re.compile(r"[0-9]{1,14}(\.[0-9]{1,5})?")  # the schema allows 18 digits in all, a bigint does not
_SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."


class BadStatement(Refused):
    code = "bad-statement"
    title = "This bank statement cannot be used."
    remedy = "Ask the bank for the statement again, as camt.053 in UTF-8. Nothing was taken in or posted."


@dataclass(frozen=True, slots=True)
class BankLine:
    """One booked transaction: `amount_minor` > 0 came in. `key` is the end-to-end id, `text` what was written with it."""

    number: int
    key: str
    text: str
    currency: str
    amount_minor: int
    booked_on: date
    valued_on: date
    bank_reference: str
    batch: str = ""


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One account's statement: its balances in minor units and its booked lines."""

    reference: str
    account: str
    currency: str
    first_on: date
    last_on: date
    opening_minor: int
    closing_minor: int
    lines: tuple[BankLine, ...]


def read_statements(content: bytes) -> list[BankStatement]:
    """The statements in a camt.053 document. BadStatement names what is wrong and where."""
    from lxml import etree

    root = _root(content)
    space = etree.QName(root).namespace or ""
    if etree.QName(root).localname != "Document" or not space.startswith(_SPACE):
        raise BadStatement("This is no camt.053 document.", field="file", value=space[:80])
    reader = _Reader(space)
    found = [reader.statement(node) for node in root.iterfind(f"{{{space}}}BkToCstmrStmt/{{{space}}}Stmt")]
    if not found:
        raise BadStatement("There is no statement in it.", field="Stmt")
    if len({(one.account, one.reference) for one in found}) < len(found):
        raise BadStatement("It holds the same statement twice.", field="Stmt")
    return found


def _root(content: bytes) -> etree._Element:
    """Parse without entities, network or document types; UTF-8 only."""
    from lxml import etree

    if len(content) > MOST_BYTES:
        raise BadStatement(f"The file is larger than {MOST_BYTES} bytes.", field="file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadStatement("The file is not UTF-8.", field="file", value=f"byte {exc.start}") from exc
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadStatement("The file declares a document type or entities.", field="file")
    # Read as the UTF-8 that was looked through, whatever encoding its first line names
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise BadStatement(str(exc)[:200], field="file") from exc


class _Reader:
    """Finds elements by their short path in one version's name space."""

    def __init__(self, space: str) -> None:
        self.space = space

    def all(self, node: etree._Element, path: str) -> list[etree._Element]:
        return node.findall("/".join(f"{{{self.space}}}{step}" for step in path.split("/")))

    def text(self, node: etree._Element, *paths: str) -> str:
        """The first of `paths` that says something."""
        for path in paths:
            for found in self.all(node, path):
                if said := (found.text or "").strip():
                    return said
        return ""

    def statement(self, node: etree._Element) -> BankStatement:
        reference, account = self.text(node, "Id"), self.text(node, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        balances = {self.text(b, "Tp/CdOrPrtry/Cd"): b for b in self.all(node, "Bal")}
        opening, closing = balances.get("OPBD", balances.get("PRCD")), balances.get("CLBD")
        if not reference or not account or opening is None or closing is None:
            raise BadStatement(
                "Identification, account, opening and closing balance are needed.",
                field="Stmt",
                value=reference,
            )
        currency = self.text(node, "Acct/Ccy") or self._amount(closing)[1]
        entries = [e for e in self.all(node, "Ntry") if self.text(e, "Sts/Cd", "Sts") == "BOOK"]
        lines = tuple(line for e in entries for line in self._entry(e, currency))
        first, last = self._signed(opening, currency), self._signed(closing, currency)
        self._check(
            node, reference, entries, difference=last - first - sum(line.amount_minor for line in lines)
        )
        days = [line.booked_on for line in lines] or [self._day(closing, "Dt")]
        return BankStatement(
            reference[:80], account[:80], currency, min(days), max(days), first, last,
            tuple(_numbered(lines)),
        )  # fmt: skip

    def _check(
        self, node: etree._Element, reference: str, entries: list[etree._Element], *, difference: int
    ) -> None:
        told = self.text(node, "TxsSummry/TtlNtries/NbOfNtries")
        if told and told != str(len(self.all(node, "Ntry"))):
            raise BadStatement(
                f"It announces {told} entries and has {len(entries)}.", field="NbOfNtries", value=reference
            )
        if difference:
            raise BadStatement(f"Opening balance and entries miss the closing balance by {difference} minor units.",
                               field="Bal", value=reference)  # fmt: skip

    def _entry(self, entry: etree._Element, currency: str) -> Iterator[BankLine]:
        """One line a transaction; one for the whole entry where the bank gives no details."""
        total, sign = self._minor(entry, currency), self._sign(entry)
        booked = self._day(entry, "BookgDt")
        valued = self._day(entry, "ValDt") if self.all(entry, "ValDt") else booked
        parts = self.all(entry, "NtryDtls/TxDtls")
        amounts = [self._part(p, currency) for p in parts]
        if len(parts) > 1 and None not in amounts and sum(a for a in amounts if a) != total:
            raise BadStatement(f"The transactions of an entry sum to {sum(a or 0 for a in amounts)}, not {total}.",
                               field="TxDtls", value=self.text(entry, "NtryRef", "AcctSvcrRef"))  # fmt: skip
        single = len(parts) <= 1 or None in amounts
        reference = self.text(entry, "AcctSvcrRef", "NtryRef")[:80]
        for part, amount in (
            [(parts[0] if parts else entry, total)] if single else zip(parts, amounts, strict=True)
        ):
            yield BankLine(
                number=0, key=self._reference(part), text=self._words(part, entry), currency=currency,
                amount_minor=sign * (amount or 0), booked_on=booked, valued_on=valued,
                bank_reference=self.text(part, "Refs/AcctSvcrRef")[:80] or reference,
                batch=self.text(entry, "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId")[:80],
            )  # fmt: skip

    def _reference(self, part: etree._Element) -> str:
        said = self.text(part, "Refs/EndToEndId")
        if said in ("", "NOTPROVIDED"):
            said = self.text(part, "RmtInf/Strd/CdtrRefInf/Ref", "Refs/InstrId", "Refs/TxId")
        return masked(said)[:120]

    def _words(self, part: etree._Element, entry: etree._Element) -> str:
        pieces = [(u.text or "").strip() for u in self.all(part, "RmtInf/Ustrd")]
        party = self.text(
            part, "RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm", "RltdPties/Cdtr/Pty/Nm", "RltdPties/Cdtr/Nm"
        )
        pieces += [party, self.text(entry, "AddtlNtryInf")]
        return masked(" ".join(piece for piece in pieces if piece))[:400]

    def _part(self, part: etree._Element, currency: str) -> int | None:
        if not self.all(part, "Amt") and not self.all(part, "AmtDtls/TxAmt/Amt"):
            return None
        return self._minor(part, currency)

    def _sign(self, node: etree._Element) -> int:
        """Credit is positive; a reversal's indicator is already that of the entry."""
        word = self.text(node, "CdtDbtInd")
        if word not in ("CRDT", "DBIT"):
            raise BadStatement("An amount is neither credit nor debit.", field="CdtDbtInd", value=word)
        return 1 if word == "CRDT" else -1

    def _signed(self, node: etree._Element, currency: str) -> int:
        return self._sign(node) * self._minor(node, currency)

    def _minor(self, node: etree._Element, currency: str) -> int:
        amount, said = self._amount(node)
        if said != currency:
            raise BadStatement(f"An amount is in {said}, the account in {currency}.", field="Ccy", value=said)
        scaled = amount.scaleb(_exponent(currency))
        if scaled != scaled.to_integral_value():
            raise BadStatement(f"{amount} {currency} has too many decimals.", field="Amt", value=amount)
        return int(scaled)

    def _amount(self, node: etree._Element) -> tuple[Decimal, str]:
        found = self.all(node, "Amt") or self.all(node, "AmtDtls/TxAmt/Amt")
        text = (found[0].text or "").strip() if found else ""
        if not _AMOUNT.fullmatch(text):
            raise BadStatement("An amount cannot be read.", field="Amt", value=text)
        return Decimal(text), found[0].get("Ccy") or ""

    def _day(self, node: etree._Element, name: str) -> date:
        said = self.text(node, f"{name}/Dt", f"{name}/DtTm")
        try:
            return date.fromisoformat(said[:10])
        except ValueError as exc:
            raise BadStatement("A date cannot be read.", field=name, value=said) from exc


def _numbered(lines: tuple[BankLine, ...]) -> Iterator[BankLine]:
    from dataclasses import replace

    return (replace(line, number=number) for number, line in enumerate(lines, start=1))


def _exponent(currency: str) -> int:
    try:
        return exponent(currency)
    except FondacoError as exc:
        raise BadStatement("There is no such currency.", field="Ccy", value=currency) from exc
