"""The finance room's door: ledger, rates, payments, settlement, refunds, payouts."""

from __future__ import annotations

from fondaco.systems.finance.public.ledger import *
from fondaco.systems.finance.public.payments import *
from fondaco.systems.finance.public.rates import *
from fondaco.systems.finance.public.reconciliation import *
from fondaco.systems.finance.public.settlement import *
