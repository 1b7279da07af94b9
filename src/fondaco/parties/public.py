"""The only door to parties: organisations, people, memberships, API keys, verification."""

from __future__ import annotations

from fondaco.parties.dossiers import (
    add_document,
    decide_dossier,
    document_content,
    dossier,
    dossiers,
    expire_dossier,
    open_dossier,
    reopen_dossier,
    submit_dossier,
    verified,
    withdraw_dossier,
)
from fondaco.parties.dto import (
    ApiKeyDTO,
    DocumentDTO,
    DossierDTO,
    MembershipDTO,
    NewOrganisation,
    OrganisationDTO,
    UserDTO,
)
from fondaco.parties.errors import (
    BadApiKey,
    BadDocument,
    BadNumber,
    BadOrganisation,
    BadScope,
    DossierIncomplete,
    DossierOpen,
    FourEyes,
    KeyTooNarrow,
    NotAMember,
    ReasonMissing,
    SlugTaken,
)
from fondaco.parties.keys import KeyScope, authenticate_api_key, issue_api_key, list_api_keys, revoke_api_key
from fondaco.parties.numbers import FORMS as NUMBER_KINDS
from fondaco.parties.numbers import state_number
from fondaco.parties.selectors import (
    ids_by_slug,
    members,
    memberships,
    organisation,
    organisations,
    organisations_of_kind,
    people,
    person,
    scope_of,
    scope_or_first,
)
from fondaco.parties.services import (
    BadEmail,
    LastOwner,
    ensure_member,
    ensure_organisation,
    ensure_organisations,
    ensure_user,
    remove_member,
)

__all__ = [
    "ApiKeyDTO", "BadApiKey", "BadDocument", "BadEmail", "BadNumber", "BadOrganisation", "BadScope", "DocumentDTO", "DossierDTO",
    "DossierIncomplete", "DossierOpen", "FourEyes", "KeyScope", "KeyTooNarrow", "LastOwner", "MembershipDTO",
    "NUMBER_KINDS", "NewOrganisation", "NotAMember", "OrganisationDTO", "ReasonMissing", "SlugTaken", "UserDTO", "add_document",
    "authenticate_api_key", "decide_dossier", "document_content", "dossier", "dossiers", "ensure_member",
    "ensure_organisation", "ensure_organisations", "ensure_user", "expire_dossier", "ids_by_slug", "issue_api_key", "list_api_keys",
    "members", "memberships", "open_dossier", "organisation", "organisations", "organisations_of_kind", "people", "person",
    "remove_member", "reopen_dossier", "revoke_api_key", "scope_of", "scope_or_first", "state_number", "submit_dossier", "verified",
    "withdraw_dossier",
]  # fmt: skip
