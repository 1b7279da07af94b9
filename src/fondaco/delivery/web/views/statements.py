"""The statement of an account as PDF, beside its page and its CSV."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from fondaco.delivery.web.asking import day_asked, id_asked, word_asked
from fondaco.delivery.web.exports import file_response
from fondaco.delivery.web.presenting.statement_paper import statement_report
from fondaco.delivery.web.seats import member
from fondaco.delivery.web.views.finance import OWN_BOOKS
from fondaco.flows.account_statements import account_paper
from fondaco.kernel import clock
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.sharing import public as sharing


@require_GET
@member(*OWN_BOOKS)
def ledger_pdf(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The statement of one account, in one currency or in each that it has, oldest line first."""
    asked, on = request.GET, clock.now().date()
    since, until = day_asked(asked, "since"), day_asked(asked, "until")
    mine = finance.HOUSE if scope.is_operator else scope.organisation_id
    paper = account_paper(
        scope, owner_id=id_asked(asked, "owner") or mine, code=word_asked(asked, "account", most=60),
        currency=word_asked(asked, "currency", most=3), since=since, until=until,
    )  # fmt: skip
    own = paper.owner_id == scope.organisation_id
    report = statement_report(paper, since=since, until=until, on=on, own=own)
    content = sharing.render_report(report, dated=on)
    return file_response("statement.pdf", content, content_type="application/pdf")
