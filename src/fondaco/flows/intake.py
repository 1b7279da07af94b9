"""Taking in what declarants lodge: the single window as the receiving side, whatever the message's form."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import Acknowledged


def take_in_batch(scope: Scope, raw: bytes, *, form: str, now: datetime) -> Acknowledged:
    """Take in a message of at most 100 lists for `scope`'s organisation; `form` is json, gacc or cds.

    BadBatch where it is no batch at all (or what `take_in_gacc` and `take_in_cds` raise), and then nothing is
    recorded; single bad lists are refused in the acknowledgement.
    """
    offices = {office.country: office.id for office in parties.organisations_of_kind(Kind.CUSTOMS)}
    if form == "gacc":
        return window.take_in_gacc(scope, raw, authorities=offices, now=now)
    if form == "cds":
        return window.take_in_cds(scope, raw, authorities=offices, now=now)
    lists = window.read_batch(raw)
    return window.take_in_lists(scope, lists, raw, form=form, authorities=offices, now=now)


def form_of_xml(raw: bytes) -> str:
    """Which authority's language a message in XML is in, by its beginning: cds (WCO) or gacc."""
    return "cds" if b"urn:wco:datamodel:WCO" in raw[:4096] else "gacc"


def answer_in_form(said: Acknowledged, form: str) -> tuple[str, bytes]:
    """The media type and text of an answer: notifications of CDS in XML, else the acknowledgement in JSON."""
    if form == "cds":
        return "application/xml", window.notifications_of(said)
    return "application/json", said.text.encode()


def take_in_folder(seller: str, folder: Path, *, now: datetime) -> tuple[int, int]:
    """Take in what lies in `folder`/in for the seller with this short name; files taken in, and refused.

    NotFound for a seller that is not there.
    """
    found = parties.ids_by_slug([seller], kind=Kind.SELLER)
    if seller not in found:
        raise NotFound(field="seller", value=seller)
    scope = Scope(found[seller], Kind.SELLER, role=Role.CLERK, actor="file drop")

    def take(form: str, raw: bytes) -> bytes:
        return answer_in_form(take_in_batch(scope, raw, form=form, now=now), form)[1]

    return window.sweep_intake(folder, take)
