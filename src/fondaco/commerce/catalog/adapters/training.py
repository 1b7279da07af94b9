"""Make the classifier from its files, once, and keep it beside them."""

from __future__ import annotations

import csv
import json
import warnings
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import joblib
import sklearn

from fondaco.commerce.catalog.adapters.classifier import HsClassifier, Knowledge, materials_of
from fondaco.commerce.catalog.domain.errors import BadListing, NoNomenclature
from fondaco.commerce.catalog.domain.listing import listing_of


def load_classifier(
    *, trade_words: Path, materials: Path, official: Mapping[str, str], listings: Path, folder: Path
) -> HsClassifier:
    """The classifier made from these files, fitted once and kept in `folder` under a digest of them all.

    `official` maps headings and subheadings to their texts; where it is empty the codes of the trade words
    are the nomenclature. `listings` (JSON lines with product_name and hs_code) may be absent. Fitting takes
    some ten seconds. NoNomenclature where there are no codes, BadListing for a line that is no listing.
    """
    labelled = listings.read_bytes() if listings.is_file() else b""
    parts = [
        trade_words.read_bytes(),
        materials.read_bytes(),
        labelled,
        repr(sorted(official.items())).encode(),
    ]
    code = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    digest = sha256(b"\0".join(parts + code)).hexdigest()[:16]
    path = folder / f"hs-{sklearn.__version__}-{digest}.joblib"
    if path.is_file():
        kept: HsClassifier = joblib.load(path)
        return kept
    fitted = fit_classifier(knowledge_of(trade_words, materials, official), read_jsonl(labelled))
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{sha256(str(path).encode()).hexdigest()[:6]}.part")
    joblib.dump(fitted, unfinished)
    unfinished.replace(path)
    return fitted


def knowledge_of(trade_words: Path, materials: Path, official: Mapping[str, str]) -> Knowledge:
    """Codes, their official texts (heading's first), what traders call them, and materials."""
    words = tuple((row["hs"], row["words"]) for row in _rows(trade_words))
    valid = {code for code in official if len(code) == 6} or {code for code, _ in words if len(code) == 6}
    if not valid:
        raise NoNomenclature(field="trade_words", value=str(trade_words))
    codes = tuple(sorted(valid))
    texts = tuple(
        f"{official.get(code[:4], '')}: {official[code]}" if code in official else "" for code in codes
    )
    known = tuple((code, text) for code, text in words if len(code) == 4 or code in valid)
    return Knowledge(codes, texts, known, materials_of(_rows(materials)))


def fit_classifier(knowledge: Knowledge, rows: Sequence[Mapping[str, Any]]) -> HsClassifier:
    """Fit on listings with `hs_code`; those whose code the nomenclature does not have are passed over."""
    codes = set(knowledge.codes)
    usable = [row for row in rows if str(row.get("hs_code", ""))[:6] in codes]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimiser's word that it stopped at its limit
        labels = [str(row["hs_code"])[:6] for row in usable]
        return HsClassifier(knowledge, [listing_of(row) for row in usable], labels)


def read_jsonl(data: bytes) -> list[dict[str, Any]]:
    """JSON objects, one a line; empty lines are passed over. BadListing names the line that is none, or says that there is none."""
    rows = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise BadListing(str(exc)[:200], field="line", value=number) from exc
        if not isinstance(row, dict):
            raise BadListing(field="line", value=number)
        rows.append(row)
    if not rows:
        raise BadListing("The file holds no listing.", field="line", value=1)
    return rows


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))
