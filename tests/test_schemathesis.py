"""Schemathesis asks every operation of the API what its document allows, as a seller, an officer and an operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from schemathesis.checks import not_a_server_error
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fondaco.kernel.tenancy import Kind
from tests.callers import Caller, open_case, webhook_of
from tests.traded import Traded, standing

pytestmark = [pytest.mark.django_db, pytest.mark.slow(20)]

OFTEN = "100000/minute"
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance,
]  # fmt: skip
# The kept document, which `make check` holds equal to the one served: to make it anew takes seconds in each process.
schema = schemathesis.openapi.from_path(settings.ROOT / "docs" / "openapi.json")
schema.app, schema.location = get_wsgi_application(), "/api/v1/openapi.json"


class Asking:
    """Three callers who take turns, and identifiers of what is there, for every other request."""

    def __init__(self, traded: Traded) -> None:
        house, seller = traded.house, Caller(traded.house.seller, Kind.SELLER)
        others = {house.customs["DE"]: Kind.CUSTOMS, house.platform: Kind.PLATFORM}
        self.keys = [seller.key, *(Caller(organisation, kind).key for organisation, kind in others.items())]
        endpoint, delivery = webhook_of(seller)
        consignment = seller.get("/logistics/consignments").json()["items"][0]
        self.ids = {
            "order_id": consignment["order_id"],
            "consignment_id": consignment["id"],
            "number": consignment["tracking_numbers"][0],
            "product_id": seller.get("/products").json()["items"][0]["id"],
            "declaration_id": seller.get("/declarations").json()["items"][0]["id"],
            "case_id": str(open_case(traded)),
            "endpoint_id": str(endpoint),
            "delivery_id": str(delivery),
        }
        self.asked = 0

    def ask(self, case: Any) -> int:
        """Put `case` as the next caller; check the answer; leave nothing changed. The status, 0 if passed over."""
        self.asked += 1
        if case.meta.phase.name is TestPhase.COVERAGE and self.asked > 12 and self.asked % 8:
            return (
                0  # of the systematic cases, which go up to 200 for one operation, every eighth past the 12th
            )
        if self.asked % 2:
            real = {name: self.ids[name] for name in case.path_parameters if name in self.ids}
            case.path_parameters.update(real)
        key = self.keys[self.asked // 2 % len(self.keys)]
        with transaction.atomic():
            answer = case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {key}"})
            transaction.set_rollback(True)
        return int(answer.status_code)


@pytest.fixture(scope="module")
def prepared(traded: Traded, django_db_blocker: DjangoDbBlocker) -> Iterator[Asking]:
    """Requests keep the connection open from here on: the tests' transaction is on it."""
    with standing(django_db_blocker), override_settings(API_RATE=OFTEN, API_PUBLIC_RATE=OFTEN):
        made = Asking(traded)
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        yield made
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def asking(prepared: Asking) -> Asking:
    """The callers, to begin with a new operation."""
    prepared.asked = 0
    return prepared


@schema.parametrize()
@seed(20261122)
@hypothesis_settings(
    max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
def test_no_request_brings_the_api_down(case: Any, asking: Asking) -> None:
    status = asking.ask(case)
    assert status == 0 or 200 <= status < 500
