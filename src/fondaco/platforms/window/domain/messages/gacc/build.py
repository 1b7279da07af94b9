"""From our canonical declarations to GACC messages.

What a declaration does not know (the codes under which firms are registered with Chinese customs, the
offices, the sender's endpoint) comes from a `Profile`. Nothing is invented: what lacks stays empty, and
rendering then refuses it by name.
"""

from __future__ import annotations

from collections.abc import Sequence

from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.messages.gacc.exports import EXPORT_BUILDERS, JOINT_BUILDERS
from fondaco.platforms.window.domain.messages.gacc.imports import IMPORT_BUILDERS
from fondaco.platforms.window.domain.messages.gacc.papers import (
    IMPORT,
    NotInYuan,
    Papers,
    Profile,
    WrongDirection,
    make_guid,
)
from fondaco.platforms.window.domain.messages.gacc.spec import (
    TRANSFER,
    Block,
    Book,
    Entry,
    Message,
    UnknownMessage,
)

BUILT = (*IMPORT_BUILDERS, *EXPORT_BUILDERS, *JOINT_BUILDERS)


def build_message(number: str, filings: Sequence[Filing], *, papers: Papers, book: Book) -> Message:
    """The message `number` for `filings`, one entry for each (507, 509 and 607: one entry for all).

    The same filings give the same guids: sending again is sending the same. Raises UnknownMessage for a
    message that only customs sends, WrongDirection, NotInYuan or NoGaccCode.
    """
    shape = book.shape(number)
    if number not in BUILT:
        raise UnknownMessage("Only customs sends it.", field="kind", value=number)
    for filing in filings:
        if filing.kind != shape.side:
            raise WrongDirection(field="kind", value=f"CEB{number} for an {filing.kind}")
        if shape.side == IMPORT and filing.currency != "CNY":
            raise NotInYuan(field="currency", value=filing.currency)
    entries = _entries(number, filings, papers)
    guid = make_guid(number, *(str(entry.head["guid"]) for entry in entries))
    known = {field.name for field in book.fields(shape, TRANSFER)}
    return Message(number, guid, entries, transfer=_known(_sender(number, papers.profile), known))


def _sender(number: str, profile: Profile) -> Block:
    firm = {
        "411": profile.payment, "403": profile.seller, "511": profile.carrier, "505": profile.carrier,
        "513": profile.carrier, "509": profile.carrier, "507": profile.yard, "215": profile.yard,
        "711": profile.yard, "311": profile.platform, "303": profile.platform,
    }.get(number, profile.agent)  # fmt: skip
    return {"copCode": firm.code, "copName": firm.name, "dxpMode": "DXP", "dxpId": profile.endpoint}


def _known(block: Block, names: set[str]) -> Block:
    return {name: value for name, value in block.items() if name in names}


def _entries(number: str, filings: Sequence[Filing], papers: Papers) -> tuple[Entry, ...]:
    if number in JOINT_BUILDERS:
        return tuple(JOINT_BUILDERS[number](filings, papers))
    build = IMPORT_BUILDERS.get(number) or EXPORT_BUILDERS[number]
    return tuple(build(filing, papers) for filing in filings)
