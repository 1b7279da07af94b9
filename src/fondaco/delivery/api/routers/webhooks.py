"""Webhook endpoints and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field, HttpUrl

from fondaco.delivery.api import webhooks
from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Page, Size, page_of
from fondaco.delivery.api.writes import write
from fondaco.kernel import clock

router = Router(tags=["webhooks"])


class EndpointIn(Schema):
    """Where to send which topics ("*", "orders.*", "orders.released")."""

    url: HttpUrl
    topics: list[Annotated[str, Field(pattern=r"^[a-z_.*]{1,80}$")]] = Field(
        default_factory=list, max_length=50
    )


class EndpointOut(Schema):
    """An endpoint; `secret` is shown to whoever made or renewed it."""

    id: UUID
    url: str
    topics: list[str]
    is_enabled: bool
    created_at: datetime
    secret: str = ""


class DeliveryOut(Schema):
    """One event on its way."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    topic: str
    state: str
    attempts: int
    next_at: datetime
    last_status: int | None
    last_error: str
    created_at: datetime


@router.get("", response=Page[EndpointOut])
def endpoints(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The caller's endpoints, newest first, without their secrets."""
    found = webhooks.endpoints_of(scope_of(request), after=cursor, size=size + 1)
    return page_of(
        [
            EndpointOut.model_validate(row, from_attributes=True).model_copy(update={"secret": ""})
            for row in found
        ],
        size,
    )


@router.post("", response={201: EndpointOut}, openapi_extra=KEYED)
def register(request: HttpRequest, body: EndpointIn) -> Status[Any]:
    """Register an endpoint; the answer holds the secret that signs its webhooks."""
    scope = scope_of(request)

    def act() -> EndpointOut:
        made = webhooks.register(scope, url=str(body.url), topics=body.topics, now=clock.now())
        return EndpointOut.model_validate(made, from_attributes=True)

    return write(request, act, status=201)


@router.get("/deliveries", response=Page[DeliveryOut])
def deliveries(request: HttpRequest, cursor: UUID | None = None, size: Size = 50) -> dict[str, Any]:
    """The deliveries to the caller's endpoints, newest first."""
    return page_of(webhooks.deliveries_of(scope_of(request), before=cursor, size=size + 1), size)


@router.post("/deliveries/{delivery_id}/replays", response={204: None}, openapi_extra=KEYED)
def replay(request: HttpRequest, delivery_id: UUID) -> Status[Any]:
    """Send a delivery again, under the same id."""
    scope = scope_of(request)
    return write(request, lambda: webhooks.replay(scope, delivery_id, now=clock.now()), status=204)


@router.post("/{endpoint_id}/secret", response=EndpointOut, openapi_extra=KEYED)
def renew_secret(request: HttpRequest, endpoint_id: UUID) -> Status[Any]:
    """Give an endpoint a new secret, told in this answer; the one before signs beside it for a day."""
    scope = scope_of(request)

    def act() -> EndpointOut:
        made = webhooks.renew_secret(scope, endpoint_id, now=clock.now())
        return EndpointOut.model_validate(made, from_attributes=True)

    return write(request, act)


@router.delete("/{endpoint_id}", response={204: None})
def remove(request: HttpRequest, endpoint_id: UUID) -> Status[None]:
    """Forget an endpoint and what was on its way to it."""
    webhooks.remove(scope_of(request), endpoint_id, now=clock.now())
    return Status(204, None)
