"""Tenancy across the house: every owned model, every page and endpoint, every kind of tenant."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from fondaco.kernel.tenancy import Kind, Owned, Role, Scope
from tests.tenants import STRANGER, Tenant, make_tenants, routes

MODELS = [model for model in apps.get_models() if issubclass(model, Owned)]
# States with two values and no steps between them that anybody could take wrongly.
NO_MACHINE = {"kernel_parkedevent", "logistics_pricebook", "orders_importbatch"}
# What no party owns yet: only the operator reads it.
OPERATORS_OWN = {"logistics.StrayEvent"}
# Says what is written in any number that is asked about; looks nothing up.
COMPUTED = "api/v1/logistics/tracking-numbers/<number>"


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    return make_tenants()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
@pytest.mark.django_db
def test_a_stranger_of_any_kind_asks_with_a_filter_or_sees_nothing(model: type[Owned]) -> None:
    assert model.owners or model._meta.label in OPERATORS_OWN
    assert set(model.owners) <= set(Kind)
    for kind in set(Kind) - {Kind.PLATFORM}:
        scope = Scope(organisation_id=uuid4(), kind=kind, role=Role.OWNER)
        rows = model.objects.of(scope)
        assert not rows.exists()
        if kind not in model.owners:
            assert rows.query.is_empty()
        else:
            assert scope.organisation_id.hex in str(rows.query).replace("-", "")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_operator_and_the_house_see_all(model: type[Owned]) -> None:
    operator = Scope(organisation_id=uuid4(), kind=Kind.PLATFORM)
    for rows in (model.objects.of(operator), model.objects.house()):
        assert not rows.query.where.children


@pytest.mark.django_db
def test_every_state_of_the_house_is_guarded_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE '%\\_guard'"
        )
        guarded = {row[0] for row in cursor.fetchall()}
    ours = [model for model in apps.get_models() if model.__module__.startswith("fondaco.")]
    with_state = {
        model._meta.db_table
        for model in ours
        if any(field.name == "state" and field.choices for field in model._meta.concrete_fields)
    }
    assert with_state - guarded - NO_MACHINE == set()


@pytest.mark.slow(50)
def test_no_tenant_brings_a_page_down_or_opens_what_is_not_there(tenants: dict[str, Tenant]) -> None:
    wrong = {}
    asking = [
        name for name in tenants if name != STRANGER
    ]  # nothing is anybody's: one seller is like the other
    for place, route in enumerate(routes()):
        # of what is not there, three kinds of tenant ask in turn; what is there is asked for by strangers elsewhere
        turn = [asking[(place + step) % len(asking)] for step in (0, 3, 6)] if route.is_detail else asking
        for name in turn:
            tenant = tenants[name]
            code = tenant.client.get(route.path()).status_code
            if code >= 500 or (route.is_detail and 200 <= code < 300 and route.template != COMPUTED):
                wrong[route.template, name] = code
    assert wrong == {}


@pytest.mark.django_db
def test_a_stranger_without_a_session_opens_nothing_by_its_identifier() -> None:
    client = Client(raise_request_exception=False)
    codes = {route.template: client.get(route.path()).status_code for route in routes() if route.is_detail}
    assert codes.pop(COMPUTED) == 200
    assert {template: code for template, code in codes.items() if 200 <= code < 300 or code >= 500} == {}
