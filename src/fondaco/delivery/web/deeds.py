"""Posts that may be refused: the refusal is shown where the person was, and nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from fondaco.delivery.web.presenting.landed_words import reads_english
from fondaco.kernel.errors import FondacoError


def attempt(request: HttpRequest, deed: Callable[[], object], *, done: str) -> bool:
    """Do `deed` and say `done`, or say why it was refused and what to do; whether it was done."""
    try:
        deed()
    except FondacoError as problem:
        messages.error(request, told(problem))
        return False
    messages.success(request, done)
    return True


def attempt_each(
    request: HttpRequest,
    chosen: Iterable[UUID],
    deed: Callable[[UUID], object],
    *,
    done: Callable[[int], str],
) -> int:
    """Do `deed` to each of `chosen`, each for itself; say how many were done and why others were refused."""
    refused: Counter[str] = Counter()
    count = 0
    for one in chosen:
        try:
            deed(one)
        except FondacoError as problem:
            refused[told(problem)] += 1
        else:
            count += 1
    if count:
        messages.success(request, done(count))
    for why, times in refused.most_common():
        messages.error(request, f"{times} × {why}")
    if not count and not refused:
        messages.error(request, _("Nothing was selected."))
    return count


def told(problem: FondacoError) -> str:
    """A refusal in one line: what is wrong and what to do, in the reader's language."""
    detail = problem.detail if reads_english() else ""
    parts = (_(problem.title), detail, _(problem.remedy) if problem.remedy else "")
    return " ".join(str(part) for part in parts if part)
