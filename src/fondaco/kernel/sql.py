"""SQL that rooms put in their migrations."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import connection

_FUNCTION = """
CREATE OR REPLACE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%'
     AND current_setting('fondaco.guard_truncate', true) IS DISTINCT FROM 'on' THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND TG_NARGS > 0
     AND (to_jsonb(OLD) - TG_ARGV[0]::text[]) = (to_jsonb(NEW) - TG_ARGV[0]::text[]) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation', HINT = 'Correct it by appending what undoes it.';
END $guard$;
"""

_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def append_only_sql(table: str, *, mutable: Sequence[str] = ()) -> str:
    """SQL that makes PostgreSQL refuse UPDATE, DELETE and TRUNCATE on `table` (an IntegrityError).

    `mutable` names columns that may still change (a state, a counter). The guard also holds for
    replication roles; only somebody who may ALTER the table can take it away. A test runner may
    TRUNCATE in a database called test_...: that is how it empties tables between tests.
    """
    _check(table, *mutable)
    argument = f"'{{{','.join(mutable)}}}'" if mutable else ""
    return f"""{_FUNCTION}
DROP TRIGGER IF EXISTS {table}_append_only ON {table};
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION kernel_append_only({argument});
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate;
"""


def appendable_sql(table: str) -> str:
    """The reverse of `append_only_sql`: SQL that takes the guard from `table` again."""
    _check(table)
    return (
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table};"
        f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};"
    )


def is_append_only(table: str) -> bool:
    """Whether both guards of `table` are installed and enabled: for tests and `fondaco doctor`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'A'"
            " AND tgname IN (%s, %s)",
            [table, f"{table}_append_only", f"{table}_no_truncate"],
        )
        return bool(cursor.fetchone()[0] == 2)


def _check(*names: str) -> None:
    """These names go into SQL unquoted, so they must be plain."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a plain SQL name: {name!r}")
