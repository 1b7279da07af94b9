"""Returns: the buyer's money for goods that came back."""

from __future__ import annotations

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import ReturnDTO, ReturnState
from fondaco.flows.work import Work
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import RefundDTO, RefundRequest

BATCH = 250


def refund_open_returns(work: Work) -> dict[str, int]:
    """Refund each open return whose order was paid; how many ended as what.

    A return without an order, or of an order that nobody has paid, stays open for a person. Duty and tax
    on returned goods are reclaimed from the authority, not refunded here.
    """
    counts: dict[str, int] = {}
    after = None
    while batch := orders.returns_in_state(ReturnState.OPEN, limit=BATCH, after=after):
        after = batch[-1].id
        for name, number in _refund([note for note in batch if note.order_id], work).items():
            counts[name] = counts.get(name, 0) + number
        counts["without_order"] = counts.get("without_order", 0) + sum(not note.order_id for note in batch)
    return counts


def _refund(batch: list[ReturnDTO], work: Work) -> dict[str, int]:
    paid = finance.payments_for([note.order_id for note in batch if note.order_id])
    due = [note for note in batch if note.order_id in paid]
    answers = finance.refund_returns([_request(note) for note in due], work.ports.provider, now=work.now)
    counts: dict[str, int] = {"unpaid": len(batch) - len(due)}
    for answer in answers:
        counts[answer.status] = counts.get(answer.status, 0) + 1
    _advance([a for a in answers if a.status == "done"], "refund", work)
    _advance([a for a in answers if a.status == "refused"], "refuse", work)
    return counts


def _request(note: ReturnDTO) -> RefundRequest:
    return RefundRequest(
        return_id=note.id,
        order_id=note.order_id or note.id,
        goods=note.value_minor,
        on=note.returned_at.date(),
    )


def _advance(answers: list[RefundDTO], event: str, work: Work) -> None:
    stamps = {a.return_id: {"why": {"code": a.code, "detail": a.detail}} for a in answers if a.code}
    if answers:
        orders.advance_returns(
            [a.return_id for a in answers], event, actor=work.actor, now=work.now, stamps=stamps
        )
