"""Labels as the carrier simulator prints them, 100 by 150 mm: a PDF of one page, or ZPL II for a label printer.

The barcode is Code 128 (ISO/IEC 15417) of the tracking number; every label says that it is a simulator's.
"""

from __future__ import annotations

import zlib
from itertools import groupby
from typing import Any

from fondaco.systems.logistics.adapters.ports import LabelFormat

_MM = 72 / 25.4  # points of a millimetre
_WIDTH, _HEIGHT = 100 * _MM, 150 * _MM
_NOTE = "SIMULATOR - NO CARRIAGE IS PAID BY THIS LABEL"


def print_label(tracking_number: str, *, booking: dict[str, Any], form: LabelFormat) -> bytes:
    """The label of one parcel of `booking` (the simulator's own record of it)."""
    place = booking["pieces"].index(tracking_number) + 1
    lines = (
        f"{booking['origin']} -> {booking['destination']}",
        f"Consignment {booking['number']}",
        f"Parcel {place} of {len(booking['pieces'])}",
        f"Ready {booking['ready_at'][:10]}",
    )
    return _zpl(tracking_number, lines) if form is LabelFormat.ZPL else _pdf(tracking_number, lines)


def _zpl(number: str, lines: tuple[str, ...]) -> bytes:
    """203 dots an inch: 799 by 1,199 dots."""
    texts = [f"^FO40,{60 + 70 * n}^A0N,48,48^FD{_plain(line)}^FS" for n, line in enumerate(lines)]
    bars = f"^FO60,420^BY3^BCN,300,Y,N,N^FD{number}^FS"
    return "\n".join(
        ["^XA", "^PW799", "^LL1199", *texts, bars, f"^FO40,1120^A0N,26,26^FD{_NOTE}^FS", "^XZ"]
    ).encode()


def _plain(text: str) -> str:
    """Without ZPL's own signs."""
    return text.replace("^", " ").replace("~", " ")


def _pdf(number: str, lines: tuple[str, ...]) -> bytes:
    """PDF 1.4 by hand: four objects, one compressed page, the bars as filled rectangles."""
    texts = [_text(line, x=24, y=_HEIGHT - 40 - 26 * n, size=16) for n, line in enumerate(lines)]
    drawn = [*texts, _bars(number), _text(number, x=60, y=150, size=16), _text(_NOTE, x=24, y=20, size=8)]
    page = zlib.compress("\n".join(drawn).encode("latin-1"))
    return _assemble([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH:.2f} {_HEIGHT:.2f}] /Contents 4 0 R"
        " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >> >> >>".encode(),
        f"<< /Length {len(page)} /Filter /FlateDecode >>\nstream\n".encode() + page + b"\nendstream",
    ])  # fmt: skip


def _text(text: str, *, x: float, y: float, size: int) -> str:
    shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 {size} Tf {x:.1f} {y:.1f} Td ({shown}) Tj ET"


def _bars(number: str) -> str:
    """Dark modules as rectangles, with a quiet zone of ten modules on either side."""
    from barcode import Code128

    modules = Code128(number).build()[0]
    unit, x, drawn = _WIDTH / (len(modules) + 20), 10, []
    for dark, run in groupby(modules):
        width = len(list(run))
        if dark == "1":
            drawn.append(f"{x * unit:.2f} 175 {width * unit:.2f} 110 re")
        x += width
    return "\n".join([*drawn, "f"])


def _assemble(objects: list[bytes]) -> bytes:
    """The file with its table of where each object begins."""
    out, starts = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    rows = "".join(f"{start:010d} 00000 n \n" for start in starts)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)
