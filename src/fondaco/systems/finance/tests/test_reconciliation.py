"""Files taken in, matched with the books, and what people do with the rest; what is refused posts nothing."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from bench._camt import Booked, write_camt
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import installed_transitions
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import HOUSE, AccountKey, Entry, JournalDraft
from fondaco.systems.finance.tests.conftest import DAY, NOW, OPERATOR, PSP

pytestmark = pytest.mark.django_db
KEYS = [uuid5(NAMESPACE_URL, f"payment-{n}") for n in range(4)]
LATER = DAY + timedelta(days=20)


def settlement(*rows: tuple[str, str, int], total: int | None = None) -> bytes:
    """A provider's file in GBP, one per cent of fee."""
    gross = sum(row[2] for row in rows) if total is None else total
    lines = [f"{kind},{key},GBP,{amount},{amount // 100}" for kind, key, amount in rows]
    fee = sum(row[2] // 100 for row in rows)
    return "\n".join(["kind,key,currency,gross,fee", *lines, f"total,,GBP,{gross},{fee}", ""]).encode()


@pytest.fixture
def captured() -> None:
    """Four captured payments of 10.00, 20.00, 30.00 and 40.00 GBP."""
    for n, key in enumerate(KEYS, start=1):
        clearing, escrow = AccountKey(PSP, "provider_clearing", "GBP"), AccountKey(HOUSE, "suspense", "GBP")
        finance.post_journals([
            JournalDraft(f"capture:{key}", "payment.captured", (Entry(clearing, -1_000 * n), Entry(escrow, 1_000 * n)), DAY,
                         source=f"order:{key}", meta={"payment": str(key)})
        ])  # fmt: skip
        models.PaymentIntent.objects.create(
            id=key, idem=key, req_hash=b"", order_id=key, buyer_id=UUID(int=2), seller_id=UUID(int=1), provider_id=PSP,
            method="card", state="captured", currency="GBP", amount_minor=1_000 * n, escrow_currency="GBP",
            escrow_minor=1_000 * n, rate=1, rate_provider="identity", rate_on=DAY, effective_on=DAY, created_at=NOW,
            changed_at=NOW,
        )  # fmt: skip


def take(content: bytes, reference: str = "file-1") -> finance.TakenFile:
    return finance.take_provider_file(content, provider_id=PSP, reference=reference, now=NOW, on=DAY)


def run(leg: str, *, dry_run: bool = False) -> finance.RunReport:
    return finance.run_reconciliation(leg, now=NOW, actor="anna", dry_run=dry_run)


def balance(code: str, owner: UUID = HOUSE) -> int:
    return sum(one.balance_minor for one in finance.balances(owner, codes=[code]))


def breaks(**asked: str) -> dict[str, finance.BreakDTO]:
    found = finance.browse_breaks(OPERATOR, today=LATER, **asked).rows  # type: ignore[arg-type]
    return {one.line.key: one for one in found}


def test_break_transitions_are_guarded() -> None:
    assert installed_transitions("finance_reconbreak") == models.BREAK_MACHINE.edges
    assert installed_transitions("finance_period") == models.PERIOD_MACHINE.edges


@pytest.mark.usefixtures("captured")
def test_three_ways_from_clearing_to_the_bank() -> None:
    """One line exact, one with a spoilt key, one short by a charge, one never settled, one nobody knows."""
    spoilt = f"{KEYS[1]}".replace("-", "").upper()[:20]
    rows = [("charge", f"{KEYS[0]}-1", 1_000), ("charge", spoilt, 2_000), ("charge", f"{KEYS[2]}-1", 2_990),
            ("charge", "stranger", 555)]  # fmt: skip
    taken = take(settlement(*rows))
    assert (taken.lines, taken.booked, taken.fresh) == (4, 1, True)
    assert not take(settlement(*rows)).fresh
    assert balance("provider_clearing", PSP) == -9_000
    tried = run("clearing", dry_run=True)
    assert (tried.matched, models.ReconGroup.objects.count(), models.ReconLine.objects.filter(side="ledger").count()) == (
        {"exact": 1, "named": 1, "tolerance": 1}, 0, 0
    )  # fmt: skip
    assert [(one.posting, one.rule, one.account, one.amount.minor) for one in tried.postings] == [
        (1, "named", "suspense", -2_000), (1, "named", "provider_clearing", 2_000), (2, "tolerance", "suspense", -2_990),
        (2, "tolerance", "provider_clearing", 3_000), (2, "tolerance", "reconciliation_difference", -10),
    ]  # fmt: skip
    with pytest.raises(finance.PlanChanged):
        finance.run_reconciliation("clearing", now=NOW, actor="anna", plan="of-yesterday")
    assert (models.ReconGroup.objects.count(), balance("provider_clearing", PSP)) == (0, -9_000)
    told = finance.run_reconciliation("clearing", now=NOW, actor="anna", plan=tried.plan)
    assert told.postings == tried.postings
    posted = models.Entry.objects.house().filter(journal__kind="reconciliation.matched")
    assert list(posted.order_by("journal_id", "line").values_list("amount", flat=True)) == [
        one.amount.minor for one in tried.postings
    ]
    assert (told.matched, told.breaks, told.waiting) == (tried.matched, {"missing_in_ledger": 1}, 1)
    assert balance("provider_clearing", PSP) == -4_000  # the one that is not settled yet
    assert balance("reconciliation_difference") == -10
    assert balance("suspense") == 10_000 + 555  # the captures' own counterpart, and the stranger
    net = sum(amount - amount // 100 for *_, amount in rows)
    statement = write_camt(
        "s-1",
        "DE02100100100006820101",
        "GBP",
        [Booked("", "PSP FILE-1", net, DAY), Booked("x", "?", 77, LATER)],
    )
    [bank] = finance.take_bank_statement(statement, now=NOW)
    assert (bank.lines, bank.fresh) == (2, True)
    assert run("bank").matched_lines == 1
    assert {one.reference: one.arrived for one in finance.list_files(OPERATOR)} == {
        "file-1": True,
        "s-1": None,
    }
    assert run("clearing").matched_lines == run("bank").matched_lines == 0
    assert finance.verify() == []


@pytest.mark.usefixtures("captured")
def test_two_people_write_off_and_one_matches_by_hand() -> None:
    take(settlement(("charge", "stranger", 555), ("charge", "other", 1_950)))
    run("clearing")
    found = breaks()
    stranger, other = found["stranger"], found["other"]
    finance.assign_break(stranger.id, owner="ben", actor="anna", now=NOW)
    with pytest.raises(finance.NoReason):
        finance.propose_write_off(stranger.id, note="no", actor="anna", now=NOW)
    finance.propose_write_off(stranger.id, note="paid by mistake", actor="anna", now=NOW)
    with pytest.raises(finance.SameHand):
        finance.approve_write_off(stranger.id, actor="anna", now=NOW)
    assert balance("reconciliation_difference") == 0
    journal = finance.approve_write_off(stranger.id, actor="ben", now=NOW)
    assert (balance("reconciliation_difference"), breaks(state="resolved")["stranger"].journal_id) == (
        555,
        journal,
    )
    one, candidates = finance.break_of(OPERATOR, other.id, today=LATER)
    assert one.age_days == 20
    near = next(c for c in candidates if c.amount == Money(2_000, "GBP"))
    with pytest.raises(finance.NoMatch):
        finance.match_by_hand(
            [c.id for c in candidates if c.amount == Money(4_000, "GBP")],
            [one.line.id],
            actor="anna",
            now=NOW,
        )
    finance.match_by_hand([near.id], [one.line.id], actor="anna", now=NOW)
    assert (balance("provider_clearing", PSP), balance("reconciliation_difference")) == (-8_000, 505)
    assert breaks() == {}
    assert finance.verify() == []


@pytest.mark.usefixtures("captured")
@pytest.mark.parametrize(
    "content",
    [
        settlement(("charge", f"{KEYS[0]}-1", 1_000), total=999),
        settlement(("charge", f"{KEYS[0]}-1", 1_000)).decode().encode("utf-16"),
        settlement(("gift", f"{KEYS[0]}-1", 1_000)),
    ],
)
def test_a_wrong_settlement_file_posts_nothing(content: bytes) -> None:
    before = models.Journal.objects.count()
    with pytest.raises(finance.BadSettlementFile):
        take(content)
    assert (models.Journal.objects.count(), models.ReconFile.objects.count()) == (before, 0)


def test_a_known_name_with_other_content_is_refused() -> None:
    take(settlement(("charge", "a", 100)))
    with pytest.raises(finance.FileChanged):
        take(settlement(("charge", "a", 200)))
    assert models.ReconLine.objects.count() == 1


GOOD = write_camt(
    "s-1",
    "DE02100100100006820101",
    "EUR",
    [Booked("k-1", "t", 12_345, DAY), Booked("", "u", -99, DAY)],
    opening=500,
)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (GOOD.replace(b">123.45<", b">123.46<", 1), "Bal"),
        (GOOD.replace(b"<NbOfNtries>2<", b"<NbOfNtries>3<"), "NbOfNtries"),
        (GOOD.replace(b"123.45", b"123.450001"), "Amt"),
        *((GOOD.replace(b"5.00", amount, 1), "Amt")
          for amount in (b"NaN", b"Infinity", b"1E+99999", b"5e0", b"-5.00", b"5_0", b"9" * 15, "\u0665".encode())),
        (GOOD.replace(b'Ccy="EUR"', b'Ccy="USD"', 1), "Ccy"),
        (GOOD.replace(b"EUR", b"HRK"), "Ccy"),
        (GOOD.replace(b"</Stmt>", b"</Stmt>" + GOOD[GOOD.index(b"<Stmt>") : GOOD.index(b"</BkTo")]), "Stmt"),
        (GOOD.replace(b"<Ustrd>t", "<Ustrd>caf\u00e9".encode("cp1252")), "file"),
        (GOOD.replace(b"EUR", b"XQQ"), "Ccy"),
        (GOOD.replace(b"CRDT", b"CREDIT", 1), "CdtDbtInd"),
        (GOOD.replace(b"2026-10-01</Dt></BookgDt>", b"yesterday</Dt></BookgDt>"), "BookgDt"),
        (GOOD.replace(b"camt.053.001.08", b"pain.001.001.09"), "file"),
        (GOOD.decode().encode("utf-16"), "file"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + GOOD, "file"),
        (GOOD[:-30], "file"),
    ],
)  # fmt: skip
def test_a_wrong_statement_names_what_is_wrong(content: bytes, field: str) -> None:
    with pytest.raises(finance.BadStatement) as caught:
        finance.take_bank_statement(content, now=NOW)
    assert (caught.value.field, models.ReconFile.objects.count()) == (field, 0)


def test_a_statement_is_read_as_utf_8_whatever_it_says_and_without_card_numbers() -> None:
    """In UTF-7, which libxml2 knows, a document type could hide from who looks for one in the bytes."""
    content = GOOD.replace(b"UTF-8", b"UTF-7").replace(
        b"<Ustrd>t", b"<Ustrd>+ADwAIQ-DOCTYPE 4111 1111 1111 1111"
    )
    [said] = finance.read_statements(content)
    assert said.lines[0].text == "+ADwAIQ-DOCTYPE 411111******1111"


def test_a_statement_is_read_to_the_minor_unit() -> None:
    [said] = finance.read_statements(GOOD)
    assert (said.account, said.currency, said.opening_minor, said.closing_minor) == (
        "DE02100100100006820101",
        "EUR",
        500,
        12_746,
    )
    assert [(one.number, one.key, one.amount_minor, one.booked_on) for one in said.lines] == [
        (1, "k-1", 12_345, DAY),
        (2, "", -99, DAY),
    ]
    assert said.first_on == date(2026, 10, 1)
