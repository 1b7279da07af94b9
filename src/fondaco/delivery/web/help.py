"""Help for a page: what it is for, in two sentences, and what to press."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fondaco.delivery.web.help_money import MONEY_TOPICS
from fondaco.delivery.web.topic import Topic

_EVERYWHERE: tuple[tuple[str, str | Promise], ...] = (
    ("/", _("Search and go anywhere")),
    ("j k", _("Down and up the rows")),
    ("Enter", _("Open the row")),
    ("x", _("Select the row")),
    ("Esc", _("Close what is open")),
)
_DESK_KEYS: tuple[tuple[str, str | Promise], ...] = (
    ("r", _("Release")),
    ("i", _("Inspect")),
    ("q", _("Ask for documents")),
    ("d", _("Detain")),
    ("x", _("Return to sender")),
)
TOPICS: dict[str, Topic] = {
    "home": Topic(_("Home"), _("What needs you today comes first. Every number opens the list behind it.")),
    "orders": Topic(
        _("Orders"),
        _("Every order you may see. Filter by state, search by number, buyer or country, and keep a "
          "filter as a saved view. The list exports as CSV exactly as filtered."),
    ),
    "order": Topic(
        _("Order"),
        _("One order from entry to settlement. Each figure with “Why?” opens its explanation: inputs, "
          "rule or source, version and steps."),
    ),
    "products": Topic(
        _("Products"),
        _("Weights, sizes, origins and commodity codes marked “Estimated” were proposed from the text. "
          "Confirm or correct them: customs relies on them."),
    ),
    "imports": Topic(
        _("Import"),
        _("Drop a file, look at the preview, then import. Rows with errors are kept out and come back as "
          "a file to mend. Importing the same file twice changes nothing."),
    ),
    "compliance": Topic(
        _("Compliance map"),
        _("Where goods may go on a day: prohibited, only with a licence, or with papers, by which law. State a "
          "licence you hold and the restriction is lifted. Where no rule is known, none has been recorded; that "
          "is no promise."),
    ),
    "desk": Topic(
        _("Officer's desk"),
        _("Oldest first within each lane. Open a declaration, read the reasons, decide. Every decision "
          "needs a reason and is written to the audit trail."),
        _DESK_KEYS,
    ),
    "strays": Topic(
        _("Stray receipts"),
        _("Receipts that nobody could place: why each waits. Attach it to its declaration, where it counts as if "
          "it had come for it, or dismiss it with a reason."),
    ),
    "signing_keys": Topic(
        _("Signing keys"),
        _("Which certificates sign for which declarant. The declarant's manager enters one, another person of the "
          "authority approves it, either may revoke it at once. A message signed with any other key is refused, and "
          "nothing of it is kept. Keys are SM2, as the messages of 2022 want them, or RSA."),
    ),
    "month_summaries": Topic(
        _("Monthly summaries"),
        _("What left China on lists in a month and is to be refunded is declared once more, together (CEB701). The "
          "house lodges it from the 1st to the 15th of the next month; a summary that is refused frees its lists for "
          "another. Customs answers with the number of the export declaration it made."),
    ),
    "cases": Topic(
        _("Screening cases"),
        _("A possible match with a sanctions list stops an order. One person proposes a verdict, another "
          "confirms it; nobody decides alone."),
    ),
    "declarations": Topic(
        _("Declarations"),
        _("Every declaration you may see, newest first. Filter by state, lane, office and kind; search by the "
          "beginning of an LRN, an MRN or an order number. The CSV holds exactly what is filtered."),
    ),
    "declaration": Topic(
        _("Declaration"),
        _("What was declared, what the authority said and when, and whether order, payment and waybill agree. "
          "The messages are kept as they came, at the foot of the page."),
        _DESK_KEYS,
    ),
    "matches": Topic(
        _("Match desk"),
        _("Goods are released only when order, payment and waybill tell of one trade. Correct what contradicts; "
          "accept a small difference with a reason, which is kept."),
    ),
    "assessment": Topic(
        _("Duty on a declaration"),
        _("Drop a UK import declaration and see every tax line as HMRC would compute it, with base, rate, relief "
          "and the rule behind it. What cannot be worked out is left open with its reason."),
    ),
    "case": Topic(
        _("Screening case"),
        _("The name screened beside each listed name, word by word, with the score and the threshold. Propose a "
          "verdict with your reason; a colleague confirms it or sends it back."),
        (("c", _("Not the listed party")), ("b", _("The listed party: block"))),
    ),
    "screenings": Topic(
        _("Screenings"),
        _("Every name that was compared, the answer, and the version of the lists it was compared with."),
    ),
    "lists": Topic(
        _("Lists in force"),
        _("Whose lists names are compared with, from which file, of which day, under which licence. The digest "
          "identifies the file to the byte."),
    ),
    "consignments": Topic(
        _("Consignments"),
        _("Each consignment is one order's parcels with one carrier. Search by number, by a whole tracking "
          "number, by service or carrier."),
    ),
    "clearances": Topic(
        _("Collective clearance"),
        _("Consignments that are ready on one day for one pair of countries, gathered for one summary declaration. "
          "A closed batch takes no more; a cancelled one lets its consignments go. What lies in the stores of one park "
          "is that park's own batch: it closes it and lodges for all lists in its own name."),
    ),
    "consolidations": Topic(
        _("Shared loads"),
        _("Booked consignments of one pair of countries that cost less together: the model puts them together, each "
          "load is priced by the card, a person accepts or dismisses it. Accepted, its consignments are booked into it, "
          "each at its share of the trunk; a consignment is in one accepted load at most."),
    ),
    "carrier_channel": Topic(
        _("Carrier channel"),
        _("The address your systems tell events to, and the secret they sign with. A changed secret leaves the one "
          "before good for a day."),
    ),
    "troubles": Topic(
        _("Shipments at risk"),
        _("What is late against its prediction, held by customs, silent, refused, lost or on its way back. Take "
          "one up so that nobody else does, and close it with a note; what passes by itself closes by itself."),
    ),
    "consignment": Topic(
        _("Consignment"),
        _("Where it is, what is in each parcel, what it cost, which offers were not taken and why the other "
          "services refused."),
    ),
    "rates": Topic(
        _("Rate explorer"),
        _("Describe a parcel; every service in force answers with a price or with the reason it refuses. "
          "Large dots on the picture are the offers that nothing beats in both price and time. “Why?” beside an "
          "offer, or a service's code, tells what its price is made of or which limit it refuses on."),
    ),
    "price_book_import": Topic(
        _("Import a price book"),
        _("Drop a carrier's rate card. You see every fault by row and column, or every price that would move, before "
          "anything is published. A single fault keeps the whole file out."),
    ),
    "rebates": Topic(
        _("Export rebates"),
        _("VAT that comes back on exports. Each case says what it lacks and until when; an invoice is used once, and "
          "every sum opens its Why."),
    ),
    "modes": Topic(
        _("Supervision modes"),
        _("Every way of putting goods before customs that is known here, with its papers, tax, statistics, dates and "
          "source. Describe an order to see which mode fits and what holds the others back; a declaration keeps "
          "the same reasons."),
    ),
    "routes": Topic(
        _("Routes"),
        _("Say what goes from where to where and when it is ready. Each dot is a way that nothing beats in time, cost, "
          "emissions and reliability together; choose one to see its legs, its map and what it costs."),
    ),
    "board": Topic(
        _("Information board"),
        _("Carriers post free capacity, merchants post cargo. Open one of your posts to see what fits it and why. "
          "Names and contacts stay hidden until you agree, or until one of you shares them; every look is recorded."),
    ),
    "board_deal": Topic(
        _("Negotiation"),
        _("Offer a price, accept the other side's, then confirm: when both have confirmed, it is agreed, the capacity "
          "is taken and each sees whom to call."),
    ),
    "price_books": Topic(
        _("Price books"),
        _("Each import of a rate card is a version of its own and is never overwritten. Open one to see its "
          "services and what changed since the version before. The platform imports, rolls back and withdraws."),
    ),
    "warehouse": Topic(
        _("Warehouse day"),
        _("What to receive, pick, pack and count today. “Pick” puts the waiting orders of a warehouse on one list "
          "by the shortest walk; lots that expire first are picked first."),
    ),
    "stock": Topic(
        _("Stock"),
        _("Free is what can still be sold: on hand less reserved. Open an article for its lots, places, "
          "reservations and every movement."),
    ),
    "pack": Topic(
        _("Packing bench"),
        _("Scan each piece with a wand or type its SKU. A wrong piece is refused and not counted. With the last "
          "piece the stock is booked out and the label is ready to print."),
    ),
    "proposals": Topic(
        _("Replenishment"),
        _("Each night the method whose stock would have cost least forecasts each article; the policy turns the "
          "forecast, the lead time and the costs into pieces. Order, change or dismiss."),
    ),
    **MONEY_TOPICS,
    "statistics": Topic(
        _("Trade"),
        _("Orders, value, duty and tax of a period by destination, time and section of the tariff. A country "
          "or a section filters the whole page; every chart has its table and CSV."),
    ),
    "documents": Topic(
        _("Documents"),
        _("The papers of each order, frozen when it was declared. The file is made when somebody first opens "
          "it, and each opening leaves a receipt."),
    ),
    "document": Topic(
        _("Document"),
        _("Let another organisation see this one document for a purpose and a time, and take the permission "
          "back whenever you like. Below stands who looked."),
    ),
    "organisation": Topic(
        _("Our organisation"),
        _("How your organisation stands in declarations and papers, and the numbers by which authorities know it. An "
          "owner or manager states a number; without an EORI nobody in the Union or the United Kingdom can declare."),
    ),
    "dossiers": Topic(
        _("Verification"),
        _("An organisation shows its papers once. Whoever handed in a dossier cannot decide it."),
    ),
    "dossier": Topic(
        _("Verification"),
        _("Collect the papers, submit, wait for the decision. A rejection says why; mend it and submit again."),
    ),
    "audit": Topic(
        _("Audit trail"),
        _("Who did what, when. Filter by the beginning of a deed, by subject or by person. The operator can "
          "check that the hash chain over all deeds holds."),
    ),
    "api_keys": Topic(
        _("API keys"),
        _("A key is shown once, when it is made. Give it no more rights than its program needs, and revoke it "
          "when in doubt: it ends at once."),
    ),
    "webhooks": Topic(
        _("Webhooks"),
        _("Register an address to be told of events. Check each message's signature with the secret that is "
          "shown once. What failed for good can be sent again from here."),
    ),
    "tariff": Topic(
        _("Tariff"),
        _("Look a code up by its digits or its English words; choose the tariff. A code shows its duties, "
          "preferences and flags on a day, what is below it, and every duty it has had."),
    ),
    "guide": Topic(
        _("Guide to destinations"),
        _("What each destination asks, made from the rules that price orders, each with its law. “Work them out” "
          "holds this installation against the sums that authorities and the press have published."),
    ),
    "calculator": Topic(
        _("Landed cost"),
        _("What a parcel costs at the buyer's door: goods, carriage, duty, tax and fees, each with its "
          "rule and source."),
    ),
}  # fmt: skip
_GENERAL = Topic(
    _("Fondaco"),
    _("An order enters once; everything a border demands of it follows from that one record."),
)


# Pages that another page's help tells of.
_TOLD_BY = {
    "basket_paid": "basket", "board_new": "board", "board_post": "board", "clearance": "clearances",
    "consignment_routes": "routes", "consolidation": "consolidations", "declaration_assessment": "assessment",
    "flash_sale_new": "flash_sales", "guide_page": "guide", "import_batch": "imports", "import_preview": "imports",
    "import_upload": "imports", "manifest": "warehouse", "order_paid": "order_pay", "pack_find": "pack",
    "price_book": "price_books", "price_book_diff": "price_books", "price_book_preview": "price_book_import",
    "price_book_service": "price_books", "product": "products", "proposal": "proposals", "rebate": "rebates",
    "rebate_export": "rebates", "rebate_exports": "rebates", "rebate_invoices": "rebates",
    "rebate_months": "rebates", "rebate_rates": "rebates", "receive_goods": "warehouse", "returns": "return_centre",
    "stock_article": "stock", "tariff_code": "tariff", "tariff_quotas": "tariff", "wave": "warehouse",
    "write_declaration": "declaration",
}  # fmt: skip


def help_for(page: str) -> Topic:
    """The topic of the page called `page`, with the keys that work everywhere."""
    topic = TOPICS.get(page) or TOPICS.get(_TOLD_BY.get(page, ""), _GENERAL)
    return Topic(topic.title, topic.text, (*topic.keys, *_EVERYWHERE))
