"""What is done at the rebate desk: open a case, bring evidence, take a step, add an invoice, file a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fondaco.delivery.web.asking import day_asked, id_asked, number_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.rebates import SEES
from fondaco.flows import rebates as flow
from fondaco.kernel import clock
from fondaco.kernel.money import BadAmount, Money, exponent
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.public.rebates import InvoiceIn, RebateDTO

_NEVER = date(9999, 12, 31)  # a day that was not given: refused by the room, which names the field


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def open_case(request: HttpRequest, scope: Scope, declaration_id: UUID) -> HttpResponseBase:
    """Open a case on an export in the way chosen."""
    way, made = word_asked(request.POST, "way"), []

    def deed() -> None:
        stated = request.POST.getlist(f"stated-{way}")[:20]
        made.append(flow.open_rebate(scope, declaration_id, way=way, stated=stated, now=clock.now()))

    if attempt(request, deed, done=_("The case is open. Bring the evidence it lacks.")):
        return redirect("rebate", made[0])
    return redirect("rebate_export", declaration_id)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def evidence(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """Record a departure, use an invoice, or record a receipt of foreign exchange."""
    kinds = {"departure": _departure, "invoice": _use, "receipt": _receipt}
    deed = kinds.get(one_of(request.POST, "kind", kinds), _departure)
    attempt(request, lambda: deed(scope, case_id, request.POST), done=_("Recorded."))
    return redirect("rebate", case_id)


@require_POST
@member(*SEES, role=Role.CLERK)
def step(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """Claim, approve, refuse, pay, take back, settle, withdraw or close."""
    told = request.POST

    def deed() -> None:
        case = rebates.case_detail(scope, case_id, today=clock.today())
        wanted = flow.Step(
            event=one_of(told, "event", flow.STEPS),
            minor=_minor(told, case.case),
            reference=word_asked(told, "reference", most=60),
            reason=word_asked(told, "reason", most=300),
            sold={item.number: number_asked(told, f"sold-{item.number}") for item in case.items},
        )
        flow.take_step(scope, case_id, wanted, now=clock.now())

    attempt(request, deed, done=_("Recorded."))
    return redirect("rebate", case_id)


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def add_invoice(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Take an input invoice into the pool."""
    told = request.POST

    def deed() -> None:
        currency = word_asked(told, "currency", most=3).upper() or "CNY"
        invoice = InvoiceIn(
            number=word_asked(told, "number", most=60), supplier=word_asked(told, "supplier", most=200),
            issued_on=day_asked(told, "issued_on") or _NEVER, description=word_asked(told, "description", most=300),
            quantity=number_asked(told, "quantity"), net=_money(told, "net", currency),
            vat=_money(told, "vat", currency), line=number_asked(told, "line", default=1),
        )  # fmt: skip
        rebates.add_invoice(scope, invoice, now=clock.now())

    attempt(request, deed, done=_("The invoice is in the pool."))
    return redirect("rebate_invoices")


@require_POST
@member(Kind.SELLER, role=Role.CLERK)
def file_month(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """File a producer's month."""
    told = request.POST

    def deed() -> None:
        currency = word_asked(told, "currency", most=3).upper() or "CNY"
        brought = _money(told, "brought", currency).minor if told.get("brought", "").strip() else None
        rebates.file_period(
            scope, month=_month(told.get("month", "")),
            input_tax=_money(told, "input_tax", currency).minor, brought=brought,
            output_tax=_money(told, "output_tax", currency).minor, now=clock.now(),
        )  # fmt: skip

    attempt(request, deed, done=_("The month is filed and its cases are claimed."))
    return redirect("rebate_months")


def _month(text: str) -> date:
    """The month given as YYYY-MM."""
    try:
        return date.fromisoformat(f"{text[:7]}-01")
    except ValueError as fault:
        raise rebates.BadPeriod(field="month", value=text) from fault


def _departure(scope: Scope, case_id: UUID, told: QueryDict) -> None:
    rebates.record_departure(
        scope, case_id, departed_on=day_asked(told, "on") or _NEVER,
        reference=word_asked(told, "reference"), now=clock.now(),
    )  # fmt: skip


def _use(scope: Scope, case_id: UUID, told: QueryDict) -> None:
    rebates.use_invoice(
        scope, case_id, item=number_asked(told, "item"), invoice_id=id_asked(told, "invoice") or UUID(int=0),
        quantity=number_asked(told, "quantity"), now=clock.now(),
    )  # fmt: skip


def _receipt(scope: Scope, case_id: UUID, told: QueryDict) -> None:
    currency = word_asked(told, "currency", most=3).upper()
    rebates.note_receipt(
        scope, case_id, amount=_money(told, "amount", currency), received_on=day_asked(told, "on") or _NEVER,
        reference=word_asked(told, "reference", most=60), now=clock.now(),
    )  # fmt: skip


def _minor(told: Mapping[str, str], case: RebateDTO) -> int:
    """The sum given, in minor units of the tax's currency; nothing where none is given."""
    return _money(told, "amount", case.way.currency).minor if told.get("amount", "").strip() else 0


def _money(told: Mapping[str, str], name: str, currency: str) -> Money:
    """The sum given under `name`. BadAmount names the field."""
    exponent(currency)
    try:
        return Money.exactly(told.get(name, "").strip(), currency)
    except BadAmount as fault:
        raise BadAmount(field=name, value=told.get(name)) from fault
