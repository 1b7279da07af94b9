"""Which declarations a summary declaration holds, as its log tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fondaco.platforms.window.models import Declaration, DeclarationEvent

SUMMARY_REGIME = "summary"


def references_summed(summary_ids: Sequence[UUID]) -> set[str]:
    """The local references of every list in these summaries."""
    drafted: Any = DeclarationEvent.objects.filter(declaration_id__in=list(summary_ids), code="drafted")
    return {lrn for lists in drafted.values_list("raw__mode__lists", flat=True) for lrn in lists or ()}


def numbers_summed(summary_id: UUID) -> list[str]:
    """The numbers that customs gave to the lists of a summary, in the order of their references."""
    lists = Declaration.objects.house().filter(lrn__in=references_summed([summary_id])).exclude(mrn="")
    return list(lists.order_by("lrn").values_list("mrn", flat=True))
