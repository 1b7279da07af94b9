"""What may not stand in a log: secrets, tokens, card numbers, e-mail addresses; cut out of every line.

The last thing before a line is written, so that messages, arguments and tracebacks are all covered.
"""

from __future__ import annotations

import logging
import re

from fondaco.kernel.cards import masked

_GONE = "[removed]"
_NAMED = (
    r"pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|authori[sz]ation|cookie|set-cookie|session(?:id)?|"
    r"csrf(?:middlewaretoken|token)?|sale-ticket|ticket|otp|cvc2?|cvv2?|pin|iban|private[_-]?key|client[_-]?secret"
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
    (
        re.compile(
            rf"(?P<name>[\"']?\b[\w-]*(?:{_NAMED})[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|(?!\[removed\]|(?:Bearer|Basic)\b)[^\s,;&)}}\]]+)",
            re.IGNORECASE,
        ),
        rf"\g<name>{_GONE}",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
)


def scrub(text: str) -> str:
    """`text` without secrets, tokens, addresses of people and card numbers (first six and last four digits stay)."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return masked(text)


class ScrubbingFormatter(logging.Formatter):
    """A formatter whose lines are scrubbed, tracebacks included; one record is one line of text plus its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, scrubbed; line breaks in its message cannot begin a line of their own."""
        record = logging.makeLogRecord(record.__dict__)
        record.msg, record.args = record.getMessage().replace("\r", "\\r").replace("\n", "\\n"), None
        return scrub(super().format(record))
