"""Applications to withdraw a list that Chinese customs has not let go: CEB605 for exports, CEB623 for imports.

Customs' answers (606, 624) use the list's own numbers for the fate of the application: only its approval (399)
cancels the declaration, and a refusal leaves it where it stands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.errors import Conflict, NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile, signer_at_hand
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.declaration_match import ReasonMissing
from fondaco.platforms.window.declaration_members import SUMMARY_REGIME
from fondaco.platforms.window.declaration_store import LogLine, write_log
from fondaco.platforms.window.domain.declaration import DeclarationDTO, content_digest
from fondaco.platforms.window.domain.declaration_states import ON_THE_WAY, WITH_AGENCY, Effect
from fondaco.platforms.window.domain.gateway import CustomsGateway, Message
from fondaco.platforms.window.domain.messages.gacc.build import build_message
from fondaco.platforms.window.domain.messages.gacc.papers import Extras, Papers
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.gacc_lodging import CHINA, FORM
from fondaco.platforms.window.models import Declaration, EventSource

_MESSAGE = {"export": "605", "import": "623"}
_OPEN = tuple(state for state in WITH_AGENCY if state not in ON_THE_WAY)


class NotWithdrawable(Conflict):
    code = "list-not-withdrawable"
    title = "This list cannot be withdrawn."
    remedy = "Only a list that Chinese customs has numbered and not yet decided on; what was released comes back as a return."


def can_withdraw(one: Declaration | DeclarationDTO) -> bool:
    """Whether a declaration is a list that Chinese customs has numbered and not yet decided on."""
    is_list = one.country == CHINA and one.regime != SUMMARY_REGIME
    return is_list and bool(one.mrn) and one.state in _OPEN


def withdraw_list(scope: Scope, lrn: str, gateway: CustomsGateway, *, reason: str, now: datetime) -> UUID:
    """Apply for the cancellation of the list `lrn`; its id. Again, the same application goes under the same key.

    For a clerk of its trader or of the platform. NotFound, Forbidden, ReasonMissing, NotWithdrawable; MessageRefused;
    GatewayUnavailable leaves the application in the log, to be sent again. Call outside any transaction.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if not reason.strip():
        raise ReasonMissing(field="reason")
    row = Declaration.objects.of(scope).filter(lrn=lrn).first()
    if row is None:
        raise NotFound(field="declaration", value=lrn)
    if not can_withdraw(row):
        raise NotWithdrawable(field="declaration", value=f"{lrn}: {row.state}")
    message, text = _written(row, reason.strip(), now=now)
    raw = {"message": text, "sha256": content_digest(text)}
    line = LogLine(row.id, EventSource.PLATFORM, message, now, before=row.state, after=row.state,
                   effect=Effect.NOTED, reason=reason.strip()[:500], raw=raw)  # fmt: skip
    with transaction.atomic():
        write_log([line], actor=scope.actor or str(scope.user_id), now=now)
    (said,) = gateway.send([Message(f"withdraw:{row.id}", lrn, text, FORM)])
    if not said.taken:
        raise NotWithdrawable(said.reason, field="declaration", value=lrn)
    return UUID(str(row.id))


def _written(row: Declaration, reason: str, *, now: datetime) -> tuple[str, str]:
    number, book = _MESSAGE[row.kind], gacc_book()
    papers = Papers(gacc_profile(), gacc_codes(), Extras(reason=reason), {row.id: row.mrn})
    (filing,) = filings_of([row], now=now)
    message = build_message(number, [replace(filing, issued_at=now)], papers=papers, book=book)
    return number, render_message(message, book=book, signer=signer_at_hand()).decode()
