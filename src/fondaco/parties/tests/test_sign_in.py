from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from axes.models import AccessAttempt
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.middleware import SESSION_KEY, ScopeMiddleware
from fondaco.parties.models import User
from fondaco.parties.tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _fresh_limits(db):
    cache.clear()


def _try(client: Client, email: str, password: str, **extra) -> HttpResponse:
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def test_the_right_password_signs_in_by_email_in_any_case(person) -> None:
    user = person("ada")
    client = Client()
    answer = _try(client, "ADA@example.org", PASSWORD)
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(user.id)


def test_five_wrong_passwords_lock_the_address_there_and_nobody_else(person) -> None:
    person("ada")
    person("bob")
    client = Client()
    answers = [_try(client, "ada@example.org", f"wrong {n}").status_code for n in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    locked = _try(client, "ada@example.org", PASSWORD)
    assert locked.status_code == 429  # even the right password
    assert "_auth_user_id" not in client.session
    assert _try(Client(), "bob@example.org", PASSWORD).status_code == 302
    assert _try(Client(), "ada@example.org", PASSWORD, REMOTE_ADDR="203.0.113.9").status_code == 302
    attempt = AccessAttempt.objects.first()
    assert "wrong" not in attempt.post_data  # no password in the log


def test_a_lockout_answers_a_machine_with_a_problem(person) -> None:
    person("ada")
    client = Client(headers={"accept": "application/json"})
    for n in range(5):
        answer = _try(client, "ada@example.org", f"wrong {n}")
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too-many-attempts"


def test_an_unknown_and_a_known_address_are_answered_alike(person) -> None:
    person("ada")
    wrong, unknown = _try(Client(), "ada@example.org", "no"), _try(Client(), "eve@example.org", "no")
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors


def _code(secret: str) -> str:
    counter = int(time.time()) // 30
    return f"{hotp_value(secret, counter):06}"


def test_enrolling_an_authenticator_app_and_signing_in_with_it(person) -> None:
    person("ada")
    client = Client()
    _try(client, "ada@example.org", PASSWORD)
    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = page.context["form"].secret
    done = client.post(reverse("mfa_activate_totp"), {"code": _code(secret)})
    assert done.status_code == 302
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert secret not in str(mail.outbox)

    fresh = Client()
    first = _try(fresh, "ada@example.org", PASSWORD)
    assert first.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in fresh.session
    assert fresh.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in fresh.session


def test_a_recovery_code_signs_in_once(person) -> None:
    user = User.objects.get(id=person("ada").id)
    TOTP.activate(user, generate_totp_secret())
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for expected in (True, False):
        client = Client()
        _try(client, "ada@example.org", PASSWORD)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert ("_auth_user_id" in client.session) is expected


def test_passkeys_are_offered() -> None:
    answer = Client().get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["request_options"]["publicKey"]["challenge"]


@override_settings(SIGNUP_OPEN=False)
def test_signing_up_can_be_closed() -> None:
    Client().post(
        reverse("account_signup"), {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not User.objects.exists()


def test_signing_up_needs_a_strong_password_and_a_confirmed_address() -> None:
    client = Client()
    weak = client.post(
        reverse("account_signup"), {"email": "new@example.org", "password1": "short", "password2": "short"}
    )
    assert "password1" in weak.context["form"].errors
    client.post(
        reverse("account_signup"), {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert User.objects.get().emailaddress_set.get().verified is False
    assert "_auth_user_id" not in client.session
    assert len(mail.outbox) == 1


def test_reset_mail_goes_out_only_to_known_addresses_and_is_limited(person) -> None:
    person("ada")
    for address in ("eve@example.org", "ada@example.org"):
        Client().post(reverse("account_reset_password"), {"email": address})
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    answers = [
        Client().post(reverse("account_reset_password"), {"email": "ada@example.org"}).status_code
        for _ in range(4)
    ]
    assert answers[-1] == 429


def _request(user=None, session: dict | None = None, path: str = "/orders"):
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get(path)
    request.COOKIES["sessionid"] = "x"
    request.session = session or {}
    request.user = user or AnonymousUser()
    return request


def _through(request) -> HttpResponse:
    return ScopeMiddleware(lambda _: HttpResponse("in"))(request)


def test_the_middleware_puts_the_scope_of_the_chosen_organisation(seat, person) -> None:
    alpha, beta = seat("ada", "alpha"), seat("ada", "beta", role=Role.VIEWER)
    user = User.objects.get(id=alpha.user_id)
    for session, expected in (({}, alpha), ({SESSION_KEY: str(beta.organisation_id)}, beta)):
        request = _request(user, session)
        _through(request)
        assert request.scope == expected
    request = _request()
    _through(request)
    assert request.scope is None


@override_settings(MFA_REQUIRED_KINDS=frozenset({"platform"}))
def test_operators_go_nowhere_without_a_second_factor(seat) -> None:
    operator = User.objects.get(id=seat("olga", "fondaco", kind=Kind.PLATFORM).user_id)
    seller = User.objects.get(id=seat("ada", "alpha").user_id)
    assert _through(_request(operator)).url == reverse("mfa_index")
    assert _through(_request(operator, path="/api/v1/orders")).status_code == 403
    assert _through(_request(operator, path="/accounts/2fa/")).content == b"in"
    assert _through(_request(seller)).content == b"in"
    TOTP.activate(operator, generate_totp_secret())
    assert _through(_request(operator)).content == b"in"
