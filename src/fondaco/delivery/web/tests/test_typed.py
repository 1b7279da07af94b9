"""Forms keep what was typed after an error."""

from __future__ import annotations

import pytest

from fondaco.delivery.web.typed import refilled
from fondaco.kernel.tenancy import Kind
from tests.tenants import make_tenants

PAGE = """<!DOCTYPE html><html><body><details><form id="f" action="/here/" method="post">
<input type="hidden" name="csrfmiddlewaretoken" value="T"><input name="n" value=""><input type="password" name="p">
<select name="s"><option value="a" selected>A<option value="b">B</select><textarea name="t"></textarea>
<input type="checkbox" name="c" value="1" checked><input type="radio" name="r" value="x"></form></details>
<input name="far" form="f"><form action="/there/"><input name="n" value="kept"></form></body></html>"""


def test_the_form_that_was_refused_is_filled_and_unfolded() -> None:
    fields = {"n": ["<5>"], "s": ["b"], "t": ["two\nlines"], "r": ["x"], "far": ["off"], "p": ["secret"]}
    page = refilled(PAGE, path="/here/", fields=fields)
    for part in ('name="n" value="&lt;5&gt;"', '<option value="b" selected', ">two\nlines</textarea>", "<details open",
                 'name="far" form="f" value="off"', 'name="n" value="kept"', 'value="T"'):  # fmt: skip
        assert part in page
    assert "secret" not in page
    assert '<option value="a" selected' not in page
    assert "checked" in page.split('name="r"')[1].split(">")[0]
    assert "checked" not in page.split('name="c"')[1].split(">")[0]
    assert refilled(PAGE, path="/nowhere/", fields=fields) == PAGE


@pytest.mark.django_db
def test_what_was_typed_comes_back_once() -> None:
    tenant = make_tenants()[Kind.PLATFORM]
    form = {
        "owner": str(tenant.scope.organisation_id),
        "currency": "GBP",
        "minimum": "a lot",
        "reason": "thin weeks",
    }
    assert tenant.client.post("/payout-policies/propose/", form).status_code == 302
    page = tenant.client.get("/payout-policies/").content.decode()
    assert 'value="a lot"' in page
    assert "thin weeks" in page
    assert "a lot" not in tenant.client.get("/payout-policies/").content.decode()
