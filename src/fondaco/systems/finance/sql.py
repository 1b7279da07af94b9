# ruff: noqa: S608 - built from our own constants
"""The ledger's SQL: the posting function and the guards that no program can go around."""

from __future__ import annotations

from fondaco.kernel.sql import append_only_sql, appendable_sql

APPEND_ONLY = ("finance_journal", "finance_entry", "finance_chainlink", "finance_exchangerate")

# Own SQLSTATEs, mapped to typed errors in services/ledger.py.
UNBALANCED, INSUFFICIENT, KEY_REUSED, HOLD_NOT_OPEN = "FD001", "FD402", "FD422", "FD409"
PERIOD_CLOSED = "FD423"

# The planner must never choose a scan of a table that was small when the plan was made: every
# access is by key, so nested loops over indexes are right at any size. LATERAL (... OFFSET 0) keeps
# it from turning a loop inside out.
_BY_KEY = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

# Each statement's lines cancel out by themselves: lines are never changed, so those written before already do.
# A journal that has a line (never of zero) has two at least, therefore; what is left to ask is that it has one.
ENTRY_GUARD = f"""
CREATE OR REPLACE FUNCTION finance_entry_zero_sum() RETURNS trigger LANGUAGE plpgsql {_BY_KEY} AS $fn$
DECLARE bad record;
BEGIN
  SELECT f.account_id, f.currency INTO bad FROM (SELECT DISTINCT account_id, currency FROM fresh) f
   WHERE NOT EXISTS (SELECT 1 FROM finance_account a
                      WHERE a.id = f.account_id AND a.currency = f.currency OFFSET 0) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is no account % in %', bad.account_id, bad.currency
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  SELECT f.journal_id INTO bad FROM (SELECT DISTINCT journal_id FROM fresh) f
   WHERE NOT EXISTS (SELECT 1 FROM finance_journal j WHERE j.id = f.journal_id OFFSET 0) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is no journal %', bad.journal_id USING ERRCODE = 'foreign_key_violation';
  END IF;
  SELECT journal_id, currency, sum(amount) AS off INTO bad FROM fresh
   GROUP BY journal_id, currency HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % is off by % % minor units', bad.journal_id, bad.off, bad.currency
      USING ERRCODE = '{UNBALANCED}';
  END IF;
  RETURN NULL;
END $fn$;
"""
JOURNAL_GUARD = f"""
CREATE OR REPLACE FUNCTION finance_journal_complete() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $fn$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM finance_entry e WHERE e.journal_id = NEW.id) THEN
    RAISE EXCEPTION 'journal % has no lines', NEW.id USING ERRCODE = '{UNBALANCED}';
  END IF;
  RETURN NULL;
END $fn$;
"""
_ENTRY_TRIGGERS = """
CREATE TRIGGER finance_entry_zero_sum AFTER INSERT ON finance_entry
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION finance_entry_zero_sum();
CREATE CONSTRAINT TRIGGER finance_journal_complete AFTER INSERT ON finance_journal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION finance_journal_complete();
"""

# Inside a posting function: make the accounts named by its arrays that are not there, in everybody's order.
NEW_ACCOUNTS = """INSERT INTO finance_account (owner_id, code, currency, class, kind, rank, min_balance, balance, held, version)
    SELECT g.owner, g.code, g.currency, g.class, g.kind, g.rank, g.floor, 0, 0, 0
      FROM unnest(a_owner, a_code, a_currency, a_class, a_kind, a_rank, a_min)
        AS g(owner, code, currency, class, kind, rank, floor) ORDER BY g.owner, g.code, g.currency
    ON CONFLICT (owner_id, code, currency) DO NOTHING;"""

# One call posts a whole batch, all or nothing. Arrays a_* are the distinct accounts, j_* the
# journals (a hold or a reversal that is not there is 0), e_* the lines, which name journal and
# account by position. Locks are taken in one order by everybody: keys (by idem), new accounts (by
# key), accounts (by rank, then id; so the hottest rows are held for the shortest time), holds.
POST = f"""
CREATE OR REPLACE FUNCTION finance_post(
  a_owner uuid[], a_code text[], a_currency text[], a_class text[], a_kind text[], a_rank int[], a_min bigint[],
  j_idem uuid[], j_hash bytea[], j_kind text[], j_source text[], j_reversal bigint[], j_hold uuid[],
  j_on date[], j_meta jsonb[],
  e_journal int[], e_line int[], e_account int[], e_amount bigint[])
RETURNS TABLE (journal_id bigint, fresh boolean) LANGUAGE plpgsql {_BY_KEY} AS $fn$
DECLARE
  bad record;
  made int;
  j_all bigint[];
  j_id bigint[];
  a_id bigint[];
  a_guarded boolean[];
  a_rank_kept int[];
  a_balance bigint[];
  a_floor bigint[];
  low boolean;
  holds uuid[];
  numbers regclass := pg_get_serial_sequence('finance_journal', 'id');
BEGIN
  -- Our number is on record before any journal's is drawn: what roll_snapshots rests on.
  PERFORM pg_current_xact_id();
  SELECT array_agg(nextval(numbers)) INTO j_id FROM generate_series(1, cardinality(j_idem));

  WITH journals AS (
    INSERT INTO finance_journal (id, idem, req_hash, kind, source, reversal_of_id, effective_on, meta)
    OVERRIDING SYSTEM VALUE
    SELECT id, idem, hash, kind, source, nullif(reversal, 0), day, meta
      FROM unnest(j_id, j_idem, j_hash, j_kind, j_source, j_reversal, j_on, j_meta)
        AS g(id, idem, hash, kind, source, reversal, day, meta) ORDER BY idem
    ON CONFLICT (idem) DO NOTHING RETURNING 1
  )
  SELECT count(*) INTO made FROM journals;

  j_all := j_id;
  IF made < cardinality(j_id) THEN
    SELECT g.idem, j.id INTO bad
      FROM unnest(j_idem, j_hash) AS g(idem, hash)
      CROSS JOIN LATERAL (SELECT * FROM finance_journal j WHERE j.idem = g.idem OFFSET 0) j
     WHERE j.req_hash <> g.hash LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'key % was used for journal %', bad.idem, bad.id USING ERRCODE = '{KEY_REUSED}';
    END IF;
    -- What stood before is 0 in j_id from here on.
    SELECT array_agg(j.id ORDER BY g.n), array_agg(CASE WHEN j.id = g.id THEN j.id ELSE 0 END ORDER BY g.n)
      INTO j_all, j_id FROM unnest(j_idem, j_id) WITH ORDINALITY AS g(idem, id, n)
      CROSS JOIN LATERAL (SELECT j.id FROM finance_journal j WHERE j.idem = g.idem OFFSET 0) j;
    IF made = 0 THEN
      RETURN QUERY SELECT g.id, false FROM unnest(j_all) AS g(id);
      RETURN;
    END IF;
  END IF;

  LOOP
    SELECT array_agg(a.id ORDER BY g.n), array_agg(a.rank ORDER BY g.n), array_agg(a.kind = 'guarded' ORDER BY g.n)
      INTO a_id, a_rank_kept, a_guarded
      FROM unnest(a_owner, a_code, a_currency) WITH ORDINALITY AS g(owner, code, currency, n)
      CROSS JOIN LATERAL (SELECT a.id, a.rank, a.kind FROM finance_account a WHERE a.owner_id = g.owner
                             AND a.code = g.code AND a.currency = g.currency OFFSET 0) a;
    EXIT WHEN cardinality(a_id) = cardinality(a_code);
    {NEW_ACCOUNTS}
  END LOOP;

  -- Each row is locked in its turn, and read as it stands once the lock is ours.
  SELECT array_agg(a.balance ORDER BY g.n), array_agg(a.min_balance + a.held ORDER BY g.n) INTO a_balance, a_floor
    FROM (SELECT u.id, u.n FROM unnest(a_id, a_rank_kept) WITH ORDINALITY AS u(id, rank, n) ORDER BY u.rank, u.id) g
    LEFT JOIN LATERAL (SELECT a.balance, a.min_balance, a.held FROM finance_account a
                        WHERE a.id = g.id AND a.kind = 'guarded' FOR NO KEY UPDATE OFFSET 0) a ON true;

  WITH lines AS MATERIALIZED (
    SELECT l.id, l.line, l.account, l.amount,
           CASE WHEN a_guarded[l.account] THEN a_balance[l.account]
             + sum(l.amount) OVER (PARTITION BY l.account ORDER BY l.n ROWS UNBOUNDED PRECEDING) END AS after
      FROM (SELECT j_id[g.journal] AS id, g.* FROM unnest(e_journal, e_line, e_account, e_amount) WITH ORDINALITY
                AS g(journal, line, account, amount, n)) l
     WHERE l.id <> 0
  ), written AS (
    INSERT INTO finance_entry (journal_id, line, account_id, currency, amount, balance_after)
    SELECT id, line, a_id[account], a_currency[account], amount, after FROM lines
  )
  SELECT bool_or(after < a_floor[account]) INTO low FROM lines;

  holds := array(SELECT h FROM unnest(j_hold) WITH ORDINALITY AS g(h, n)
                  WHERE h IS NOT NULL AND j_id[n] <> 0 ORDER BY h);
  IF cardinality(holds) > 0 THEN
    PERFORM finance_capture(j_hold, j_id, cardinality(holds));
  END IF;

  -- No guarded account may end a journal below its floor, not even within the batch. Lines that stay above it
  -- with all holds still in place need no second look.
  IF low THEN
    SELECT last.account_id, f.id AS journal_id, last.balance_after INTO bad
      FROM unnest(j_id) AS f(id)
      CROSS JOIN LATERAL (
        SELECT DISTINCT ON (e.account_id) e.account_id, e.balance_after FROM finance_entry e
         WHERE e.journal_id = f.id AND e.balance_after IS NOT NULL ORDER BY e.account_id, e.line DESC) last
      CROSS JOIN LATERAL (SELECT a.held, a.min_balance FROM finance_account a
                           WHERE a.id = last.account_id OFFSET 0) a
     WHERE last.balance_after - a.held < a.min_balance LIMIT 1;
    IF FOUND THEN
      SELECT a.owner_id, a.code, a.currency, a.balance, a.held, j.idem INTO bad
        FROM finance_account a, finance_journal j WHERE a.id = bad.account_id AND j.id = bad.journal_id;
      RAISE EXCEPTION '% % of % has % (% held): too little for journal %', bad.code, bad.currency,
        bad.owner_id, bad.balance, bad.held, bad.idem
        USING ERRCODE = '{INSUFFICIENT}', DETAIL = bad.idem::text;
    END IF;
  END IF;

  UPDATE finance_account a SET balance = a.balance + d.delta, version = a.version + 1
    FROM (SELECT g.account, sum(g.amount) AS delta
            FROM unnest(e_journal, e_account, e_amount) AS g(journal, account, amount)
           WHERE j_id[g.journal] <> 0 AND a_guarded[g.account] GROUP BY g.account) d
   WHERE a.id = a_id[d.account];

  INSERT INTO kernel_outboxevent (event_id, topic, key, payload)
  SELECT gen_random_uuid(), 'finance.posted', min(g.id)::text,
         jsonb_build_object('journals', array_agg(g.id ORDER BY g.n))
    FROM unnest(j_id) WITH ORDINALITY AS g(id, n) WHERE g.id <> 0;

  RETURN QUERY SELECT g.id, g.made <> 0 FROM unnest(j_all, j_id) AS g(id, made);
END $fn$;
"""

# A captured hold frees all it held; the journal must take from that account between 1 and the hold.
CAPTURE = f"""
CREATE OR REPLACE FUNCTION finance_capture(j_hold uuid[], j_id bigint[], wanted int) RETURNS void
LANGUAGE plpgsql {_BY_KEY} AS $fn$
DECLARE one record; taken bigint; done int := 0;
BEGIN
  FOR one IN SELECT h.id, h.account_id, h.amount, h.state, j_id[g.n] AS journal
      FROM unnest(j_hold) WITH ORDINALITY AS g(hold, n) JOIN finance_hold h ON h.id = g.hold
     WHERE j_id[g.n] <> 0 ORDER BY h.id FOR UPDATE OF h
  LOOP
    SELECT coalesce(-sum(amount), 0) INTO taken FROM finance_entry
     WHERE journal_id = one.journal AND account_id = one.account_id;
    IF one.state <> 'open' OR taken < 1 OR taken > one.amount THEN
      RAISE EXCEPTION 'hold % is % with %, journal takes %', one.id, one.state, one.amount, taken
        USING ERRCODE = '{HOLD_NOT_OPEN}';
    END IF;
    UPDATE finance_hold SET state = 'captured', captured = taken, journal_id = one.journal
     WHERE id = one.id AND state = 'open';
    IF NOT FOUND THEN
      RAISE EXCEPTION 'hold % is captured twice in one batch', one.id USING ERRCODE = '{HOLD_NOT_OPEN}';
    END IF;
    UPDATE finance_account SET held = held - one.amount WHERE id = one.account_id;
    done := done + 1;
  END LOOP;
  IF done <> wanted THEN
    RAISE EXCEPTION '% of % holds do not exist', wanted - done, wanted USING ERRCODE = '{HOLD_NOT_OPEN}';
  END IF;
END $fn$;
"""

# Closing waits for whoever is posting, and posting for whoever is closing (services/periods.py takes the
# same lock exclusively), so that a period's sums are final once it is closed.
PERIOD_LOCK = "hashtext('finance_period')"
PERIODS = f"""
CREATE OR REPLACE FUNCTION finance_journal_period() RETURNS trigger LANGUAGE plpgsql AS $fn$
DECLARE bad record;
BEGIN
  PERFORM pg_advisory_xact_lock_shared({PERIOD_LOCK});
  SELECT f.effective_on, p.first_on, p.last_on INTO bad
    FROM (SELECT DISTINCT effective_on FROM fresh) f
    JOIN finance_period p ON p.state = 'closed' AND f.effective_on BETWEEN p.first_on AND p.last_on LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% lies in the period % to %, which is closed', bad.effective_on, bad.first_on, bad.last_on
      USING ERRCODE = '{PERIOD_CLOSED}';
  END IF;
  RETURN NULL;
END $fn$;
DROP TRIGGER IF EXISTS finance_journal_period ON finance_journal;
CREATE TRIGGER finance_journal_period AFTER INSERT ON finance_journal
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION finance_journal_period();
"""
NO_PERIODS = """
DROP TRIGGER IF EXISTS finance_journal_period ON finance_journal;
DROP FUNCTION IF EXISTS finance_journal_period();
"""

REVOKE = "".join(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC;\n" for table in APPEND_ONLY)

_GUARDS = "".join(append_only_sql(table) for table in APPEND_ONLY)
# An account's key, class and kind stay as they were made, and it is never deleted.
# (The trigger is on those columns alone, so that moving a balance costs nothing.)
_GUARDS += (
    append_only_sql("finance_account")
    + """
DROP TRIGGER finance_account_append_only ON finance_account;
CREATE TRIGGER finance_account_append_only
  BEFORE DELETE OR UPDATE OF id, owner_id, code, currency, class, kind ON finance_account
  FOR EACH ROW EXECUTE FUNCTION kernel_append_only();
ALTER TABLE finance_account ENABLE ALWAYS TRIGGER finance_account_append_only;
"""
)

FORWARD = ENTRY_GUARD + JOURNAL_GUARD + _ENTRY_TRIGGERS + CAPTURE + POST + _GUARDS + REVOKE
BACKWARD = (
    "".join(appendable_sql(table) for table in (*APPEND_ONLY, "finance_account"))
    + """
DROP FUNCTION IF EXISTS finance_post, finance_capture;
DROP TRIGGER IF EXISTS finance_entry_zero_sum ON finance_entry;
DROP TRIGGER IF EXISTS finance_journal_complete ON finance_journal;
DROP FUNCTION IF EXISTS finance_entry_zero_sum, finance_journal_complete;
"""
)
