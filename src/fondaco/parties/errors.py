"""Facts of the parties room."""

from __future__ import annotations

from fondaco.kernel.errors import Conflict, FondacoError, Forbidden, Refused


class BadOrganisation(Refused):
    code = "bad-organisation"
    title = "This is not a usable organisation."
    remedy = "Give a name, a two-letter country, a currency in use and a slug of a-z, 0-9 and hyphens."


class BadNumber(Refused):
    code = "bad-number"
    title = "This is not a number of that kind."
    remedy = (
        "An EORI is two letters and up to 15 signs (GB and XI: 12 digits); an IOSS number IM and ten digits; a "
        "unified social credit number 18 signs, its last a check digit."
    )


class SlugTaken(Conflict):
    code = "slug-taken"
    title = "This short name belongs to an organisation of another kind."
    remedy = "Choose another short name."


class NotAMember(Forbidden):
    code = "not-a-member"
    title = "You do not belong to this organisation."
    remedy = "Ask one of its owners to add you."


class BadApiKey(FondacoError):
    code = "bad-api-key"
    title = "This API key is not accepted."
    remedy = "Send a key that is neither expired nor revoked, as 'Authorization: Bearer fnd_...'."
    status = 401


class KeyTooNarrow(Forbidden):
    code = "key-too-narrow"
    title = "This API key does not cover what was asked."
    remedy = "Use a key with the scope named here."


class BadScope(Refused):
    code = "bad-scope"
    title = "There is no such scope of API keys."
    remedy = "Use 'read', 'write' or both."


class BadDocument(Refused):
    code = "bad-document"
    title = "This file cannot go into the dossier."
    remedy = "Upload a PDF, PNG or JPEG of at most 5 MB."


class DossierIncomplete(Refused):
    code = "dossier-incomplete"
    title = "The dossier lacks papers."
    remedy = "Add at least the company registration and one representative's identity."


class DossierOpen(Conflict):
    code = "dossier-open"
    title = "A dossier of this organisation is being worked on already."
    remedy = "Go on with that one."


class FourEyes(Forbidden):
    code = "four-eyes"
    title = "Who submitted a dossier cannot decide it."
    remedy = "Ask a colleague."


class ReasonMissing(Refused):
    code = "reason-missing"
    title = "A refusal needs a reason."
    remedy = "Say in a sentence what is wrong, so that it can be mended."
