"""The numbers by which authorities know an organisation: stated by its own people, checked by their form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from stdnum.cn import uscc
from stdnum.eu import oss

from fondaco.kernel.audit import Deed, record
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Role, Scope
from fondaco.parties.dto import OrganisationDTO
from fondaco.parties.errors import BadNumber
from fondaco.parties.models import Organisation
from fondaco.parties.selectors import organisation_dto

# EORI: the country's letters and at most 15 signs (Implementing Regulation (EU) 2015/2447, Annex 12-01); in the
# United Kingdom 12 digits.
_EORI = re.compile(r"(GB|XI)[0-9]{12}|(?!GB|XI)[A-Z]{2}[A-Z0-9]{1,15}")
FORMS: Mapping[str, Callable[[str], bool]] = {
    "eori": lambda value: _EORI.fullmatch(value) is not None,
    "ioss": oss.is_valid,
    "uscc": uscc.is_valid,
}


def state_number(scope: Scope, kind: str, *, value: str, now: datetime) -> OrganisationDTO:
    """Put one number of the scope's own organisation on its page: an EORI, IOSS or unified social credit number.

    Spaces and dots go, letters are raised. Needs a manager. BadNumber where the form is not that of `kind`. The
    same number again changes nothing; another one is audited with the number before it.
    """
    scope.require(role=Role.MANAGER)
    number = re.sub(r"[\s.\-]", "", value).upper()
    if kind not in FORMS or not FORMS[kind](number):
        raise BadNumber(field=kind if kind in FORMS else "kind", value=value[:40])
    with transaction.atomic():
        row = Organisation.objects.select_for_update().filter(id=scope.organisation_id).first()
        if row is None:
            raise NotFound(field="organisation", value=str(scope.organisation_id))
        before = row.identifiers.get(kind, "")
        if before != number:
            row.identifiers = {**row.identifiers, kind: number}
            row.save(update_fields=["identifiers"])
            _tell(row.id, {"kind": kind, "before": before, "after": number}, scope=scope, now=now)
    return organisation_dto(row)


def _tell(organisation_id: UUID, detail: dict[str, str], *, scope: Scope, now: datetime) -> None:
    actor = scope.actor or str(scope.user_id)
    deed = Deed("parties.number_stated", "organisation", str(organisation_id), organisation_id, detail)
    record([deed], actor=actor, at=now)
