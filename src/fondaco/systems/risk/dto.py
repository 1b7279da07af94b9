"""What crosses this room's door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fondaco.systems.risk.domain.screening import ScreenResult


@dataclass(frozen=True, slots=True)
class LoadedList:
    """One list as it stands after loading. `state` is "loaded" or "unchanged"."""

    code: str
    title: str
    sha256: str
    entries: int
    names: int
    state: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What `load_lists` left in force."""

    lists: tuple[LoadedList, ...]

    @property
    def entries(self) -> int:
        return sum(loaded.entries for loaded in self.lists)

    @property
    def names(self) -> int:
        return sum(loaded.names for loaded in self.lists)

    @property
    def is_demo(self) -> bool:
        return any(loaded.is_demo for loaded in self.lists)


@dataclass(frozen=True, slots=True)
class ScreeningRecord:
    """A result to be kept for `subject_id` (the party screened) and the orders that rest on it."""

    subject_id: UUID
    order_ids: Sequence[UUID]
    result: ScreenResult
    seller_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RecordedScreening:
    """What was kept. `outcome` is "clear" also where every match was waived or its case was cleared."""

    screening_id: UUID
    subject_id: UUID
    outcome: str
    case_id: UUID | None
    case_state: str
    waived: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepDTO:
    """One step of a case."""

    event: str
    verdict: str
    reason: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseDTO:
    """A case as the queue shows it."""

    id: UUID
    subject_id: UUID
    seller_id: UUID | None
    name: str
    country: str
    score: float
    state: str
    verdict: str
    reason: str
    matches: Sequence[Mapping[str, Any]]
    opened_at: datetime
    proposed_by: str
    proposed_at: datetime | None
    proposed_reason: str
    confirmed_by: str
    confirmed_at: datetime | None
    confirmed_reason: str
    proposed_by_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with its steps, the orders that wait for it, and the listed entries in full."""

    case: CaseDTO
    steps: tuple[StepDTO, ...]
    order_ids: tuple[UUID, ...]
    entries: tuple[EntryDTO, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryDTO:
    """A list entry as published."""

    list_code: str
    list_title: str
    reference: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    programme: str
    countries: tuple[str, ...]
    listed_on: date | None
    expires_on: date | None
    remarks: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class ScreeningDTO:
    """A screening as a page shows it."""

    id: UUID
    subject_id: UUID
    name: str
    country: str
    outcome: str
    score: float
    reason: str
    matches: Sequence[Mapping[str, Any]]
    waived: tuple[str, ...]
    list_version: str
    screened_at: datetime
    case_id: UUID | None
    case_state: str


@dataclass(frozen=True, slots=True)
class ListDTO:
    """A list in force, with its provenance."""

    code: str
    title: str
    source: str
    licence: str
    sha256: str
    generated_on: date | None
    loaded_at: datetime
    entries: int
    names: int
    is_demo: bool


@dataclass(frozen=True, slots=True)
class RescreenReport:
    """What a new list version changed for the parties known."""

    subjects: int
    hits: int
    cases_opened: int
    cases_reopened: int
