from __future__ import annotations

import ast
import textwrap

import pytest

from tools.lint.run import check, read_tree
from tools.lint.size import budget, length
from tools.lint.source import parsed, room_of

ORDERS = "src/fondaco/commerce/orders"
FINANCE = "src/fondaco/systems/finance"
OWNED = """
    from fondaco.kernel.tenancy import Owned
    class Order(Owned): ...
    class Special(Order): ...
    class Colour(models.Model): ...
"""


def _found(*files: tuple[str, str]) -> list[tuple[int, str]]:
    tree = parsed((path, textwrap.dedent(text)) for path, text in files)
    return [(finding.line, finding.rule) for finding in check(tree)]


@pytest.mark.parametrize(
    ("field", "broken"),
    [
        ("models.ForeignKey('parties.Organisation', models.PROTECT, related_name='+')", False),
        ("models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name='+')", False),
        ("models.ForeignKey('kernel.ReferenceSet', models.PROTECT, related_name='+')", False),
        ("models.ForeignKey('Line', models.CASCADE)", False),
        ("models.ForeignKey('self', models.CASCADE)", False),
        ("models.ForeignKey(to='orders.Line', on_delete=models.CASCADE)", False),
        ("models.ForeignKey('parties.Organisation', models.PROTECT)", True),
        ("models.ForeignKey('parties.Organisation', models.PROTECT, related_name='orders')", True),
        ("models.ForeignKey('kernel.AuditEvent', models.PROTECT, related_name='+')", True),
        ("models.OneToOneField('finance.Journal', models.PROTECT, related_name='+')", True),
        ("models.ManyToManyField(to='catalog.Product', related_name='+')", True),
        ("ForeignKey(Journal, models.PROTECT, related_name='+')", True),
    ],
)
def test_foreign_keys_leave_a_room_only_for_parties_and_reference_data(field: str, broken: bool) -> None:
    journal = "from fondaco.systems.finance.models import Journal" if "Journal," in field else ""
    text = f"{journal}\n\n\nclass Order:\n    f = {field}\n"
    rules = {rule for _, rule in _found((f"{ORDERS}/models.py", text))} - {"room-import"}
    assert rules == ({"foreign-key"} if broken else set())


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("Order.objects.of(scope).filter(x=1)", False),
        ("Order.objects.house().get(x=1)", False),
        ("Order.objects.create(x=1)", False),
        ("Order.objects.bulk_create([])", False),
        ("Colour.objects.filter(x=1)", False),
        ("Order.objects.filter(x=1)", True),
        ("Order.objects.all()", True),
        ("Special.objects.get(x=1)", True),
        ("Order.objects", True),
        ("Order._default_manager.of(scope)", False),
        ("Order._base_manager.all()", True),
        ("models.Order.objects.count()", True),
    ],
)
def test_owned_rows_are_asked_for_through_a_scope(line: str, broken: bool) -> None:
    reader = f"from fondaco.commerce.orders import models\nfrom fondaco.commerce.orders.models import Colour, Order, Special\n{line}\n"
    found = _found((f"{ORDERS}/models.py", OWNED), (f"{ORDERS}/selectors.py", reader))
    assert found == ([(3, "tenant-scope")] if broken else [])


def test_a_model_of_the_same_name_in_another_room_is_not_meant() -> None:
    other = "class Order(models.Model): ...\nOrder.objects.all()\n"
    assert _found((f"{ORDERS}/models.py", OWNED), (f"{FINANCE}/models.py", other)) == []
    assert _found((f"{ORDERS}/models.py", OWNED), (f"{ORDERS}/tests/test_a.py", "Order.objects.all()")) == []


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("import django", True),
        ("from django.db import models", True),
        ("import psycopg", True),
        ("from fondaco.commerce.orders.models import Order", True),
        ("from fondaco.kernel.money import Money", False),
        ("import decimal", False),
    ],
)
def test_domain_code_knows_no_django(line: str, broken: bool) -> None:
    assert _found((f"{ORDERS}/domain/rules.py", line)) == ([(1, "domain-django")] if broken else [])
    if not line.startswith("from fondaco.commerce"):
        assert _found((f"{ORDERS}/services.py", line)) == []


@pytest.mark.parametrize(
    "text",
    [
        "from django.dispatch import receiver",
        "from django.db.models.signals import post_save",
        "import django.core.signals",
        "from django.db.models import signals",
        "@receiver(x)\ndef f(): ...",
        "@dispatch.receiver\ndef f(): ...",
    ],
)
def test_there_are_no_signals(text: str) -> None:
    assert {rule for _, rule in _found((f"{ORDERS}/apps.py", text))} == {"signals"}


def test_connecting_to_a_database_is_no_signal() -> None:
    assert _found((f"{ORDERS}/apps.py", "import psycopg\npsycopg.connect('')")) == []


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("from datetime import datetime\ndatetime.now()", True),
        ("from datetime import datetime\nf(default=datetime.utcnow)", True),
        ("import datetime as dt\ndt.datetime.now()", True),
        ("from datetime import date\ndate.today()", True),
        ("from django.utils import timezone\ntimezone.now()", True),
        ("import time\ntime.time()", True),
        ("import time\ntime.monotonic()", False),
        ("from fondaco.kernel import clock\nclock.now()", False),
        ("from datetime import datetime\ndatetime.fromisoformat(x)", False),
        ("def f(date):\n    return date.today", False),
    ],
)
def test_only_the_clock_reads_the_time(text: str, broken: bool) -> None:
    assert _found((f"{ORDERS}/services.py", text)) == ([(2, "clock")] if broken else [])
    assert _found(("src/fondaco/kernel/clock.py", text)) == []
    assert _found((f"{ORDERS}/tests/test_x.py", text)) == []


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("from fondaco.systems.finance.public import post", True),
        ("import fondaco.systems.finance", True),
        ("from fondaco.parties.public import scope_of", True),
        ("from fondaco.flows import place", True),
        ("from fondaco.delivery.web import nav", True),
        ("from fondaco.kernel.money import Money", False),
        ("from fondaco.commerce.orders.models import Order", False),
    ],
)
def test_rooms_never_import_rooms(line: str, broken: bool) -> None:
    assert _found((f"{ORDERS}/services.py", line)) == ([(1, "room-import")] if broken else [])
    assert _found(("src/fondaco/flows/place.py", line)) == []


def test_a_rooms_tests_may_make_parties_but_not_enter_other_rooms() -> None:
    path = f"{ORDERS}/tests/test_x.py"
    assert _found((path, "from fondaco.parties.public import ensure_user")) == []
    assert _found((path, "from fondaco.systems.finance.public import post")) == [(1, "room-import")]


def test_leftovers_are_found() -> None:
    text = "# TO" + "DO later\nraise NotImplemented" + "Error\n"
    assert _found((f"{ORDERS}/services.py", text)) == [(1, "leftover"), (2, "leftover")]


def test_long_functions_and_files_are_found_and_tests_are_exempt() -> None:
    long = "def f():\n" + "    x = 1\n" * 80
    assert _found((f"{ORDERS}/services.py", long)) == [(1, "size")]
    assert _found((f"{ORDERS}/services.py", "x = 1\n" * 401)) == [(1, "size")]
    assert _found((f"{ORDERS}/services.py", "def f():\n" + "    x = 1\n" * 79)) == []
    assert _found((f"{ORDERS}/tests/test_x.py", long * 6), (f"{ORDERS}/migrations/0001_x.py", long * 6)) == []


def test_the_budget_counts_lines_without_docstrings() -> None:
    text = 'def a():\n    """One.\n\n    Two.\n    """\n    return 1\n\n\ndef b():\n    return 2\n'
    tree = parsed([("src/fondaco/kernel/x.py", text)])
    functions = [f for f in tree.sources[0].tree.body if isinstance(f, ast.FunctionDef)]
    assert [length(f) for f in functions] == [2, 2]
    assert budget(tree).is_kept
    heavy = parsed([("src/fondaco/kernel/x.py", ("def f():\n" + "    x = 1\n" * 30) * 10)])
    assert (budget(heavy).median, budget(heavy).is_kept) == (31, False)


def test_a_waiver_counts_on_the_line_above_it_or_within_with_a_reason_and_only_where_needed() -> None:
    bad = "from datetime import date\n"
    path = f"{ORDERS}/services.py"
    assert _found((path, bad + "x = date.today()  # lint-skip: clock shown to the reader only")) == []
    assert _found((path, bad + "# lint-skip: clock shown to the reader only\nx = date.today()")) == []
    assert _found((path, bad + "x = date.today()  # lint-skip: clock")) == [(2, "lint-skip")]
    assert _found((path, bad + "x = date.today()  # lint-skip: signals because")) == [
        (2, "clock"),
        (2, "lint-skip"),
    ]
    assert _found((path, "x = 1  # lint-skip: clock because")) == [(1, "lint-skip")]
    assert _found((path, "x = 1  # lint-skip: taste because")) == [(1, "lint-skip")]
    assert _found((path, 'x = "# lint-skip: clock text is no comment"')) == []


def test_rooms_by_their_names() -> None:
    assert room_of("fondaco.systems.finance.models") == "systems.finance"
    assert room_of("fondaco.delivery.api.auth") == "delivery.api"
    assert room_of("fondaco.kernel") == "kernel"
    assert room_of("django.db") == ""


def test_the_repository_is_read() -> None:
    tree = read_tree()
    assert ("parties", "ApiKey") in tree.owned
    assert len(tree.sources) > 50
