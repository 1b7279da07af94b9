"""What may not stand in a log: secrets, tokens, card and account numbers, e-mail addresses; cut out of every line.

The last thing before a line is written, so that messages, arguments and tracebacks are all covered.
"""

from __future__ import annotations

import logging
import re

from fondaco.kernel.cards import masked

_GONE = "[removed]"
_NAMED = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|authori[sz]ation|cookie|set-cookie|"
    r"session(?:id)?|csrf(?:middlewaretoken|token)?|sale-ticket|ticket|otp|cvc2?|cvv2?|pin|iban|private[_-]?key|"
    r"client[_-]?secret"
)
# "name": "value", name=value, ("name", "value"), with or without quotes that are themselves escaped
_GIVEN = rf"(?P<name>\b[\w-]*(?:{_NAMED})(?:[_-](?:key|id|value))?(?:\\*[\"']?\s*[=:]|\\*[\"']\s*,(?=\s*b?\\*[\"']))\s*)"
_VALUE = (
    r"(?:b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\.|[^'\\])*'|\\+(?P<quote>[\"']).*?\\+(?P=quote)|"
    r"(?!\[removed\]|(?:Bearer|Basic)\b)[^\s,;&)}\]\"'][^\s,;&)}\]]*)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        _GONE,
    ),
    (re.compile(r"\b(Bearer|Basic|Ticket)\s+[A-Za-z0-9._~+/=:-]{6,}", re.IGNORECASE), rf"\1 {_GONE}"),
    (re.compile(r"\bfnd_[a-z2-7]{4,}_[A-Za-z0-9_-]+"), f"fnd_{_GONE}"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), f"whsec_{_GONE}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), _GONE),  # JSON web tokens
    (
        re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]+@", re.IGNORECASE),
        rf"\g<scheme>{_GONE}@",
    ),
    (re.compile(_GIVEN + _VALUE, re.IGNORECASE), rf"\g<name>{_GONE}"),
    (re.compile(r"(?P<path>/(?:password/reset/key|confirm-email|window/cn)/)[^/\s]+"), rf"\g<path>{_GONE}"),
    (re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
)
_ACCOUNT = re.compile(r"\b(?!RF)[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)\b")


def scrub(text: str) -> str:
    """`text` without secrets, tokens, addresses of people, IBANs, and card numbers (first six and last four stay)."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return masked(_ACCOUNT.sub(_without_account, text))


def _without_account(found: re.Match[str]) -> str:
    """What was found without the IBAN it begins with (ISO 13616: 1 modulo 97); creditor references (RF) stay."""
    groups = found.group().split(" ")
    for last in range(len(groups), 0, -1):
        bare = "".join(groups[:last])
        if 15 <= len(bare) <= 34 and int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1:
            return " ".join([f"{bare[:2]}[account]", *groups[last:]])
    return found.group()


class ScrubbingFormatter(logging.Formatter):
    """A formatter whose lines are scrubbed, tracebacks included; one record is one line of text plus its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, scrubbed; line breaks in its message cannot begin a line of their own."""
        record = logging.makeLogRecord(record.__dict__)
        record.msg, record.args = record.getMessage().replace("\r", "\\r").replace("\n", "\\n"), None
        return scrub(super().format(record))
