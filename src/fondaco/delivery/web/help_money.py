"""Help for the pages of money, returns and sales."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from fondaco.delivery.web.topic import Topic

MONEY_TOPICS: dict[str, Topic] = {
    "payments": Topic(
        _("Payments"),
        _("What buyers paid, at which dated rate it went into escrow, and what still lies there. Open one to "
          "follow the money from the buyer's purse to everybody it was shared out to. \"Received by the house\" means that "
          "the provider has passed the money on; the order is settled only when escrow is shared out."),
    ),
    "payment": Topic(
        _("Payment"),
        _("Every line that was booked for this order's money, step by step. Lines of one journal sum to zero "
          "in each currency; its day opens the journal."),
    ),
    "baskets": Topic(
        _("Baskets"),
        _("Orders of several sellers that are paid once. Tick the orders that wait and put them into a basket: one "
          "payment, but each order keeps its own escrow, refund and dispute."),
    ),
    "basket": Topic(
        _("Basket"),
        _("One payment and each order's exact share of it. What goes back or is disputed for one order leaves the "
          "others alone; a seller sees its own share and nothing of the rest."),
    ),
    "return_centre": Topic(
        _("Return centre"),
        _("Goods on their way back, the soonest legal clock first. Open one to book its arrival, grade the pieces, "
          "decide where they go and claim back the duty and tax that was paid on them."),
    ),
    "return_case": Topic(
        _("Return"),
        _("One return's life: what came, how it was graded, where it goes and why, which time limits run, and what "
          "is claimed from which authority. Every step is logged and never rewritten."),
    ),
    "return_new": Topic(
        _("Send goods back"),
        _("Choose the lines, say why, send. Where the law gives you the return the label is there at once; else the "
          "seller decides."),
    ),
    "duty_claims": Topic(
        _("Duty claims"),
        _("What authorities owe on goods that came back, by the last day to lodge. Why? shows each line's share of "
          "the assessed bill."),
    ),
    "disputes": Topic(
        _("Disputes"),
        _("A buyer's bank asks for money back. Answer before the day shown: with a statement and the evidence pack, "
          "or by letting the buyer have the money. Until the verdict the sum waits on its own account."),
    ),
    "dispute": Topic(
        _("Dispute"),
        _("The pack holds the order, its tracking, its papers and a manifest with the digest of each file. What you "
          "say is kept as you said it; card numbers are refused."),
    ),
    "tax_returns": Topic(
        _("Tax returns"),
        _("Each settled order's duty and tax lies in the return of its scheme, authority and period. File it when the "
          "period is over; its figures are frozen then, and what comes late goes into the next."),
    ),
    "ioss": Topic(
        _("IOSS returns"),
        _("VAT that was taken at sale under the import one-stop shop, by month. File a month when it is over; nothing "
          "in it changes afterwards. Late sales and goods that came back are put right in the next month's return."),
    ),
    "cargo_report": Topic(_("Cargo report"), _("What one conveyance carries, as a CUSCAR message.")),
    "order_bill": Topic(_("Quote and bill"), _("Quoted, declared and assessed, line by line.")),
    "ioss_month": Topic(
        _("IOSS return"),
        _("Supplies by member state and rate, what is put right of earlier months, and the sales behind both. The XML "
          "names the data of Implementing Regulation (EU) 2020/194 plainly; each state has its own form for them."),
    ),
    "tax_return": Topic(
        _("Tax return"),
        _("The orders that the figures are made of. After filing, the sum is sent to the authority as payouts."),
    ),
    "provider_notes": Topic(
        _("Webhooks of providers"),
        _("Signed messages about payments and disputes. “Nothing new” was known already; “refused” says why and "
          "moved nothing."),
    ),
    "fee_invoices": Topic(
        _("Fee invoices"),
        _("One invoice a month and currency for the commission. Import the XML into your books; it follows the "
          "European standard EN 16931."),
    ),
    "ledger": Topic(
        _("Ledger"),
        _("Choose an account, then the days: what stood there before, what came and went, what stands after. "
          "The statement goes home as PDF or CSV."),
    ),
    "journal": Topic(
        _("Journal"),
        _("One deed in the books, written once. A mistake is corrected by another journal that names this "
          "one; the hash chain shows any later change."),
    ),
    "payout_policies": Topic(
        _("Payout policies"),
        _("When a party's balance goes out, and what is kept back. One person proposes, another approves; the days in "
          "escrow count for deliveries after that."),
    ),
    "order_pay": Topic(
        _("Pay"),
        _("Choose a way to pay: the provider's own page, a transfer, or cash at the door where that is usual. The order goes "
          "on by itself; another choice closes the former one first, so that nothing is paid twice."),
    ),
    "payouts": Topic(
        _("Balances and payouts"),
        _("What is owed to you goes out with the daily run. A payout is in transit until the bank says that "
          "it arrived; one that comes back is owed to you again."),
    ),
    "flash_sales": Topic(
        _("Flash sales"),
        _("Articles of one warehouse at a price for some minutes. Buyers queue and are let in at your pace; nobody is "
          "sold what is not there. What is not paid in time goes back on sale."),
    ),
    "flash_sale": Topic(
        _("Live monitor"),
        _("Sold, paid, within the time to pay and left, by article; how many wait in the queue; orders per minute. The page "
          "looks again every five seconds while the sale is on."),
    ),
    "exposure": Topic(
        _("Currencies and exposure"),
        _("Balances, escrow and what you note are netted by currency and due day. Lock a rate to convert now, order a "
          "forward to fix a rate for later. Every figure says where it comes from; nothing here is advice."),
    ),
    "trial_balance": Topic(
        _("Trial balance"),
        _("All debits and credits by account. Each currency sums to zero to the minor unit. “Check the books” "
          "tries every invariant of the ledger and its hash chain."),
    ),
    "postings": Topic(
        _("Postings"),
        _("The lines in the books behind the figure you came from, with their sum. Narrow the days, open a line for its "
          "journal, or take all of them as CSV."),
    ),
    "ledger_reports": Topic(
        _("Liabilities and ageing"),
        _("What is owed to each party by currency, and summed in one of them at the day's reference rates. Below: how old "
          "open sums are; what came first counts as paid first."),
    ),
    "periods": Topic(
        _("Periods"),
        _("Close a month when its files are reconciled: its sums are sealed and nothing more is posted into it. A second "
          "person may open it again for a reason."),
    ),
    "reconciliation": Topic(
        _("Reconciliation"),
        _("Take in settlement files and bank statements, try a run, then keep it. Only what is proved is matched. For the "
          "rest: match by hand, give it to somebody, or propose to write it off; a second person confirms."),
    ),
    "break": Topic(
        _("Break"),
        _("A line that nothing on the other side explains. The list offers open lines of the other side, the nearest "
          "amounts first; within the tolerance they may be matched by hand."),
    ),
    "accounts_of": Topic(_("Accounts"), _("Every account of one kind with its balance. Open one for its statement.")),
}  # fmt: skip
