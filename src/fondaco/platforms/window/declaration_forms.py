"""A declaration in the language of an office, ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile, signer_at_hand
from fondaco.platforms.window.cds_messages import render_cds
from fondaco.platforms.window.declaration_members import SUMMARY_REGIME, numbers_summed
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.declared import declared
from fondaco.platforms.window.domain.messages.edifact import book as edifact
from fondaco.platforms.window.domain.messages.edifact import cusdec
from fondaco.platforms.window.domain.messages.edifact.engine import Envelope
from fondaco.platforms.window.domain.messages.gacc.build import build_message
from fondaco.platforms.window.domain.messages.gacc.lists import LISTS
from fondaco.platforms.window.domain.messages.gacc.papers import Extras, Papers
from fondaco.platforms.window.domain.messages.gacc.render import render_message


def write_filing(filing: Filing, form: str) -> str:
    """`filing` as gacc, cds or edifact. Raises what rendering refuses (a FondacoError that names the field)."""
    return _WRITERS[form](filing).decode()


def _gacc(filing: Filing) -> bytes:
    """The signed list, 603 for exports and 621 for imports; or the application (701) that sums up a month's lists."""
    number = next(number for number, side in LISTS.items() if side == filing.kind)
    extras = Extras()
    if filing.regime == SUMMARY_REGIME:
        number, extras = "701", Extras(lists=tuple(numbers_summed(filing.id)))
    papers = Papers(gacc_profile(), gacc_codes(), extras)
    message = build_message(number, [filing], papers=papers, book=gacc_book())
    return render_message(message, book=gacc_book(), signer=signer_at_hand())


def _cusdec(filing: Filing) -> bytes:
    one = declared(filing)
    envelope = Envelope("FONDACO", f"CUSTOMS-{one.country}", one.lrn[:14], one.issued_at)
    return edifact.render("CUSDEC", [cusdec.facts_of(one)], envelope=envelope)


_WRITERS: Mapping[str, Callable[[Filing], bytes]] = {"gacc": _gacc, "cds": render_cds, "edifact": _cusdec}
