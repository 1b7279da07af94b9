"""Background work, by the clock. Each task is thin, may be repeated, and may run on many hosts at once.

`queueing_lock` keeps one run of a task waiting at most, so that a slow one does not pile up.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.core.management import call_command
from procrastinate.contrib.django import app

from fondaco.delivery.api import webhooks
from fondaco.delivery.jobs.consumers import consumers
from fondaco.delivery.jobs.heads import keep_head, kept_heads, note_head
from fondaco.flows.continuing import continue_book, pay_out_daily, poll_bank, poll_payments
from fondaco.flows.continuing import refund_returns as refund_credit_notes
from fondaco.flows.exchange import ask_hedge_provider, deliver_forwards, propose_every_cover
from fondaco.flows.flash_sale import sweep_purchases
from fondaco.flows.month_summaries import summarise_last_month
from fondaco.flows.payment_data import send_payment_data as upload_open_payments
from fondaco.flows.reconciling import reconcile_books
from fondaco.flows.return_centre import watch_returns as watch_return_clocks
from fondaco.flows.stock import plan_every_stock
from fondaco.flows.uploads import clean_uploads, run_upload, run_waiting_uploads
from fondaco.flows.voyages import report_open_voyages
from fondaco.kernel import audit, clock, idempotency, outbox
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import exchange
from fondaco.systems.logistics import public as logistics

logger = logging.getLogger(__name__)

KEEP_EVENTS = timedelta(days=30)
KEEP_FAILED_HOURS = 7 * 24
_ROUNDS = 20  # batches that one run works off before it lets others in


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="relay_outbox")
def relay_outbox(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Hand new outbox events to their consumers; how many were delivered."""
    total = 0
    for _ in range(_ROUNDS):
        report = outbox.relay(consumers(), now=clock.now())
        total += report.delivered
        if not report.pending:
            break
    return total


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="seal_audit")
def seal_audit(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Continue the hash chain over the audit trail and note its end elsewhere; how many events were sealed."""
    sealed = audit.seal_all()
    if sealed and (head := audit.head()):
        note_head(head)
    return sealed


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="deliver_webhooks")
def deliver_webhooks(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Send the webhooks that are due; how many arrived."""
    return webhooks.deliver_due(now=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="continue_orders", lock="orders")
def continue_orders(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Move every order as far as it can go without a person; how many steps were taken up."""
    return continue_book(now=clock.now())


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="poll_payments", lock="orders")
def poll_open_payments(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Find out how payments ended that the provider left open; how many got decided."""
    return poll_payments(now=clock.now())


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="refund_returns", lock="orders")
def refund_returns(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Refund what came back with a credit note; how many refunds were done."""
    return refund_credit_notes(now=clock.now())


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="expire_disputes")
def expire_disputes(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Close disputes that nobody answered in time, and forget refused webhooks of last month; how many closed."""
    finance.purge_refused(now=clock.now())
    return finance.expire_disputes(now=clock.now())


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="send_payouts")
def send_payouts(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Send the day's balances on their way to their banks; how many payouts the day has."""
    return pay_out_daily(now=clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="ask_bank", lock="bank")
def ask_bank(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Hear from the bank what became of payouts in transit; how many it decided."""
    return poll_bank(now=clock.now())


@app.periodic(cron="7 5 * * *")
@app.task(queueing_lock="reconcile_books", lock="bank")
def reconcile_day(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Fetch the day's settlement files and statements and match them with the books; how many lines were matched."""
    return reconcile_books(now=clock.now()).matched


@app.task
def import_upload(upload_id: str) -> bool:
    """Import one uploaded file; whether it was ours to import. The page follows it in the database."""
    return run_upload(UUID(upload_id), now=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="resume_imports")
def resume_imports(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Import what waits and what a worker that died has left; how many imports were run."""
    return run_waiting_uploads(now=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="expire_reservations")
def expire_reservations(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Let go the stock that carts held longer than agreed; how many reservations."""
    return len(logistics.expire_reservations(now=clock.now()))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="sweep_purchases", lock="orders")
def sweep_flash_sales(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Put what was bought in flash sales and not paid for in time back on sale; how many purchases."""
    return sweep_purchases(now=clock.now())[1]


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="plan_stock")
def plan_stock(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Propose what each warehouse should order today; how many proposals."""
    return plan_every_stock(now=clock.now())


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="report_voyages", lock="orders")
def report_voyages(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Tell Chinese customs what carriers have told of arrivals and departures; how many messages."""
    return report_open_voyages(now=clock.now())


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="send_payment_data", lock="payment_data")
def send_payment_data(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Upload the payment data that Chinese customs has asked for; how many payments it took in."""
    return upload_open_payments(now=clock.now())


@app.periodic(cron="43 4 1-15 * *")
@app.task(queueing_lock="summarise_month", lock="orders")
def summarise_month(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Declare last month's lists once more, together, where their mode asks for it; how many summaries it has."""
    return summarise_last_month(now=clock.now())


@app.periodic(cron="11 4 * * *")
@app.task(queueing_lock="watch_returns")
def watch_returns(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Tell of clocks of returns that run out; end claims and returns whose time is over."""
    return sum(watch_return_clocks(now=clock.now()).values())


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="propose_cover")
def propose_cover(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Propose how each seller may cover its currencies today; how many proposals."""
    return propose_every_cover(now=clock.now())


@app.periodic(cron="17 6,14 * * 1-5")
@app.task(queueing_lock="deliver_forwards")
def deliver_due_forwards(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Deliver the forwards whose day has come; how many were."""
    return deliver_forwards(now=clock.now()).settled


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="tend_exchange")
def tend_exchange(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Close quotes whose time is over and hear of forwards whose answer was lost; how many of the latter."""
    exchange.lapse_quotes(now=clock.now())
    return ask_hedge_provider(now=clock.now()) if exchange.count_asked() else 0


@app.periodic(cron="*/20 * * * *")
@app.task(queueing_lock="watch_shipments")
def watch_shipments(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Predict arrivals, open and close troubles, take up events whose number is known by now; how many opened."""
    now = clock.now()
    logistics.adopt_strays(actor="watch", now=now)
    return logistics.watch_consignments(actor="watch", now=now).opened


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="purge")
def purge(timestamp: int) -> dict[str, int]:  # noqa: ARG001 - procrastinate's signature
    """Forget what has had its time: idempotency keys, old events, ended sessions, uploaded files."""
    now = clock.now()
    call_command("clearsessions")
    return {
        "keys": idempotency.purge(now=now),
        "events": outbox.purge(before=now - KEEP_EVENTS),
        "uploads": clean_uploads(now=now),
    }


@app.periodic(cron="41 2 * * *")
@app.task(queueing_lock="verify_audit")
def verify_audit(timestamp: int) -> bool:  # noqa: ARG001 - procrastinate's signature
    """Seal what was left, verify the whole chain against the heads kept, keep the new head; True if it holds."""
    audit.seal_all(thorough=True)
    report = audit.verify(anchors=kept_heads())
    if report.ok and report.head:
        keep_head(report.head)
    else:
        logger.error("audit chain is broken: %s", report)
    return report.ok


@app.periodic(cron="29 4 * * *")
@app.task(queueing_lock="forget_failed")
async def forget_failed(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Forget jobs that failed a week ago: one that fails every two seconds would fill its table for ever."""
    await app.job_manager.delete_old_jobs(
        KEEP_FAILED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled")
async def retry_stalled(timestamp: int) -> int:  # noqa: ARG001 - procrastinate's signature
    """Give the jobs of workers that died to others; how many."""
    stalled = list(await app.job_manager.get_stalled_jobs())
    for job in stalled:
        await app.job_manager.retry_job(job)
    return len(stalled)
