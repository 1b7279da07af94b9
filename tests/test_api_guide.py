"""The guide to the API is true: each curl in it is answered as it says, its Python verifies a real webhook."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from standardwebhooks import Webhook, WebhookVerificationError

from fondaco.kernel import clock
from fondaco.kernel.tenancy import Kind
from tests.callers import Caller
from tests.traded import Traded

GUIDE = (Path(__file__).parents[1] / "docs" / "guide" / "api.md").read_text()
BOOK = (
    b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    b"900002,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,France\n"
)

DOCUMENT = json.loads((Path(__file__).parents[1] / "docs" / "openapi.json").read_text())
# Without an Idempotency-Key: what only works something out,
COMPUTES = {
    "clearance/assessments", "clearance/cds", "compliance/checks", "declarations/cargo-reports",
    "exchange/settlement-file/check", "landed-costs", "logistics/consolidations", "logistics/packings", "logistics/quotes",
    "logistics/routes", "logistics/splits", "modes/choice", "screening/names", "shop/sales/preview",
}  # fmt: skip
# and what has its effect once by what it is about: the message's own id, the cover, the consignment, the place
# in a queue; proposed loads take the place of those that nobody answered.
HARMLESS = {
    "carriers/{carrier}/events", "declarations/batches", "declarations/{declaration_id}/withdrawal", "exchange/covers/{cover_id}/order",
    "finance/providers/{provider_id}/webhooks", "logistics/carrier-channel",
    "logistics/clearances/{batch_id}/together", "logistics/consignments/{consignment_id}/book", "logistics/consignments/{consignment_id}/cancel",
    "logistics/consignments/{consignment_id}/hear", "logistics/edi", "logistics/loads",
    "logistics/loads/{load_id}/answer", "shop/sales/{sale_id}/queue", "webhooks/{endpoint_id}",
    "window/monthly-summaries/{seller_id}/{period}", "window/cn/{secret}/platDataOpen",  # once for each sessionID
}  # fmt: skip


def test_every_write_takes_an_idempotency_key_or_may_be_repeated_as_it_is() -> None:
    without = {
        path.removeprefix("/api/v1/")
        for path, methods in DOCUMENT["paths"].items()
        for method, told in methods.items()
        if method != "get" and "Idempotency-Key" not in {one["name"] for one in told.get("parameters", [])}
    }
    assert without == COMPUTES | HARMLESS


def curl(command: str, key: str) -> Any:
    """What the server answers to a curl command with the options that the guide uses."""
    words = shlex.split(command.replace("$FONDACO", "").replace("$KEY", key))
    assert words.pop(0) == "curl"
    path, headers, form, body = words.pop(0), {}, {}, None
    while words:
        option, value = words.pop(0), words.pop(0)
        if option == "-H":
            name, _, headers[name] = value.partition(": ")
        elif option == "--json":
            body = json.loads(value)
        elif option == "-F":
            name, _, text = value.partition("=")
            form[name] = SimpleUploadedFile(text[1:], BOOK) if text.startswith("@") else text
    client = Client(headers=headers)
    if form:
        return client.post(path, form)
    return client.get(path) if body is None else client.post(path, body, content_type="application/json")


@pytest.mark.django_db
def test_each_curl_is_answered_as_the_guide_says(traded: Traded) -> None:
    key = Caller(traded.house.seller, Kind.SELLER).key
    commands = re.findall(r"^(curl .*?)\s+# (\d{3})$", GUIDE, re.MULTILINE)
    answers = [(command, int(said), curl(command, key)) for command, said in commands]
    assert [(c, said, a.content[:200]) for c, said, a in answers if a.status_code != said] == []
    assert len(answers) == GUIDE.count("\ncurl ") == 10


def test_the_guides_python_verifies_a_webhook() -> None:
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert code
    scope: dict[str, Any] = {}
    exec(code[1], scope)
    secret, body, now = (
        "whsec_" + "QUJD" * 8,
        '{"type": "orders.paid", "data": {"number": "A-1"}}',
        clock.now(),
    )
    message = str(uuid4())
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, now, body),
    }
    assert scope["received"](headers, body, secret) == ("orders.paid", {"number": "A-1"})
    with pytest.raises(WebhookVerificationError):
        scope["received"](headers, body.replace("A-1", "A-2"), secret)
