"""Applications to Chinese customs about returns: CEB625 for imports, CEB213 and CEB215 for exports.

Each names only the pieces that come back. Sent like a declaration, marked before it leaves; customs' answers
(626, 214, 216) find their application by our own number and move it, each once, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile, signer_at_hand
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.domain.declaration import DeclarationItemDTO, Receipt, content_digest
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.gateway import CustomsGateway, Message
from fondaco.platforms.window.domain.messages.gacc.build import build_message
from fondaco.platforms.window.domain.messages.gacc.papers import Extras, Papers
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.returned import share_of
from fondaco.platforms.window.models import (
    APPLICATION_MACHINE,
    ApplicationState,
    Declaration,
    ReturnApplication,
    ReturnCase,
    ReturnedLine,
)
from fondaco.platforms.window.return_centre_log import case_for, log_events, note_day, person

SIDES = {"213": "export", "215": "export", "625": "import"}
_REASONS = {
    "mind": "买家无理由退货", "defective": "商品有质量问题", "damaged": "商品运输中损坏", "wrong": "发错商品",
    "not_as_described": "商品与描述不符", "late": "逾期送达", "unsafe": "商品存在安全隐患",
}  # fmt: skip
# What customs' status numbers mean for an application (Announcement 2018 No. 113, appendix: returnStatus).
_MEANS = {
    "1": "receive", "2": "receive", "3": "receive", "120": "receive", "300": "review", "500": "review",
    "399": "approve", "800": "approve", "899": "approve", "100": "refuse",
}  # fmt: skip


class NoDeclarationToReturn(Conflict):
    code = "no-declaration-to-return"
    title = "There is no released Chinese declaration that these goods came under."
    remedy = "213 and 215 return an export, 625 an import; customs must have given the list its number."


class ItemNotDeclared(Conflict):
    code = "returned-item-not-declared"
    title = "A line of the return has no item of its own on the declaration."
    remedy = "The declaration sums several lines up; draw the application up by hand from its file."


def draw_application(scope: Scope, case_id: UUID, message: str, *, now: datetime) -> UUID:
    """Draw up an application about a return and keep it as it will be sent; its id. Again: the same one.

    NoDeclarationToReturn, ItemNotDeclared, NoGaccCode, or MessageRefused with the field customs would refuse.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = case_for(scope, case_id)
        known = case.applications.filter(message=message).values_list("id", flat=True).first()
        if known is not None:
            return UUID(str(known))
        row = ReturnApplication(
            id=new_id(),
            case=case,
            message=message,
            reference=case.number,
            text="",
            drawn_at=now,
            state_at=now,
        )
        row.reference = _number(case, message)
        row.text = _render(case, message, reference=row.reference, now=now)
        row.save(force_insert=True)
        log_events([(case, "drawn", {"message": message})], actor=person(scope), now=now, application=row)
    return row.id


def _number(case: ReturnCase, message: str) -> str:
    """Our number of the application: 20 characters, its own for each message of a return."""
    return f"{message}{case.number}".ljust(20, "0")[:20]


def _render(case: ReturnCase, message: str, *, reference: str, now: datetime) -> str:
    declared = _declared(case, message)
    filing = _returned(filings_of([declared], now=now)[0], case, reference=reference, now=now)
    extras = Extras(reason=_REASONS[case.reason], bill=case.tracking, vessel="无", voyage="无")
    papers = Papers(gacc_profile(), gacc_codes(), extras, {filing.id: declared.mrn})
    book = gacc_book()
    built = build_message(message, [filing], papers=papers, book=book)
    signer = signer_at_hand() if book.shape(message).signature == "required" else None
    return render_message(built, book=book, signer=signer).decode()


def _declared(case: ReturnCase, message: str) -> Declaration:
    """The newest declaration of the sale on the message's side that customs has numbered."""
    rows = Declaration.objects.house().filter(
        order_id=case.order_id, kind=SIDES.get(message, ""), country="CN", state__in=("released", "closed")
    )
    found: Declaration | None = rows.exclude(mrn="").order_by("-version").first()
    if found is None:
        raise NoDeclarationToReturn(field="message", value=message)
    return found


def _returned(filing: Filing, case: ReturnCase, *, reference: str, now: datetime) -> Filing:
    """The declaration as the application has it: our number, and only the pieces that come back."""
    lines = case.lines.select_related("account").order_by("account__line_no")
    items = [_item(place, line, filing) for place, line in enumerate(lines, start=1)]
    return replace(
        filing,
        id=case.id,
        lrn=reference,
        issued_at=now,
        items=items,
        gross_g=sum(item.gross_g for item in items),
    )


def _item(place: int, line: ReturnedLine, filing: Filing) -> DeclarationItemDTO:
    own = [
        one
        for one in filing.items
        if one.number == line.account.line_no and one.quantity == line.account.sold
    ]
    if not own:
        raise ItemNotDeclared(field="line", value=line.account.sku)
    item = own[0]

    def part(total: int) -> int:
        return share_of(total, units=line.quantity, before=0, sold=line.account.sold)

    return replace(
        item, number=place, quantity=line.quantity, net_g=part(item.net_g), gross_g=part(item.gross_g),
        value_minor=part(item.value_minor),
    )  # fmt: skip


def send_application(scope: Scope, application_id: UUID, gateway: CustomsGateway, *, now: datetime) -> bool:
    """Send an application that is drawn up, or was refused; whether customs took it in. Call outside a transaction.

    Marked as sent before it leaves; what did not arrive is sent again by the next call, under the same key.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic(durable=True):
        row = _application(scope, application_id)
        if row.state in (ApplicationState.DRAWN, ApplicationState.REFUSED):
            _move(row, "send", actor=person(scope), now=now)
            note_day(row.case, "applied", now.date(), today=now.date())
        elif row.state != ApplicationState.SENT:
            return True
    message = Message(key=f"return:{row.id}", lrn=row.reference, text=row.text, form="gacc")
    return gateway.send([message])[0].taken


def take_answers(receipts: Sequence[Receipt]) -> set[str]:
    """Take in customs' answers to applications, each once, in any order; the references that are ours.

    In the caller's transaction. What is not ours is left to whoever called.
    """
    wanted = {name: one.reference for one in receipts for name in _names(one.reference)}
    rows = ReturnApplication.objects.house().select_related("case").filter(reference__in=list(wanted))
    own = {wanted[row.reference]: row for row in rows.select_for_update(of=("self",)).order_by("pk")}
    for receipt in sorted(receipts, key=lambda one: one.issued_at):
        if receipt.reference in own:
            _answer(own[receipt.reference], receipt)
    return set(own)


def _names(reference: str) -> tuple[str, ...]:
    """A reference as we wrote it: reading a 626 puts back the letters that an import list's number lost."""
    return (reference, reference.removeprefix("FI"))


def _answer(row: ReturnApplication, receipt: Receipt) -> None:
    event = _MEANS.get(receipt.code, "")
    moved = APPLICATION_MACHINE.transitions.get((row.state, event))
    told = {
        "code": receipt.code,
        "reason": receipt.reason,
        "effect": "applied" if moved else "noted",
        **receipt.raw,
    }
    try:
        with transaction.atomic():
            case, before = row.case, row.state
            log_events(
                [(case, f"customs_{receipt.code}", {"message": row.message, **told})], actor="agency",
                now=receipt.issued_at, application=row, before=before,
            )  # fmt: skip
    except IntegrityError:
        return  # told before
    if moved:
        row.state, row.state_at = moved, receipt.issued_at
        row.save(update_fields=["state", "state_at"])


def _move(row: ReturnApplication, event: str, *, actor: str, now: datetime) -> None:
    before, row.state = row.state, APPLICATION_MACHINE.after(row.state, event)
    row.state_at = now
    row.save(update_fields=["state", "state_at"])
    told = {"message": row.message, "sha256": content_digest(row.text)}
    log_events([(row.case, event, told)], actor=actor, now=now, before=before, application=row)


def _application(scope: Scope, application_id: UUID) -> ReturnApplication:
    rows = ReturnApplication.objects.of(scope).select_related("case").select_for_update(of=("self",))
    found: ReturnApplication | None = rows.filter(pk=application_id).first()
    if found is None:
        raise NotFound(field="application", value=application_id)
    return found


def application_text(scope: Scope, application_id: UUID) -> tuple[str, str]:
    """The message's number and its text, for who may see the return."""
    found = (
        ReturnApplication.objects.of(scope).filter(pk=application_id).values_list("message", "text").first()
    )
    if found is None:
        raise NotFound(field="application", value=application_id)
    return found[0], found[1]
