"""Nothing secret stands in a log: not in messages, arguments, exceptions, nor the lines of the frameworks."""

from __future__ import annotations

import io
import logging
import logging.config
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.config.logs import LOGGING
from fondaco.kernel.scrubbing import ScrubbingFormatter, scrub

SECRETS = {
    "4111 1111 1111 1111": "paid with 4111 1111 1111 1111 today",
    "5555555555554444": "card=5555555555554444",
    "fnd_abcd2345_s3cr3tPart-x": "key fnd_abcd2345_s3cr3tPart-x was used",
    "whsec_MfKQ9r8": "secret whsec_MfKQ9r8",
    "abc.def-123": "Authorization: Bearer abc.def-123",
    "hunter2!": "{'password': 'hunter2!', 'login': 'x'}",
    "t0p": "GET /x?token=t0p&y=1",
    "s3ss10n": "Cookie: __Host-session=s3ss10n",
    "ann.lee+x@mail.example.co.uk": "no such account: ann.lee+x@mail.example.co.uk",
    "pa55": "postgresql://fondaco:pa55@db/fondaco",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.sig": "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.sig",
    "MIIEvQ": "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
    "GB29NWBK60161331926819": 'iban: "GB29NWBK60161331926819"',
    "DE02100100100006820101": "This statement cannot be used. [account=DE02100100100006820101]",
    "3704 0044": "payout to DE89 3704 0044 0532 0130 00 EUR failed",
    "5390 0754": "payout to BE68 5390 0754 7034 EUR failed",
    "ann%40": "GET /accounts/login/?login=ann%40mail.example&x=1",
    "hunter3!": r"body {\"password\": \"hunter3!\"}",
    "s3cr3t": "[('x-api-key', 's3cr3t'), ('accept', '*/*')]",
    "def'": r"token: 'abc\'def' end",
    "n0t-f0r-l0gs": "SECRET_KEY=n0t-f0r-l0gs",
    "2x-abc123-set": "/accounts/password/reset/key/2x-abc123-set/",
    "0a1b2c3d": "POST /api/v1/window/cn/0a1b2c3d/platDataOpen",
}


@pytest.mark.parametrize(("secret", "line"), SECRETS.items())
def test_a_secret_is_cut_and_the_line_stays(secret: str, line: str) -> None:
    said = scrub(line)
    assert secret not in said
    assert said
    assert scrub(said) == said


def test_ordinary_lines_stay_as_they_are() -> None:
    for line in (
        "order FO00001234 moved from paid to declared in 12 ms",
        "waybill 1234567890123 arrived, GTIN 4006381333931",
        "018f3a2e-7c1b-7def-8a3b-000000000001 sealed 50000 events",
        "amount 12.50 GBP at 210.698009114896",
        "container MSKU1234567 of AB12 3456 7890 1234 arrived",
        "reference RF18539007547034 is a creditor's",
        "3 sessions, 2 tokens and 1 cookie, passed",
    ):
        assert scrub(line) == line


@given(
    st.text(
        alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"',;&)}]"),
        min_size=6,
        max_size=20,
    )
)
@settings(max_examples=60)
def test_no_password_survives_whatever_it_is(password: str) -> None:
    assert f"password={password} " not in scrub(f"password={password} end")


@pytest.mark.parametrize(
    "name", ["fondaco.x", "django.request", "django.security.csrf", "procrastinate.worker", "axes", "httpx"]
)
def test_every_logger_writes_through_the_scrubber(name: str) -> None:
    out, config = io.StringIO(), deepcopy(LOGGING)
    config["handlers"]["stderr"]["stream"] = out
    before = _handlers(name)
    try:
        logging.config.dictConfig(config)
        try:
            int("card 4111111111111111 of ann@mail.example")
        except ValueError:
            logging.getLogger(name).exception("token=%s\nforged line", "t0p")
    finally:
        _restore(name, before)
    said = out.getvalue()
    assert "token=[removed]" in said
    assert "411111******1111 of [e-mail]" in said
    for secret in ("t0p", "4111111111111111", "ann@", "\nforged"):
        assert secret not in said


def test_a_record_is_left_as_it_was_for_other_handlers() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "password=%s", ("p",), None)
    assert ScrubbingFormatter().format(record) == "password=[removed]"
    assert record.getMessage() == "password=p"


def _handlers(name: str) -> dict[str, Any]:
    return {
        n: (list(logging.getLogger(n).handlers), logging.getLogger(n).level) for n in ("", "django", name)
    }


def _restore(name: str, before: dict[str, Any]) -> None:
    for one, (handlers, level) in before.items():
        logging.getLogger(one).handlers[:] = handlers
        logging.getLogger(one).setLevel(level)
