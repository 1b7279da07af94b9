"""What the agencies' answer codes mean, in our states: UK CDS, China GACC, UN/EDIFACT 7365.

CDS: hmrc/customs-declare-exports-frontend, SubmissionStatus.scala. GACC: Announcement 2018 No. 113, annex
2022-05, field returnStatus. EDIFACT: code list of data element 7365 as used in CUSRES. A code with no state
is information: it is kept in the log and moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from fondaco.platforms.window.domain.declaration_states import State


@dataclass(frozen=True, slots=True)
class Code:
    """A receipt code: its vocabulary, number, short name, meaning in English and the state it stands for."""

    vocabulary: str
    number: str
    name: str
    meaning: str
    state: State | None


def _cds(number: str, name: str, meaning: str, state: State | None) -> Code:
    return Code("cds", number, name, meaning, state)


def _gacc(number: str, meaning: str, state: State | None) -> Code:
    return Code("gacc", number, number, meaning, state)


def _edifact(number: str, meaning: str, state: State | None) -> Code:
    return Code("edifact", number, number, meaning, state)


# What only tells of a declaration that is in work stands for the state it confirms: an amendment or a request
# answered (07, 11) needs an accepted declaration, money that is missing or due (14, 15) an assessed one. The
# states are a join, so none of these takes back what is further on.
CDS = (
    _cds("01", "DMSACC", "accepted", State.ACCEPTED),
    _cds("02", "DMSRCV", "received", State.RECEIVED),
    _cds("03", "DMSREJ", "rejected", State.REJECTED),
    _cds("05", "DMSCTL", "physical check", State.INSPECTION),
    _cds("06", "DMSDOC", "documents required", State.DOCS_REQUIRED),
    _cds("07", "DMSRES", "amended", State.ACCEPTED),
    _cds("08", "DMSROG", "goods released", State.RELEASED),
    _cds("09", "DMSCLE", "cleared", State.RELEASED),
    _cds("10", "DMSINV", "invalidated", State.CANCELLED),
    _cds("11", "DMSREQ", "request granted or denied", State.ACCEPTED),
    _cds("13", "DMSTAX", "tax calculated", State.ASSESSED),
    _cds("14", "DMSCPI", "balance too low", State.ASSESSED),
    _cds("15", "DMSCPR", "payment reminder", State.ASSESSED),
    _cds("16", "DMSEOG", "goods have left", State.CLOSED),
    _cds("17", "DMSEXT", "handled outside CDS", State.UNDER_REVIEW),
    _cds("18", "DMSGER", "exit awaited", State.RELEASED),
    _cds("50", "DMSALV", "licence checked by another authority", State.UNDER_REVIEW),
    _cds("51", "DMSQRY", "query raised", State.DOCS_REQUIRED),
    _cds("52", "DMSDET", "goods detained", State.DETAINED),
)

GACC = (
    _gacc("1", "stored at the electronic port", State.SUBMITTED),
    _gacc("2", "declaring", State.SUBMITTED),
    _gacc("3", "sent to customs", State.RECEIVED),
    _gacc("4", "sending failed", State.TRANSPORT_FAILED),
    _gacc("100", "rejected", State.REJECTED),
    _gacc("120", "entered", State.ACCEPTED),
    _gacc("300", "manual review", State.UNDER_REVIEW),
    _gacc("399", "assessed", State.ASSESSED),
    _gacc("500", "inspection", State.INSPECTION),
    _gacc("501", "detained, to clearance", State.DETAINED),
    _gacc("502", "detained, to anti-smuggling", State.DETAINED),
    _gacc("503", "detained, to legal", State.DETAINED),
    _gacc("510", "departed", None),
    _gacc("599", "detained, other", State.DETAINED),
    _gacc("700", "returned", State.RETURNED),
    _gacc("800", "released", State.RELEASED),
    _gacc("899", "closed", State.CLOSED),
    _gacc("816", "tax bill", State.ASSESSED),
    _gacc("816-2", "tax bill summed up with others", None),
    _gacc("816-3", "tax bill void", None),
)
# The same numbers in the answers to an application: the declaration moves only when it is granted.
GACC_APPLICATIONS = tuple(
    Code(f"gacc-{kind}", number, number, f"{kind}: {meaning}", state if number in granted else None)
    for kind, state, granted in (
        ("cancel", State.CANCELLED, {"399"}),
        ("return", State.RETURNED, {"399", "800"}),
    )
    for number, meaning in (
        ("1", "stored"), ("2", "declaring"), ("3", "sent to customs"), ("4", "sending failed"),
        ("100", "refused"), ("120", "entered"), ("300", "manual review"), ("399", "assessed"),
        ("500", "inspection"), ("505", "handed over"), ("600", "suspended"), ("800", "released"),
    )
)  # fmt: skip

# The answers to a summary application (702): 399 grants it, and 792 tells of the export declaration made of it.
GACC_SUMMARY = tuple(
    Code("gacc-summary", number, number, f"summary: {meaning}", state)
    for number, meaning, state in (
        ("1", "stored", State.SUBMITTED), ("2", "declaring", State.SUBMITTED), ("3", "sent to customs", State.RECEIVED),
        ("4", "sending failed", State.TRANSPORT_FAILED), ("100", "refused", State.REJECTED),
        ("120", "entered", State.ACCEPTED), ("300", "manual review", State.UNDER_REVIEW),
        ("399", "assessed", State.RELEASED), ("792", "export declaration made", State.CLOSED),
    )
)  # fmt: skip

# Directory D.96B. 11 to 14 speak of the message, not of the goods; 15 and 16 answer a correction: they are kept in
# the log and the declaration stays where it is, as with CDS's DMSRES.
EDIFACT = (
    _edifact("1", "message content accepted", State.ACCEPTED),
    _edifact("2", "message content rejected with comment", State.REJECTED),
    _edifact("3", "message content rejected without comment", State.REJECTED),
    _edifact("4", "goods released", State.RELEASED),
    _edifact("5", "goods required for examination", State.INSPECTION),
    _edifact("6", "documents to be produced", State.DOCS_REQUIRED),
    _edifact("7", "goods detained", State.DETAINED),
    _edifact("8", "goods may move under customs transfer", State.RELEASED),
    _edifact("9", "declaration accepted, awaiting goods arrival", State.RECEIVED),
    _edifact("10", "declaration requested", State.DOCS_REQUIRED),
    _edifact("11", "pre-entry information", State.SUBMITTED),
    _edifact("12", "sender not allowed this message type", State.TRANSPORT_FAILED),
    _edifact("13", "message type not supported", State.TRANSPORT_FAILED),
    _edifact("14", "error message", State.TRANSPORT_FAILED),
    _edifact("15", "correction approved", None),
    _edifact("16", "correction not approved", None),
    _edifact("17", "message received", State.RECEIVED),
    *(
        _edifact(str(number), meaning, None)
        for number, meaning in enumerate(
            ("request for clearance", "bulk goods", "cash payment deferred", "unsolicited text", "export", "import",
             "transit", "prohibited or restricted goods", "container quarantine", "onward carriage: immediate export",
             "transhipment", "onward carriage: inland clearance"),
            start=18,
        )
    ),
    _edifact("30", "not processed until the sender acts", State.DOCS_REQUIRED),
    _edifact("31", "transaction cannot be processed", State.TRANSPORT_FAILED),
    _edifact("32", "transaction accepted", State.ACCEPTED),
    _edifact("33", "transaction rejected", State.REJECTED),
    _edifact("34", "transaction awaiting processing", State.RECEIVED),
    _edifact("35", "transaction unknown", None),
    _edifact("36", "changed information", None),
    _edifact("37", "complete information", None),
    _edifact("38", "manual procedures", State.UNDER_REVIEW),
)  # fmt: skip

_ALIASES = {code.name: code for code in CDS}
_BY_NUMBER = {
    (code.vocabulary, code.number): code
    for code in (*CDS, *GACC, *GACC_APPLICATIONS, *GACC_SUMMARY, *EDIFACT)
}


def find_code(code: str, *, vocabulary: str = "cds") -> Code | None:
    """The code by name (DMSACC) or number ("01") in `vocabulary`; None where it is not known.

    GACC: every negative number is a processing error, which ends the declaration as rejected; one that
    answers an application ("gacc-cancel", "gacc-return") leaves the declaration as it is.
    """
    if vocabulary == "cds" and code in _ALIASES:
        return _ALIASES[code]
    if vocabulary == "gacc-paper":
        return _paper_code(code)
    known = _BY_NUMBER.get((vocabulary, code))
    if known is None and vocabulary.startswith("gacc") and code.startswith("-") and code[1:].isdigit():
        state = State.REJECTED if vocabulary in {"gacc", "gacc-summary"} else None
        return Code(vocabulary, code, code, "processing error", state)
    return known


def _paper_code(code: str) -> Code | None:
    """An answer to an order, payment or waybill ("304-120"): information, whatever its number."""
    message, _, number = code.partition("-")
    known = _BY_NUMBER.get(("gacc", number))
    meaning = known.meaning if known else "processing error" if number.startswith("-") else ""
    return Code("gacc-paper", code, code, f"CEB{message}: {meaning}", None) if meaning else None
