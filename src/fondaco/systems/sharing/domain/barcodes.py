"""Barcodes as small SVG drawings: Code 128 for numbers, QR for a line of text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

import segno
from barcode import Code128


@lru_cache(maxsize=512)
def code128_svg(text: str, *, height: int = 40) -> str:
    """Code 128 (ISO/IEC 15417) of `text`, one unit per module, with a quiet zone of ten modules."""
    modules = Code128(text).build()[0]
    bars = "".join(f"M{x + 10} 0h{width}v{height}h-{width}z" for x, width in _dark_runs(modules))
    return _svg(len(modules) + 20, height, bars)


@lru_cache(maxsize=512)
def qr_svg(text: str) -> str:
    """QR code (ISO/IEC 18004, error correction M) of `text`, with a quiet zone of four modules."""
    rows = [bytes(row) for row in segno.make_qr(text, error="m", boost_error=False).matrix]
    squares = "".join(
        f"M{x + 4} {y + 4}h{width}v1h-{width}z"
        for y, row in enumerate(rows)
        for x, width in _dark_runs("".join("1" if cell else "0" for cell in row))
    )
    return _svg(len(rows) + 8, len(rows) + 8, squares)


def _dark_runs(modules: str) -> Iterator[tuple[int, int]]:
    """(start, width) of each run of dark modules."""
    x = 0
    for dark, run in groupby(modules):
        width = len(list(run))
        if dark == "1":
            yield x, width
        x += width


def _svg(width: int, height: int, path: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" preserveAspectRatio="none"><path d="{path}" fill="#000"/></svg>'
    )
