"""Card numbers: what counts as one, and how it is cut; pure.

A number counts as a card's when it has a length and leading digits of a scheme (ISO/IEC 7812-1) and its
check digit is right (Luhn, Annex B). Ten of a hundred random numbers pass Luhn, so leading digits matter:
waybills, GTINs and phone numbers are left alone.
"""

from __future__ import annotations

import re

RUN = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_SCHEMES = re.compile(
    r"4(\d{12}|\d{15}|\d{18})"  # Visa
    r"|(5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(6011|64[4-9]\d|65\d{2})\d{12}"  # Discover
    r"|35(2[89]|[3-8]\d)\d{12}"  # JCB
    r"|(30[0-5]|3[68]\d)\d{11}"  # Diners Club
    r"|62\d{14,17}"  # UnionPay
)


def is_card_number(digits: str) -> bool:
    """Whether `digits` (only digits) can be the number of a payment card."""
    return bool(_SCHEMES.fullmatch(digits)) and _luhn(digits)


def masked(text: str) -> str:
    """`text` with every card number cut to its first six and last four digits (PCI DSS 4.0.1, 3.4.1)."""
    return RUN.sub(_mask, text)


def _mask(run: re.Match[str]) -> str:
    digits = re.sub(r"[ -]", "", run.group())
    if not is_card_number(digits):
        return run.group()
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def _luhn(digits: str) -> bool:
    doubled = (int(d) * 2 if at % 2 else int(d) for at, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
