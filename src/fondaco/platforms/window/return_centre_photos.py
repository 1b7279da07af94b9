"""Photographs that a buyer gives as evidence of a return."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.declaration_inspections import MOST_PHOTO, BadPhoto, image_type
from fondaco.platforms.window.models import ReturnPhoto
from fondaco.platforms.window.return_centre_log import case_for, log_events, person

_MOST_PHOTOS = 5


def add_return_photo(scope: Scope, case_id: UUID, *, name: str, content: bytes, now: datetime) -> UUID:
    """Keep a photograph as evidence; its id. The same bytes again change nothing. BadPhoto."""
    kind = image_type(content)
    if not kind or len(content) > MOST_PHOTO:
        raise BadPhoto(field="photo", value=f"{name[:60]}, {len(content)} bytes")
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        case = case_for(scope, case_id)
        known = case.photos.filter(sha256=digest).values_list("id", flat=True).first()
        if known is not None:
            return UUID(str(known))
        if case.photos.count() >= _MOST_PHOTOS:
            raise BadPhoto("There are enough.", field="photos", value=_MOST_PHOTOS)
        made = ReturnPhoto.objects.create(
            case=case, name=name[:200], media_type=kind, sha256=digest, content=content, added_at=now
        )
        log_events([(case, "photo", {"sha256": digest})], actor=person(scope), now=now)
    return UUID(str(made.id))


def return_photo(scope: Scope, photo_id: UUID) -> tuple[str, bytes]:
    """Media type and bytes of a photograph that `scope` may see."""
    row = ReturnPhoto.objects.of(scope).filter(pk=photo_id).values_list("media_type", "content").first()
    if row is None:
        raise NotFound(field="photo", value=photo_id)
    return row[0], bytes(row[1])
