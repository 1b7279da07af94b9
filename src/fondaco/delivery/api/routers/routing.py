"""Routes: the whole frontier of itineraries for loads from hub to hub."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from fondaco.flows.routing import plan_routes
from fondaco.kernel import clock
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import HubView, RouteAnswer, RouteRequest

router = Router(tags=["logistics"])

HubCode = Annotated[str, Field(pattern="^[A-Z0-9-]{3,12}$")]


class RouteIn(Schema):
    """A load from hub to hub. `epsilon` 0 asks for the exact frontier."""

    origin: HubCode
    destination: HubCode
    ready_at: AwareDatetime | None = None
    deadline: AwareDatetime | None = None
    mass_g: int = Field(ge=1, le=400_000_000)
    volume_dm3: int = Field(0, ge=0, le=2_000_000)
    regime: str = Field("b2c", max_length=12)
    max_legs: int = Field(6, ge=1, le=10)
    epsilon: float = Field(0.0, ge=0, le=0.5)


@router.post("", response=RouteAnswer)
def plan(request: HttpRequest, body: RouteIn) -> RouteAnswer:
    """Every itinerary that no other beats in time, cost, CO2e and reliability at once; or why there is none."""
    now: datetime = clock.now()
    question = RouteRequest(
        reference="api",
        origin=body.origin,
        destination=body.destination,
        ready_at=body.ready_at or now,
        mass_g=body.mass_g,
        volume_dm3=body.volume_dm3,
        deadline=body.deadline,
        regime=body.regime,
        max_legs=body.max_legs,
        epsilon=body.epsilon,
    )
    return plan_routes([question], now=now)[0]


@router.get("/hubs", response=list[HubView])
def hubs(request: HttpRequest) -> list[HubView]:
    """The hubs that routes may start and end at."""
    return list(logistics.list_hubs())
