"""How fast the audit trail is sealed and verified; what it writes it rolls back.

    .venv/bin/python -m bench.audit_seal [EVENTS]

The peer figure is the research dossier's own Python prototype on this class of machine (finance_risk
7: built 199,000 and verified 1,790,000 rows a second in memory, without a database).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

import django

_INSERT = """
    INSERT INTO kernel_auditevent (at, actor, organisation_id, action, subject_type, subject_id, detail)
    SELECT now(), 'user:' || n %% 50, gen_random_uuid(), 'orders.priced', 'order', gen_random_uuid()::text,
           jsonb_build_object('currency', 'GBP', 'total_minor', n * 17, 'state', 'priced')
    FROM generate_series(1, %s) n
"""


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(events: int) -> None:
    """Insert, seal and verify `events` events inside a transaction that is rolled back."""
    from django.db import connection, transaction

    from fondaco.config.database import ensure_schema, ensure_server
    from fondaco.kernel import audit

    ensure_server()
    ensure_schema()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [events])
            cursor.execute("ANALYZE kernel_auditevent")
        sealing = _timed(audit.seal_all)
        verifying = _timed(audit.verify)
        transaction.set_rollback(True)
    result = {
        "events": events,
        "seal_rows_per_s": round(events / sealing),
        "verify_rows_per_s": round(events / verifying),
    }
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    django.setup()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
