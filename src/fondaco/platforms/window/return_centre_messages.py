"""Applications to Chinese customs about returns: CEB625 for imports, CEB213 and CEB215 for exports.

There is one for each declaration that the goods came under, and it names only its pieces that come back. Sent like a declaration, marked before it leaves; customs' answers
(626, 214, 216) find their application by our own number and move it, each once, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.kernel.errors import NotFound
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
    ReturnPart,
)
from fondaco.platforms.window.return_centre_log import case_for, log_events, note_day, person
from fondaco.platforms.window.return_centre_parts import (
    ItemNotDeclared,
    NoDeclarationToReturn,
    declared_parts,
)

_Piece = tuple[ReturnPart, int]
_REASONS = {
    "mind": "买家无理由退货", "defective": "商品有质量问题", "damaged": "商品运输中损坏", "wrong": "发错商品",
    "not_as_described": "商品与描述不符", "late": "逾期送达", "unsafe": "商品存在安全隐患",
}  # fmt: skip
_TALLY = "215"  # the yard's count of what has come in: approved, the goods are home
# What customs' status numbers mean for an application (Announcement 2018 No. 113, appendix: returnStatus).
_MEANS = {
    "1": "receive", "2": "receive", "3": "receive", "120": "receive", "300": "review", "500": "review",
    "399": "approve", "800": "approve", "899": "approve", "100": "refuse",
}  # fmt: skip


def draw_applications(scope: Scope, case_id: UUID, message: str, *, now: datetime) -> list[UUID]:
    """Draw up the applications about a return, one for each declaration its goods came under, and keep them as they
    will be sent; their ids, the first released first. Again: the same ones.

    NoDeclarationToReturn, ItemNotDeclared, NoGaccCode, or MessageRefused with the field customs would refuse;
    nothing is drawn up then.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = case_for(scope, case_id)
        known = dict(case.applications.filter(message=message).values_list("part", "id"))
        made: list[ReturnApplication] = []
        if not known:
            found = declared_parts(case, message)
            declared = Declaration.objects.house().in_bulk(list(found))
            made = [_drawn(case, message, declared[key], rows, now=now) for key, rows in found.items()]
        ReturnApplication.objects.bulk_create(made)
        for row in made:
            told = {"message": message, "part": row.part, "reference": row.reference}
            log_events([(case, "drawn", told)], actor=person(scope), now=now, application=row)
    return [row.id for row in made] or [UUID(str(known[part])) for part in sorted(known)]


def _drawn(
    case: ReturnCase, message: str, declared: Declaration, rows: Sequence[_Piece], *, now: datetime
) -> ReturnApplication:
    row = ReturnApplication(
        id=new_id(), case=case, message=message, part=declared.part, declaration_id=declared.id, drawn_at=now,
        state_at=now, reference=_number(case, message, declared.part), pieces=sum(n for _, n in rows),
    )  # fmt: skip
    row.text = _render(row, declared, rows, now=now)
    return row


def _number(case: ReturnCase, message: str, part: int) -> str:
    """Our number of the application: 20 characters, its own for each message and declaration of a return."""
    return f"{message}{case.number}{part - 1:03}"


def _render(row: ReturnApplication, declared: Declaration, rows: Sequence[_Piece], *, now: datetime) -> str:
    if not declared.mrn:
        raise NoDeclarationToReturn(field="declaration", value=declared.lrn)
    case = row.case
    filing = _returned(filings_of([declared], now=now)[0], row, rows, now=now)
    extras = Extras(reason=_REASONS[case.reason], bill=case.tracking, vessel="无", voyage="无")
    papers = Papers(gacc_profile(), gacc_codes(), extras, {filing.id: declared.mrn})
    book = gacc_book()
    built = build_message(row.message, [filing], papers=papers, book=book)
    signer = signer_at_hand() if book.shape(row.message).signature == "required" else None
    return render_message(built, book=book, signer=signer).decode()


def _returned(filing: Filing, row: ReturnApplication, rows: Sequence[_Piece], *, now: datetime) -> Filing:
    """The declaration as the application has it: our number, and only the pieces of it that come back."""
    items = [_item(part, pieces, filing) for part, pieces in rows]
    gross = sum(item.gross_g for item in items)
    return replace(filing, id=row.id, lrn=row.reference, issued_at=now, items=items, gross_g=gross)


def _item(part: ReturnPart, pieces: int, filing: Filing) -> DeclarationItemDTO:
    """The goods item under its own number (gnum: that of the list), with the pieces that come back of it."""
    own = [one for one in filing.items if one.number == part.item and one.quantity == part.declared]
    if not own:
        raise ItemNotDeclared(field="line", value=part.line.account.sku)
    item = own[0]

    def share(total: int) -> int:
        return share_of(total, units=pieces, before=part.before, sold=part.declared)

    return replace(
        item, quantity=pieces, net_g=share(item.net_g), gross_g=share(item.gross_g),
        value_minor=share(item.value_minor),
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
            note_day(row.case, "applied", now.date(), today=now.date(), part=row.part)
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
    locked = list(rows.select_for_update(of=("self", "case")).order_by("case_id", "pk"))
    cases = {row.case_id: row.case for row in locked}
    for row in locked:
        row.case = cases[row.case_id]  # one object for all applications of a return: they write its days
    own = {wanted[row.reference]: row for row in locked}
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
                [(case, f"customs_{receipt.code}", {**told, "message": row.message, "part": row.part})], actor="agency",
                now=receipt.issued_at, application=row, before=before,
            )  # fmt: skip
    except IntegrityError:
        return  # told before
    if moved:
        row.state, row.state_at = moved, receipt.issued_at
        row.save(update_fields=["state", "state_at"])
        if row.message == _TALLY and moved == ApplicationState.APPROVED:
            day = receipt.issued_at.astimezone(UTC).date()
            note_day(row.case, "home", day, today=day, part=row.part)


def _move(row: ReturnApplication, event: str, *, actor: str, now: datetime) -> None:
    before, row.state = row.state, APPLICATION_MACHINE.after(row.state, event)
    row.state_at = now
    row.save(update_fields=["state", "state_at"])
    told = {"message": row.message, "part": row.part, "sha256": content_digest(row.text)}
    log_events([(row.case, event, told)], actor=actor, now=now, before=before, application=row)


def _application(scope: Scope, application_id: UUID) -> ReturnApplication:
    rows = ReturnApplication.objects.of(scope).select_related("case").select_for_update(of=("self", "case"))
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
