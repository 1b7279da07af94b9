"""The return centre: the desk by clock, one return, the buyer's form, the officer's witness, claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fondaco.delivery.web.asking import id_asked, number_asked, one_of, word_asked
from fondaco.delivery.web.deeds import attempt, told
from fondaco.delivery.web.exports import csv_response, file_response
from fondaco.delivery.web.presenting import return_words as words
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.site import render_why
from fondaco.flows import return_centre as flow
from fondaco.flows import return_papers as papers
from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import BY_CLOCK, ClaimState, Found, Overruled, ReturnReason, ReturnStage

SIZE = 50
_MAY = (Kind.SELLER, Kind.BUYER, Kind.CUSTOMS)


@require_GET
@member(*_MAY)
def return_desk(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The returns, the soonest clock first."""
    state, by = one_of(request.GET, "state", ReturnStage.values), one_of(request.GET, "clock", BY_CLOCK)
    today = clock.now().date()
    after = id_asked(request.GET, "cursor")
    found = window.returns_desk(scope, today=today, state=state, clock=by, after=after, size=SIZE + 1)
    context = {
        "rows": found[:SIZE], "next": found[SIZE - 1].id if len(found) > SIZE else None, "state": state, "clock": by,
        "states": ReturnStage.values, "clocks": words.BY_CLOCK, "reasons": dict(ReturnReason.choices),
        "counts": window.count_returns_desk(scope, today=today), "names": words.CLOCKS,
    }  # fmt: skip
    return render(request, "returns/desk.html", context)


@require_GET
@member(*_MAY)
def return_desk_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The returns as filtered, as CSV."""
    headings = (
        "number", "order", "state", "reason", "sold_into", "centre", "pieces", "value", "currency", "clock",
        "last_day", "days_left", "past_a_clock", "refund", "opened_on",
    )  # fmt: skip
    state, by = one_of(request.GET, "state", ReturnStage.values), one_of(request.GET, "clock", BY_CLOCK)
    return csv_response("return-centre", headings=headings, rows=_rows(scope, state, by))


def _rows(scope: Scope, state: str, by: str) -> Iterator[list[Any]]:
    after: UUID | None = None
    today = clock.now().date()
    while found := window.returns_desk(scope, today=today, state=state, clock=by, after=after, size=200):
        for row in found:
            yield [
                row.number, row.order_number, row.state, row.reason, row.sold_into, row.centre, row.pieces,
                row.value.amount, row.value.currency, row.next_clock, row.next_due_on or "",
                "" if row.days_left is None else row.days_left, "yes" if row.has_missed else "no", row.refund_state,
                row.opened_on.isoformat(),
            ]  # fmt: skip
        after = found[-1].id


@require_GET
@member(*_MAY)
def return_case(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """One return: where it stands, what runs out when, what the reader may do."""
    now = clock.now()
    sheet = window.return_sheet(scope, case_id, now=now)
    return render(request, "returns/case.html", words.case_context(sheet, scope, today=now.date()))


@require_GET
@member(*_MAY)
def route_why(request: HttpRequest, scope: Scope, case_id: UUID, part_id: UUID) -> HttpResponseBase:
    """Why graded pieces take their route, every route as weighed; or why a line carries its duty and tax."""
    sheet = window.return_sheet(scope, case_id, now=clock.now())
    return render_why(
        request, words.explain_part(sheet, part_id), back=reverse("return_case", args=[case_id])
    )


@require_GET
@member(Kind.SELLER, Kind.CUSTOMS)
def claim_why(request: HttpRequest, scope: Scope, claim_id: UUID) -> HttpResponseBase:
    """How a claim's amount was found."""
    claim = window.claim_of(scope, claim_id, today=clock.now().date())
    return render_why(request, words.explain_claim(claim), back=reverse("return_case", args=[claim.case_id]))


@require_http_methods(["GET", "POST"])
@member(Kind.BUYER, Kind.SELLER)
def return_new(request: HttpRequest, scope: Scope, order_id: UUID) -> HttpResponseBase:
    """Send goods back: what, why, done. The first answer to a form that cannot be read is the form itself."""
    form = flow.return_form(scope, order_id)
    problem = ""
    if request.method == "POST":
        scope.require(role=Role.CLERK)
        try:
            made = flow.request_return(
                scope, order_id, _pieces(request, form), reason=request.POST.get("reason", ""),
                note=word_asked(request.POST, "note", most=1000), photo=_photo(request), now=clock.now(),
            )  # fmt: skip
            return redirect("return_case", made)
        except FondacoError as refused:
            problem = told(refused)
    context = {
        "form": form,
        "order": form.order,
        "reasons": ReturnReason.choices,
        "given": request.POST,
        "problem": problem,
    }
    return render(request, "returns/new.html", context, status=422 if problem else 200)


def _pieces(request: HttpRequest, form: flow.ReturnForm) -> dict[UUID, int]:
    """Whole lines by one tap, or as many pieces as were said."""
    if request.POST.get("all"):
        return {one.line.id: one.left for one in form.lines if one.left}
    chosen = set(request.POST.getlist("line"))
    return {
        one.line.id: number_asked(request.POST, f"pieces-{one.line.id}", default=one.left)
        for one in form.lines
        if str(one.line.id) in chosen
    }


def _photo(request: HttpRequest) -> tuple[str, bytes] | None:
    given = request.FILES.get("photo")
    return (given.name or "photo", given.read()) if given else None


@require_POST
@member(*_MAY, role=Role.CLERK)
def return_step(request: HttpRequest, scope: Scope, case_id: UUID) -> HttpResponseBase:
    """One step of a return: authorise, refuse, cancel, post, arrive, grade, route, carry out, witness, claim, apply."""
    event = request.POST.get("event", "")
    deed = _DEEDS.get(event)
    if deed is not None:
        attempt(request, lambda: deed(request, scope, case_id), done=_("Recorded."))
    return redirect("return_case", case_id)


def _decide(request: HttpRequest, scope: Scope, case_id: UUID) -> None:
    why = word_asked(request.POST, "why", most=500)
    window.decide_request(scope, case_id, request.POST["event"], why=why, now=clock.now())


def _post(_request: HttpRequest, scope: Scope, case_id: UUID) -> None:
    window.post_return(scope, case_id, now=clock.now())


def _arrive(request: HttpRequest, scope: Scope, case_id: UUID) -> None:
    window.receive_return(scope, case_id, _counted(request, "got"), now=clock.now())


def _grade(request: HttpRequest, scope: Scope, case_id: UUID) -> None:
    text = word_asked(request.POST, "finding", most=500)
    found = [
        Found(line_id, grade, pieces, text)
        for grade in window.GRADES
        for line_id, pieces in _counted(request, f"grade{grade}").items()
        if pieces
    ]
    flow.inspect_return(scope, case_id, found, now=clock.now())


def _counted(request: HttpRequest, name: str) -> dict[UUID, int]:
    """Pieces by line, from fields called NAME-ID."""
    lines = [field.removeprefix(f"{name}-") for field in request.POST if field.startswith(f"{name}-")]
    return {UUID(line): number_asked(request.POST, f"{name}-{line}") for line in lines if _is_id(line)}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _route(request: HttpRequest, scope: Scope, case_id: UUID) -> None:
    chosen = {
        UUID(field.removeprefix("route-")): Overruled(route, word_asked(request.POST, "why", most=500))
        for field, route in request.POST.items()
        if field.startswith("route-")
        and _is_id(field.removeprefix("route-"))
        and isinstance(route, str)
        and route
    }
    flow.route_return(scope, case_id, overruled=chosen, now=clock.now())


def _carry(request: HttpRequest, scope: Scope, _case_id: UUID) -> None:
    flow.carry_out(scope, _id(request, "verdict"), now=clock.now())


def _witness(request: HttpRequest, scope: Scope, _case_id: UUID) -> object:
    note = word_asked(request.POST, "note", most=500)
    return window.witness_destruction(scope, _id(request, "verdict"), note=note, now=clock.now())


def _id(request: HttpRequest, name: str) -> UUID:
    return id_asked(request.POST, name) or UUID(int=0)


def _refund(_request: HttpRequest, scope: Scope, case_id: UUID) -> object:
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    return flow.refund_return(scope, case_id, now=clock.now())


def _claims(_request: HttpRequest, scope: Scope, case_id: UUID) -> object:
    return window.open_claims(scope, case_id, now=clock.now())


def _apply(request: HttpRequest, scope: Scope, case_id: UUID) -> object:
    return flow.send_to_customs(scope, case_id, word_asked(request.POST, "message", most=3), now=clock.now())


_DEEDS = {
    "authorise": _decide, "refuse": _decide, "cancel": _decide, "post": _post, "arrive": _arrive, "grade": _grade,
    "route": _route, "carry": _carry, "witness": _witness, "refund": _refund, "claims": _claims, "apply": _apply,
}  # fmt: skip


@require_GET
@member(*_MAY)
def return_paper(request: HttpRequest, scope: Scope, case_id: UUID, kind: str) -> HttpResponseBase:
    """The label for the parcel, or the certificate of destruction, as PDF."""
    name, content = papers.return_paper(scope, case_id, kind, now=clock.now())
    return file_response(name, content, content_type="application/pdf")


@require_GET
@member(Kind.SELLER, Kind.CUSTOMS)
def return_message(request: HttpRequest, scope: Scope, application_id: UUID) -> HttpResponseBase:
    """An application to customs as it was sent."""
    message, text = window.application_text(scope, application_id)
    return file_response(f"CEB{message}.xml", text.encode(), content_type="application/xml")


@require_GET
@member(*_MAY)
def return_photo(request: HttpRequest, scope: Scope, photo_id: UUID) -> HttpResponseBase:
    """A photograph given as evidence."""
    kind, content = window.return_photo(scope, photo_id)
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": "private, no-store"})


@require_GET
@member(Kind.SELLER, Kind.CUSTOMS)
def claim_table(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Claims for duty and tax on returned goods, the nearest deadline first."""
    state, after = one_of(request.GET, "state", ClaimState.values), id_asked(request.GET, "cursor")
    today = clock.now().date()
    found = window.claims_desk(scope, today=today, state=state, after=after, size=SIZE + 1)
    context = {
        "rows": found[:SIZE], "next": found[SIZE - 1].id if len(found) > SIZE else None, "state": state,
        "states": ClaimState.values, "codes": words.CLAIMS,
    }  # fmt: skip
    return render(request, "returns/claims.html", context)


@require_GET
@member(Kind.SELLER, Kind.CUSTOMS)
def claim_csv(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The claims as filtered, as CSV."""
    headings = (
        "return", "rule", "country", "form", "duty", "tax", "currency", "granted", "last_day", "days_left", "state",
        "reference",
    )  # fmt: skip
    return csv_response(
        "duty-claims",
        headings=headings,
        rows=_claim_rows(scope, one_of(request.GET, "state", ClaimState.values)),
    )


def _claim_rows(scope: Scope, state: str) -> Iterator[list[Any]]:
    after: UUID | None = None
    today = clock.now().date()
    while found := window.claims_desk(scope, today=today, state=state, after=after, size=200):
        for row in found:
            yield [
                row.number, row.code, row.country, row.form, row.duty.amount, row.tax.amount, row.duty.currency,
                row.granted.amount if row.granted else "", row.deadline_on.isoformat(), row.days_left, row.state,
                row.reference,
            ]  # fmt: skip
        after = found[-1].id


@require_POST
@member(Kind.SELLER, Kind.CUSTOMS, role=Role.CLERK)
def claim_step(request: HttpRequest, scope: Scope, claim_id: UUID) -> HttpResponseBase:
    """One step of a claim, with the authority's reference or reason."""
    claim = window.claim_of(scope, claim_id, today=clock.now().date())
    attempt(
        request,
        lambda: flow.move_claim(
            scope, claim_id, request.POST.get("event", ""), now=clock.now(),
            reference=word_asked(request.POST, "reference", most=60), why=word_asked(request.POST, "why", most=500),
            granted=_granted(request, claim),
        ),
        done=_("Recorded."),
    )  # fmt: skip
    return redirect("return_case", claim.case_id)


def _granted(request: HttpRequest, claim: window.ClaimRow) -> int | None:
    """The amount granted as typed; the whole claim where nothing is typed."""
    text = word_asked(request.POST, "granted", most=20)
    if not text:
        return claim.amount.minor
    try:
        return Money.of(text, claim.amount.currency).minor
    except (ValueError, ArithmeticError, FondacoError):
        return None
