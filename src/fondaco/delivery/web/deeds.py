"""Posts that may be refused: the refusal is shown where the person was, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from fondaco.kernel.errors import FondacoError


def attempt(request: HttpRequest, deed: Callable[[], object], *, done: str) -> bool:
    """Do `deed` and say `done`, or say why it was refused and what to do; whether it was done."""
    try:
        deed()
    except FondacoError as problem:
        parts = (problem.title, problem.detail, problem.remedy)
        messages.error(request, " ".join(str(part) for part in parts if part))
        return False
    messages.success(request, done)
    return True
