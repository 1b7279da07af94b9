"""Rebate cases as the exporter prepares them: opened on an export, evidence attached, withdrawn or lapsed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.domain.rebate import (
    BadDeparture,
    BadInvoice,
    BadReceipt,
    CaseExists,
    ExportCodeExpired,
    InvoiceTaken,
    InvoiceUsedUp,
    RebateNotFound,
    ReceiptLate,
    TermNotOver,
    Way,
    WayNotOpen,
    WrongCurrency,
    digits_of,
    grounds_of,
)
from fondaco.platforms.window.domain.rebate_sums import net_used
from fondaco.platforms.window.models import (
    CodeExpiry,
    InputInvoice,
    InvoiceUse,
    RebateCase,
    RebateItem,
    RebateReceipt,
)
from fondaco.platforms.window.rebate_cases import (
    actor_of,
    last_day_of,
    move,
    own_seller,
    prepared_case,
    tell,
    tell_of,
    way_of,
)
from fondaco.platforms.window.rebate_evidence import ExportEvidence, ExportItem, evidence_on

_WORLD = "hs"


@dataclass(frozen=True, slots=True)
class TakenRate:
    """Units of the tax's currency for one of the declaration's, and where the rate is from."""

    rate: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class InvoiceIn:
    """A line of an input invoice: quantity in pieces, net and VAT in the currency of the tax."""

    number: str
    supplier: str
    issued_on: date
    description: str
    quantity: int
    net: Money
    vat: Money
    line: int = 1
    supplier_tax_id: str = ""


def open_case(
    scope: Scope,
    declaration_id: UUID,
    *,
    way: str,
    stated: Iterable[str],
    fx: TakenRate,
    authority_id: UUID,
    now: datetime,
    is_demo: bool = False,
) -> UUID:
    """Open the rebate of a released export in one way, its rates frozen; the id of the case.

    NotExported, WayNotOpen, ExportCodeExpired, CaseExists. A code without a known rate is opened and waits
    for a person: it can be prepared, not claimed.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    export = evidence_on(scope, declaration_id)
    told = sorted(set(stated))
    chosen = _open_way(export, way, told)
    _refuse_expired(export)
    case = _case(export, chosen, fx=fx, authority_id=authority_id, now=now)
    case.stated, case.is_demo, case.opened_by = told, is_demo, actor_of(scope)
    try:
        with transaction.atomic():
            case.save(force_insert=True)
            RebateItem.objects.bulk_create(_item(case, item) for item in export.items)
            tell(case, "opened", scope=scope, now=now, way=way)
    except IntegrityError as fault:
        raise CaseExists(field="declaration", value=declaration_id) from fault
    return case.id


def record_departure(
    scope: Scope, case_id: UUID, *, departed_on: date, reference: str, now: datetime
) -> None:
    """Note when the goods left and by which report (such as CEB509). BadDeparture; once told, it stays."""
    with transaction.atomic():
        case = prepared_case(scope, case_id)
        if (case.departed_on, case.departure_reference) == (departed_on, reference.strip()[:80]):
            return
        if case.departed_on is not None:
            raise BadDeparture("It is recorded already.", field="departed_on", value=case.departed_on)
        if not case.released_on <= departed_on <= now.date():
            raise BadDeparture(field="departed_on", value=departed_on)
        if not reference.strip():
            raise BadDeparture(field="reference")
        case.departed_on, case.departure_reference = departed_on, reference.strip()[:80]
        case.changed_at = now
        case.save(update_fields=["departed_on", "departure_reference", "changed_at"])
        tell(case, "departed", scope=scope, now=now, on=departed_on.isoformat())


def add_invoice(scope: Scope, invoice: InvoiceIn, *, now: datetime, is_demo: bool = False) -> UUID:
    """Take an invoice line into the seller's pool; its id. The same line again changes nothing.

    BadInvoice, InvoiceTaken where the number is known with other figures.
    """
    own_seller(scope)
    _check_invoice(invoice, today=now.date())
    row = InputInvoice(
        seller_id=scope.organisation_id, number=invoice.number.strip(), line=invoice.line,
        supplier=invoice.supplier.strip()[:200], supplier_tax_id=invoice.supplier_tax_id.strip()[:30],
        issued_on=invoice.issued_on, description=invoice.description.strip()[:300], quantity=invoice.quantity,
        currency=invoice.net.currency, net_minor=invoice.net.minor, vat_minor=invoice.vat.minor,
        is_demo=is_demo, added_by=actor_of(scope), added_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            tell_of(row.id, "input_invoice", "added", row.seller_id, scope=scope, now=now, number=row.number)
    except IntegrityError:
        return _same_invoice(row)
    return row.id


def use_invoice(
    scope: Scope, case_id: UUID, *, item: int, invoice_id: UUID, quantity: int, now: datetime
) -> int:
    """Take `quantity` pieces of an invoice line for an item of a case; the net value taken, in minor units.

    InvoiceUsedUp, WrongCurrency, RebateNotFound. What is taken cannot be claimed again by any other case.
    """
    with transaction.atomic():
        case = prepared_case(scope, case_id)
        goods = case.items.filter(number=item).first()
        invoice = (
            InputInvoice.objects.of(scope)
            .filter(id=invoice_id, seller_id=case.seller_id)
            .select_for_update()
            .first()
        )
        if goods is None or invoice is None:
            raise RebateNotFound(
                field="item" if goods is None else "invoice", value=item if goods is None else invoice_id
            )
        if invoice.currency != case.currency:
            raise WrongCurrency(field="invoice", value=invoice.currency)
        taken = sum(goods.uses.values_list("quantity", flat=True))
        if quantity < 1 or taken + quantity > goods.quantity:
            raise BadInvoice("It is more than was exported.", field="quantity", value=quantity)
        if invoice.used + quantity > invoice.quantity:
            raise InvoiceUsedUp(field="quantity", value=quantity, left=invoice.quantity - invoice.used)
        net = net_used(
            invoice.net_minor, quantity=invoice.quantity, after=invoice.used + quantity,
            taken=sum(invoice.uses.values_list("net_minor", flat=True)),
        )  # fmt: skip
        InvoiceUse.objects.create(
            invoice=invoice,
            item=goods,
            quantity=quantity,
            net_minor=net,
            used_by=actor_of(scope),
            used_at=now,
        )
        tell(case, "invoice_used", scope=scope, now=now, invoice=str(invoice), quantity=quantity)
    return net


def note_receipt(
    scope: Scope, case_id: UUID, *, amount: Money, received_on: date, reference: str, now: datetime
) -> None:
    """Record foreign exchange that came in for an export. The same reference and sum again change nothing.

    WrongCurrency, BadReceipt, ReceiptLate where its term after departure was over.
    """
    with transaction.atomic():
        case = prepared_case(scope, case_id)
        _check_receipt(case, amount, received_on, reference.strip(), now=now)
        known = case.receipts.filter(reference=reference.strip()[:60]).first()
        if known is not None:
            if (known.amount_minor, known.received_on) != (amount.minor, received_on):
                raise BadReceipt(
                    "This reference is recorded with other figures.", field="reference", value=reference
                )
            return
        RebateReceipt.objects.create(
            case=case, seller_id=case.seller_id, reference=reference.strip()[:60], amount_minor=amount.minor,
            received_on=received_on, noted_by=actor_of(scope), noted_at=now,
        )  # fmt: skip
        tell(case, "receipt", scope=scope, now=now, amount=str(amount))


def withdraw_case(scope: Scope, case_id: UUID, *, reason: str, now: datetime) -> None:
    """Drop a case that was not claimed; its invoices are free again, and the export may be claimed anew."""
    _end_unclaimed(scope, case_id, "withdraw", reason=reason, now=now)


def lapse_case(scope: Scope, case_id: UUID, *, now: datetime) -> None:
    """Close a case whose term is over: the export counts as a sale at home. TermNotOver; its invoices are free."""
    _end_unclaimed(scope, case_id, "lapse", reason="", now=now)


def _open_way(export: ExportEvidence, code: str, stated: Sequence[str]) -> Way:
    way = way_of(code)
    grounds = grounds_of(way, country=export.country, modes=export.modes, stated=stated, on=export.rate_on)
    against = next((one for one in grounds if not one.held), None)
    if against is not None:
        raise WayNotOpen(
            f"{against.what}: asked {against.asked}, told {against.told}.", field="way", value=code
        )
    return way


def _refuse_expired(export: ExportEvidence) -> None:
    """A code that was none any more when the goods left is no ground for a rebate."""
    codes = {digits_of(item.hs_code)[:n] for item in export.items for n in (6, 8, 10)}
    row = (
        CodeExpiry.objects.filter(
            jurisdiction__in=(_WORLD, export.country), code__in=codes, expired_on__lte=export.rate_on
        )
        .order_by("code")
        .first()
    )
    if row is not None:
        raise ExportCodeExpired(f"It ended on {row.expired_on}.", field="hs_code", value=row.code)


def _case(
    export: ExportEvidence, way: Way, *, fx: TakenRate, authority_id: UUID, now: datetime
) -> RebateCase:
    return RebateCase(
        id=new_id(), seller_id=export.seller_id, authority_id=authority_id,
        declaration_id=export.declaration_id, order_id=export.order_id, reference=export.reference or export.lrn,
        country=export.country, way=way.code, mode=", ".join(export.modes)[:40], currency=way.currency,
        declared_currency=export.currency, declared_minor=export.value_minor, fx_rate=fx.rate,
        fx_source=fx.source[:80], released_on=export.released_on, departed_on=export.departed_on,
        departure_reference=export.departure_reference, opened_at=now, changed_at=now,
    )  # fmt: skip


def _item(case: RebateCase, item: ExportItem) -> RebateItem:
    row = item.rate
    kept = {} if row is None else {
        "prefix": row.prefix, "from": row.valid_from.isoformat(),
        "to": row.valid_to.isoformat() if row.valid_to else "", "source": row.source,
        "confidence": row.confidence, "note": row.note,
    }  # fmt: skip
    local = Money(item.value_minor, case.declared_currency).converted(Decimal(case.fx_rate), case.currency)
    return RebateItem(
        case=case, number=item.number, hs_code=item.hs_code, description=item.description,
        quantity=item.quantity, declared_minor=item.value_minor, local_minor=local.minor,
        rate=row.rate if row else None, vat_rate=row.vat_rate if row else None, rate_row=kept,
    )  # fmt: skip


def _check_invoice(invoice: InvoiceIn, *, today: date) -> None:
    for name in ("number", "supplier", "description"):
        if not getattr(invoice, name).strip() or "\0" in getattr(invoice, name):
            raise BadInvoice(field=name)
    if len(invoice.number.strip()) > 40:
        raise BadInvoice(field="number", value=invoice.number)
    if not 1 <= invoice.quantity <= 10**12:
        raise BadInvoice(field="quantity", value=invoice.quantity)
    if not 1 <= invoice.line <= 9_999:
        raise BadInvoice(field="line", value=invoice.line)
    if not 0 < invoice.net.minor <= 10**15 or not 0 <= invoice.vat.minor <= invoice.net.minor:
        raise BadInvoice(field="net", value=invoice.net)
    if invoice.net.currency != invoice.vat.currency:
        raise WrongCurrency(field="vat", value=invoice.vat.currency)
    if invoice.issued_on > today:
        raise BadInvoice(field="issued_on", value=invoice.issued_on)


def _same_invoice(row: InputInvoice) -> UUID:
    """The line that is there under this number, if it says the same."""
    known = InputInvoice.objects.house().get(seller_id=row.seller_id, number=row.number, line=row.line)
    same = ("issued_on", "quantity", "currency", "net_minor", "vat_minor", "supplier")
    if any(getattr(known, name) != getattr(row, name) for name in same):
        raise InvoiceTaken(field="number", value=row.number)
    return UUID(str(known.id))


def _check_receipt(
    case: RebateCase, amount: Money, received_on: date, reference: str, *, now: datetime
) -> None:
    if amount.currency != case.declared_currency:
        raise WrongCurrency(field="amount", value=amount.currency)
    if not reference or amount.minor <= 0 or received_on > now.date():
        name = "reference" if not reference else "amount" if amount.minor <= 0 else "received_on"
        raise BadReceipt(field=name)
    term = way_of(case.way).receipt_by
    last = term.after(case.departed_on or case.released_on) if term else None
    if last is not None and received_on > last:
        raise ReceiptLate(f"It had to be in by {last}.", field="received_on", value=received_on)


def _end_unclaimed(scope: Scope, case_id: UUID, event: str, *, reason: str, now: datetime) -> None:
    with transaction.atomic():
        case = prepared_case(scope, case_id)
        if event == "lapse":
            last = last_day_of(case, way_of(case.way))
            if last is None or now.date() <= last:
                raise TermNotOver(field="case", value=last)
        _give_back(case, scope=scope, now=now)
        move(case, event, scope=scope, now=now, reason=reason.strip()[:300])


def _give_back(case: RebateCase, *, scope: Scope, now: datetime) -> None:
    """Free what the case has taken of invoices: the same uses with their signs turned."""
    held: dict[tuple[UUID, int], list[int]] = {}
    rows = InvoiceUse.objects.filter(item__case=case).values_list(
        "invoice_id", "item_id", "quantity", "net_minor"
    )
    for invoice_id, item_id, quantity, net in rows:
        sums = held.setdefault((invoice_id, item_id), [0, 0])
        sums[0], sums[1] = sums[0] + quantity, sums[1] + net
    for (invoice_id, item_id), (quantity, net) in sorted(held.items()):
        if quantity:
            InvoiceUse.objects.create(
                invoice_id=invoice_id, item_id=item_id, quantity=-quantity, net_minor=-net,
                used_by=actor_of(scope), used_at=now,
            )  # fmt: skip
