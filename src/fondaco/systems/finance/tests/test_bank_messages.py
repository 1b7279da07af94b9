"""pain.001 out, pain.002 and camt.053 in, over a socket and by themselves."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import httpx
import pytest
from lxml import etree
from stdnum import iso11649

from fondaco.kernel.money import Money
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.adapters.camt import read_statements
from fondaco.systems.finance.adapters.iso20022 import (
    PAIN001,
    BadBankMessage,
    Debtor,
    flaws_of,
    read_pain001,
    read_pain002,
    render_pain001,
)
from fondaco.systems.finance.domain.payouts import BankOrder
from fondaco.systems.finance.tests.conftest import NOW, payment_request

BANK, PARTY = UUID(int=78), UUID(int=79)


def order(minor: int = 12_345, currency: str = "GBP", **more: str) -> BankOrder:
    return BankOrder(f"payout:{uuid4()}", PARTY, Money(minor, currency), **more)


def message(*orders: BankOrder) -> bytes:
    return render_pain001("M1", orders, debtor=Debtor("Fondaco"), now=NOW, on=NOW.date())


def test_an_instruction_is_in_shape_and_reads_back_as_it_was_meant() -> None:
    orders = [
        order(),
        order(5, "KWD"),
        order(700, "JPY", name="Bächli & Söhne", account="CH9300762011623852957"),
    ]
    content = message(*orders)
    assert flaws_of(etree.fromstring(content)) == []
    name, found = read_pain001(content)
    assert name == "M1"
    assert {(t.end_to_end, t.amount) for t in found} == {
        (o.key.removeprefix("payout:").replace("-", ""), o.amount) for o in orders
    }
    assert {t.party for t in found} == {PARTY.hex, "CH9300762011623852957"}
    assert b"0.005" in content  # three decimals for the dinar
    assert b'Ccy="JPY">700<' in content


@pytest.mark.parametrize(
    ("old", "new", "flaw"),
    [
        (
            b"<NbOfTxs>1</NbOfTxs><CtrlSum>123.45</CtrlSum><InitgPty>",
            b"<InitgPty>",
            "GrpHdr: NbOfTxs is missing",
        ),
        (b"<PmtMtd>TRF</PmtMtd>", b"", "PmtInf: PmtMtd is missing"),
        (b"<ChrgBr>SLEV</ChrgBr>", b"<Joke/>", "PmtInf: Joke does not belong here"),
        (b"<MsgId>M1</MsgId>", b"<MsgId>" + b"M" * 36 + b"</MsgId>", "MsgId: longer than 35 characters"),
        (b"<MsgId>M1</MsgId>", b"<MsgId>M1</MsgId><MsgId>M1</MsgId>", "GrpHdr: MsgId comes twice"),
    ],
)
def test_a_message_out_of_shape_is_named_and_refused(old: bytes, new: bytes, flaw: str) -> None:
    content = message(order())
    assert old in content
    spoilt = content.replace(old, new, 1)
    assert flaw in flaws_of(etree.fromstring(spoilt))
    with pytest.raises(BadBankMessage):
        read_pain001(spoilt)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a/>",
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY e "1">]><Document xmlns="' + PAIN001.encode() + b'"/>',
    ],
)
def test_what_is_no_instruction_is_refused(content: bytes) -> None:
    with pytest.raises(BadBankMessage):
        read_pain001(content)
    with pytest.raises(BadBankMessage):
        read_pain002(content)


def test_the_bank_executes_once_and_its_statement_adds_up_for_our_reader() -> None:
    paid, closed = order(), BankOrder(f"payout:{uuid4()}", UUID(int=80), Money(100, "GBP"))
    faults = finance.BankFaults(closed=frozenset({str(UUID(int=80))}))
    with finance.BankSimulator(faults) as bank, finance.BankClient(bank.url, name="bank") as client:
        bank.receive(Money(50_000, "GBP"), reference="RF18539007547034")
        said = client.instruct([paid, closed])
        assert client.instruct([paid, closed]) == said
        assert [(a.status, a.reason) for a in said] == [("executed", ""), ("refused", "account_closed")]
        content = client.statement("S1", "GBP")
        assert client.statement("S1", "GBP") == content
        [later] = read_statements(client.statement("S2", "GBP"))
    [statement] = read_statements(content)
    assert (statement.opening_minor, statement.closing_minor) == (0, 50_000 - 12_345)
    assert [line.amount_minor for line in statement.lines] == [50_000, -12_345]
    assert statement.lines[1].key == paid.key.removeprefix("payout:").replace("-", "")
    assert (later.opening_minor, later.lines) == (37_655, ())


def test_another_banks_customer_pays_in_once_per_reference() -> None:
    with finance.BankSimulator() as bank, finance.BankClient(bank.url, name="bank") as client:
        for _ in range(2):
            client.pay_in(Money(2_500, "GBP"), reference="RF18539007547034")
        [statement] = read_statements(client.statement("S1", "GBP"))
    assert [(line.key, line.amount_minor) for line in statement.lines] == [("RF18539007547034", 2_500)]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"minor": 0, "currency": "GBP", "reference": "x"}, id="nothing"),
        pytest.param({"minor": -5, "currency": "GBP", "reference": "x"}, id="less-than-nothing"),
        pytest.param({"minor": 5, "currency": "GBP", "reference": ""}, id="no-reference"),
        pytest.param({"minor": 5, "currency": "XXX", "reference": "x"}, id="no-money"),
        pytest.param({"minor": "many", "currency": "GBP", "reference": "x"}, id="no-number"),
        pytest.param({"currency": "GBP", "reference": "x"}, id="no-sum"),
        pytest.param([], id="no-object"),
        pytest.param(None, id="empty"),
    ],
)
def test_what_is_no_payment_is_refused_and_booked_in_no_currency(said: object) -> None:
    body = b"" if said is None else json.dumps(said).encode()
    with finance.BankSimulator() as bank, finance.BankClient(bank.url, name="bank") as client:
        assert httpx.post(f"{bank.url}/v1/incoming", content=body).status_code == 400
        assert client.currencies() == []


def test_a_refused_payment_raises_at_the_payers_side() -> None:
    with finance.BankSimulator() as bank, finance.BankClient(bank.url, name="bank") as client:
        with pytest.raises(BadBankMessage, match="400"):
            client.pay_in(Money(0, "GBP"), reference="x")
        assert client.currencies() == []


def _shown(*transfers: tuple[Money, str]) -> None:
    """The day's statements of a bank that took these in."""
    with finance.BankSimulator() as bank, finance.BankClient(bank.url, name="bank") as client:
        for amount, reference in transfers:
            bank.receive(amount, reference=reference)
        for currency in client.currencies():
            finance.take_bank_statement(client.statement("S1", currency), now=NOW)


@pytest.mark.django_db
def test_a_buyers_transfer_goes_from_its_reference_to_escrow_and_matches_the_statement(books: None) -> None:
    [waits] = finance.take_payments(
        [payment_request(method="bank_transfer")], finance.BankTransferIn(BANK), now=NOW
    )
    assert (waits.state, iso11649.is_valid(waits.provider_reference)) == ("processing", True)
    grouped = " ".join(waits.provider_reference[i : i + 4] for i in range(0, 24, 4)).lower()
    _shown((waits.amount, grouped), (Money(700, "EUR"), "thanks"))
    [taken] = finance.take_transfers(BANK, now=NOW)
    assert (taken.reference, taken.lines, taken.booked) == (waits.provider_reference, 1, 1)
    assert finance.payments_for([waits.order_id])[waits.order_id].state == "settled"
    assert finance.take_transfers(BANK, now=NOW) == []
    runs = [finance.run_reconciliation(leg, now=NOW, actor="test") for leg in finance.LEGS]
    assert [one.matched_lines for one in runs] == [1, 1]
    assert [dict(one.breaks) for one in runs] == [{}, {"missing_in_ledger": 1}]
    [held] = finance.balances(finance.HOUSE, codes=["bank"])
    assert held.balance_minor == -waits.amount.minor
    assert finance.verify() == []


@pytest.mark.django_db
def test_a_transfer_of_another_sum_or_currency_or_reference_pays_nothing(books: None) -> None:
    [waits] = finance.take_payments(
        [payment_request(method="bank_transfer")], finance.BankTransferIn(BANK), now=NOW
    )
    short, other = waits.amount - Money(1, "EUR"), Money(waits.amount.minor, "GBP")
    _shown(
        (short, waits.provider_reference),
        (other, f"{waits.provider_reference} "),
        (waits.amount, finance.reference_for("x")),
    )
    assert finance.take_transfers(BANK, now=NOW) == []
    assert finance.payments_for([waits.order_id])[waits.order_id].state == "processing"
    assert finance.trial_balance() == {}
