"""What a production deployment gets without asking for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

_ASK = """
import json
from django.conf import settings as s
names = ("DEBUG SESSION_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_NAME CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT "
         "CSRF_COOKIE_NAME LANGUAGE_COOKIE_NAME LANGUAGE_COOKIE_SECURE MODE_COOKIE_NAME ZONE_COOKIE_NAME "
         "SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SIGNUP_OPEN MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN").split()
print(json.dumps({n: getattr(s, n) for n in names} | {"kinds": sorted(s.MFA_REQUIRED_KINDS)}))
"""


def _run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    base = {key: value for key, value in os.environ.items() if key not in ("SECRET_KEY", "FONDACO_ENV")}
    settings = {"DJANGO_SETTINGS_MODULE": "fondaco.config.settings", "FONDACO_ENV": "production"}
    return subprocess.run(
        [sys.executable, *args], env=base | settings | env, capture_output=True, text=True, check=False
    )


def test_production_is_closed_by_default() -> None:
    said = _run("-c", _ASK, SECRET_KEY="k" * 60)
    assert json.loads(said.stdout) == {
        "DEBUG": False,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "LANGUAGE_COOKIE_NAME": "__Host-language",
        "LANGUAGE_COOKIE_SECURE": True,
        "MODE_COOKIE_NAME": "__Host-mode",
        "ZONE_COOKIE_NAME": "__Host-zone",
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 63_072_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SIGNUP_OPEN": False,
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": False,
        "kinds": ["bank", "customs", "platform", "tax"],
    }


def test_production_does_not_start_without_a_key_of_its_own() -> None:
    said = _run("-c", _ASK)
    assert said.returncode != 0
    assert "Set SECRET_KEY" in said.stderr


def test_django_finds_nothing_to_say_about_the_deployment() -> None:
    key = "a-long-key-with-many-different-characters-0123456789-xyz-QWERTY-uiop"
    said = _run("-m", "django", "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=key)
    assert said.returncode == 0, said.stderr
