"""Sharing: trade documents as PDF, kept by content, opened on the record, shared by permission.

kept = store_documents([NewDocument(order_id, "cn23", data, seller_id, languages=("de",))], now=now, actor="flow")
file = document_file(scope, kept[0].id, now=now, purpose="clearance")
"""

from __future__ import annotations

from fondaco.systems.sharing.adapters.files import FileDamaged
from fondaco.systems.sharing.adapters.files import get as kept_file
from fondaco.systems.sharing.adapters.files import put as keep_file
from fondaco.systems.sharing.adapters.typesetter import FontReport, font_report
from fondaco.systems.sharing.domain.document import (
    CATEGORIES,
    BadDocument,
    DocumentData,
    DocumentLine,
    DocumentParcel,
    DocumentTotals,
    Party,
)
from fondaco.systems.sharing.dto import DocumentDTO, DocumentFile, GrantDTO, NewDocument, ReceiptDTO
from fondaco.systems.sharing.models import DocumentKind, RecordLevel
from fondaco.systems.sharing.records import (
    NewRecordGrant,
    RecordGrantDTO,
    RecordReceiptDTO,
    grant_records,
    look_at_records,
    record_grants,
    record_receipts,
    revoke_records,
)
from fondaco.systems.sharing.rendering import KINDS, UnknownKind, languages_for, render_document
from fondaco.systems.sharing.reports import Report, ReportPart, render_report
from fondaco.systems.sharing.selectors import (
    document_detail,
    documents_for,
    documents_shared_with,
    grants_of,
    list_documents,
    receipts_for,
)
from fondaco.systems.sharing.services import (
    AlreadyGranted,
    BadGrant,
    document_file,
    grant_document,
    render_pending,
    revoke_grant,
    store_documents,
)

__all__ = [
    "CATEGORIES",
    "KINDS",
    "AlreadyGranted",
    "BadDocument",
    "BadGrant",
    "DocumentDTO",
    "DocumentData",
    "DocumentFile",
    "DocumentKind",
    "DocumentLine",
    "DocumentParcel",
    "DocumentTotals",
    "FileDamaged",
    "FontReport",
    "GrantDTO",
    "NewDocument",
    "NewRecordGrant",
    "Party",
    "ReceiptDTO",
    "RecordGrantDTO",
    "RecordLevel",
    "RecordReceiptDTO",
    "Report",
    "ReportPart",
    "UnknownKind",
    "document_detail",
    "document_file",
    "documents_for",
    "documents_shared_with",
    "font_report",
    "grant_document",
    "grant_records",
    "grants_of",
    "keep_file",
    "kept_file",
    "languages_for",
    "list_documents",
    "look_at_records",
    "receipts_for",
    "record_grants",
    "record_receipts",
    "render_document",
    "render_pending",
    "render_report",
    "revoke_grant",
    "revoke_records",
    "store_documents",
]
