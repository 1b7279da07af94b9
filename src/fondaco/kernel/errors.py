"""Errors are facts: a class per fact, mapped once to RFC 9457 problem+json and to a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


class FondacoError(Exception):
    """A fact that stops what was asked. Nothing has been changed when it is raised.

    `field` names the input at fault, `value` shows it (cut to 80 characters), `detail` says more.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "This cannot be done."
    remedy: ClassVar[str] = ""
    status: ClassVar[int] = 400

    def __init__(self, detail: str = "", *, field: str = "", value: Any = None, **facts: Any) -> None:
        self.detail, self.field, self.value, self.facts = detail, field, value, facts
        super().__init__(" ".join(part for part in (self.title, detail, self._shown()) if part))

    def problem(self) -> dict[str, Any]:
        """This fact as an RFC 9457 problem."""
        body: dict[str, Any] = {
            "type": f"urn:fondaco:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        extras = {"detail": self.detail, "field": self.field, "remedy": self.remedy}
        body.update({key: text for key, text in extras.items() if text})
        body.update(self.facts)
        return body

    def _shown(self) -> str:
        if not self.field:
            return ""
        return f"[{self.field}={str(self.value)[:80]}]" if self.value is not None else f"[{self.field}]"


class Refused(FondacoError):
    """The input is understood and not acceptable."""

    status = 422


class NotFound(FondacoError):
    code = "not-found"
    title = "There is no such thing here."
    status = 404


class Forbidden(FondacoError):
    code = "forbidden"
    title = "Your role does not allow this."
    status = 403


class Conflict(FondacoError):
    code = "conflict"
    title = "This contradicts what is already recorded."
    status = 409


class Unavailable(FondacoError):
    """An outside service did not answer; the same call is safe to repeat."""

    code = "unavailable"
    title = "An outside service did not answer."
    remedy = "Nothing was lost. Try again; the same key makes the retry safe."
    status = 503


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong with one cell of a file."""

    row: int
    column: str
    value: str
    code: str
    message: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
