"""SQL that the migrations install: what PostgreSQL itself refuses, whatever the code does."""

from __future__ import annotations

# Announcement 2018 No. 113: goods are released only when order, payment and waybill agree.
RELEASE_GUARD_SQL = """
CREATE OR REPLACE FUNCTION window_declaration_release_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM window_matchverdict v WHERE v.order_id = NEW.order_id AND v.part = NEW.part
       AND (v.verdict = 'match' OR (v.verdict = 'soft' AND v.accepted_at IS NOT NULL))
  ) THEN
    RAISE EXCEPTION 'declaration % cannot be released: its documents do not match', NEW.lrn
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS window_declaration_release_guard ON window_declaration;
CREATE TRIGGER window_declaration_release_guard BEFORE UPDATE OF state ON window_declaration
  FOR EACH ROW WHEN (NEW.state IN ('released', 'closed') AND OLD.state NOT IN ('released', 'closed'))
  EXECUTE FUNCTION window_declaration_release_guard();
DROP TRIGGER IF EXISTS window_declaration_birth_guard ON window_declaration;
CREATE TRIGGER window_declaration_birth_guard BEFORE INSERT ON window_declaration
  FOR EACH ROW WHEN (NEW.state IN ('released', 'closed'))
  EXECUTE FUNCTION window_declaration_release_guard();
"""

RELEASE_UNGUARD_SQL = """
DROP TRIGGER IF EXISTS window_declaration_release_guard ON window_declaration;
DROP TRIGGER IF EXISTS window_declaration_birth_guard ON window_declaration;
DROP FUNCTION IF EXISTS window_declaration_release_guard();
"""
