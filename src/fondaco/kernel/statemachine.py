"""State machines: one transition table gives the code, the database guard and the test.

A machine is declared once, beside its model:

    MACHINE = Machine("order", OrderState, {
        (OrderState.PLACED, "price"): OrderState.PRICED,
    })

The model's migration runs `MACHINE.guard_sql("orders_order")`, so that the database itself refuses
an illegal transition; `installed_transitions` reads the table back for the test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection, models

from fondaco.kernel.errors import Conflict


class IllegalTransition(Conflict):
    code = "illegal-transition"
    title = "This step is not possible in the present state."
    remedy = "Reload to see the present state and the steps it allows."


@dataclass(frozen=True)
class Machine:
    """States, and the events that lead from one to another."""

    name: str
    states: type[models.TextChoices]
    transitions: Mapping[tuple[str, str], str]
    edges: frozenset[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        pairs = frozenset((str(src), str(dst)) for (src, _), dst in self.transitions.items())
        object.__setattr__(self, "edges", pairs)

    def after(self, state: str, event: str) -> str:
        """The state that `event` leads to; IllegalTransition where it leads nowhere."""
        try:
            return self.transitions[(state, event)]
        except KeyError:
            raise IllegalTransition(
                f"{self.name}: '{event}' is not possible from '{state}'.", field="state", value=state
            ) from None

    def sources(self, event: str) -> list[str]:
        """The states from which `event` is possible."""
        return [str(src) for (src, name) in self.transitions if name == event]

    def events(self, state: str) -> list[str]:
        """The events possible in `state`."""
        return [name for (src, name) in self.transitions if src == state]

    def guard_sql(self, table: str, column: str = "state") -> str:
        """SQL that makes PostgreSQL refuse any other change of `column` in `table`."""
        legal = ", ".join(f"('{a}', '{b}')" for a, b in sorted(self.edges))
        return f"""
CREATE OR REPLACE FUNCTION {table}_{column}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.{column} <> OLD.{column} AND (OLD.{column}::text, NEW.{column}::text) NOT IN ({legal}) THEN
    RAISE EXCEPTION 'illegal transition of {self.name}: % to %', OLD.{column}, NEW.{column}
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS {table}_{column}_guard ON {table};
CREATE TRIGGER {table}_{column}_guard BEFORE UPDATE OF {column} ON {table}
  FOR EACH ROW EXECUTE FUNCTION {table}_{column}_guard();
"""

    def unguard_sql(self, table: str, column: str = "state") -> str:
        """SQL that takes the guard away again."""
        return (
            f"DROP TRIGGER IF EXISTS {table}_{column}_guard ON {table};"
            f"DROP FUNCTION IF EXISTS {table}_{column}_guard();"
        )


def installed_transitions(table: str, column: str = "state") -> frozenset[tuple[str, str]]:
    """The pairs (from, to) that the guard installed in the database allows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [f"{table}_{column}_guard"])
        row = cursor.fetchone()
    return frozenset(re.findall(r"\('(\w+)', '(\w+)'\)", row[0])) if row else frozenset()
