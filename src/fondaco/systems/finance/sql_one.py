# ruff: noqa: S608 - built from our own constants
"""The posting function for a single journal: what finance_post does, without its arrays of arrays.

Same promises, same order of locks (key, new accounts, accounts by rank and id), about half the work. The hottest row
is locked last of all and held only for the writing of the lines.
"""

from __future__ import annotations

from fondaco.systems.finance.sql import INSUFFICIENT, KEY_REUSED, NEW_ACCOUNTS

POST_ONE = f"""
CREATE OR REPLACE FUNCTION finance_post_one(
  a_owner uuid[], a_code text[], a_currency text[], a_class text[], a_kind text[], a_rank int[], a_min bigint[],
  a_amount bigint[], j_idem uuid, j_hash bytea, j_kind text, j_source text, j_reversal bigint, j_on date, j_meta jsonb)
RETURNS TABLE (journal_id bigint, fresh boolean) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $fn$
DECLARE
  known record;
  made bigint;
  one record;
  after bigint;
  line_account bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(a_code)]);
  line_after bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(a_code)]);
BEGIN
  PERFORM pg_current_xact_id();
  INSERT INTO finance_journal (idem, req_hash, kind, source, reversal_of_id, effective_on, meta)
  VALUES (j_idem, j_hash, j_kind, j_source, nullif(j_reversal, 0), j_on, j_meta)
  ON CONFLICT (idem) DO NOTHING RETURNING id INTO made;
  IF made IS NULL THEN
    SELECT j.id, j.req_hash INTO known FROM finance_journal j WHERE j.idem = j_idem;
    IF known.req_hash <> j_hash THEN
      RAISE EXCEPTION 'key % was used for journal %', j_idem, known.id USING ERRCODE = '{KEY_REUSED}';
    END IF;
    RETURN QUERY SELECT known.id, false;
    RETURN;
  END IF;

  INSERT INTO kernel_outboxevent (event_id, topic, key, payload)
  VALUES (gen_random_uuid(), 'finance.posted', made::text, jsonb_build_object('journals', jsonb_build_array(made)));

  IF EXISTS (SELECT 1 FROM unnest(a_owner, a_code, a_currency) AS g(owner, code, currency)
              WHERE NOT EXISTS (SELECT 1 FROM finance_account a WHERE a.owner_id = g.owner
                                   AND a.code = g.code AND a.currency = g.currency)) THEN
    {NEW_ACCOUNTS}
  END IF;

  FOR one IN
    SELECT a.id, a.kind, g.amount, g.n FROM unnest(a_owner, a_code, a_currency, a_amount) WITH ORDINALITY
        AS g(owner, code, currency, amount, n)
      CROSS JOIN LATERAL (SELECT a.id, a.kind, a.rank FROM finance_account a WHERE a.owner_id = g.owner
                             AND a.code = g.code AND a.currency = g.currency OFFSET 0) a
     ORDER BY a.rank, a.id
  LOOP
    line_account[one.n] := one.id;
    CONTINUE WHEN one.kind <> 'guarded';
    UPDATE finance_account a SET balance = a.balance + one.amount, version = a.version + 1
     WHERE a.id = one.id AND (a.min_balance IS NULL OR one.amount > 0
                              OR a.balance + one.amount - a.held >= a.min_balance)
    RETURNING a.balance INTO after;
    IF NOT FOUND THEN
      SELECT a.owner_id, a.code, a.currency, a.balance, a.held INTO known FROM finance_account a WHERE a.id = one.id;
      RAISE EXCEPTION '% % of % has % (% held): too little for journal %', known.code, known.currency,
        known.owner_id, known.balance, known.held, j_idem USING ERRCODE = '{INSUFFICIENT}', DETAIL = j_idem::text;
    END IF;
    line_after[one.n] := after;
  END LOOP;

  INSERT INTO finance_entry (journal_id, line, account_id, currency, amount, balance_after)
  SELECT made, g.n, g.account, g.currency, g.amount, g.after
    FROM unnest(line_account, a_currency, a_amount, line_after) WITH ORDINALITY
      AS g(account, currency, amount, after, n);
  RETURN QUERY SELECT made, true;
END $fn$;
"""
NO_POST_ONE = "DROP FUNCTION IF EXISTS finance_post_one;"
