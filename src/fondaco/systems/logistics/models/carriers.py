"""A carrier's own line to the house: the secret that its pushed events are signed with."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned


class CarrierChannel(Owned):
    """How a carrier pushes events; after a change of secret the one before is good for a while longer."""

    owners: ClassVar = {Kind.CARRIER: "carrier_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    carrier = models.OneToOneField("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    secret = models.CharField(max_length=80)
    previous_secret = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, help_text="When the secret was last changed.")
    heard_at = models.DateTimeField(null=True, help_text="When a push was last accepted.")
