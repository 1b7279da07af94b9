"""The guard of baskets: shares that move together and sum to what the provider is asked for."""

from __future__ import annotations

# Deferred, because the shares of a basket are written one by one within a transaction.
GUARD = """
CREATE FUNCTION finance_basket_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong boolean;
BEGIN
  SELECT b.amount_minor <> sum(p.amount_minor) OR b.orders <> count(*)
         OR count(DISTINCT (p.state, p.provider_id, p.attempt, p.method)) > 1
         OR bool_or(p.currency <> b.currency OR p.buyer_id <> b.buyer_id)
    INTO wrong
    FROM finance_basket b JOIN finance_paymentintent p ON p.basket_id = b.id
   WHERE b.id = NEW.basket_id
   GROUP BY b.id;
  IF wrong THEN
    RAISE EXCEPTION 'basket % does not hang together', NEW.basket_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER finance_basket_whole
  AFTER INSERT OR UPDATE OF basket_id, amount_minor, state, provider_id, attempt ON finance_paymentintent
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.basket_id IS NOT NULL)
  EXECUTE FUNCTION finance_basket_whole();
"""
NO_GUARD = """
DROP TRIGGER finance_basket_whole ON finance_paymentintent;
DROP FUNCTION finance_basket_whole();
"""
