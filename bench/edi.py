"""EDI messages read, grouped and written back, beside pydifact: `python -m bench.edi [MESSAGES]`.

IFTSTA, IFTMIN, COARRI and CODECO messages in equal parts, 100 to an interchange, a third of the interchanges with
line ends after each segment, a sixth with release characters. Timed for us: bytes to segments, every message
into the groups of its table with counts, references and mandatory segments checked, and back to bytes; for
pydifact 0.2.3: `Interchange.from_str` and `serialize` over the same texts (it knows no groups, so it does less).
The messages have a few dozen shapes (tags in order), as one sender's have; where tags go is kept by shape, so a
sender with a new shape in every message would be read at about half the speed. Both read from memory; the best of three rounds counts for both. Not identical counts ours, byte for byte.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from bench._peers import run_peer
from bench._runner import result
from fondaco.systems.logistics.domain.edi import (
    EquipmentMove,
    IftstaStatus,
    InstructedParcel,
    Instruction,
    Segment,
    interchange,
    read_interchange,
    write_instruction,
    write_moves,
    write_statuses,
)

_START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
_PER_INTERCHANGE = 100
_ROUNDS = 3


def main(count: int) -> int:
    """Make, read, compare, print."""
    files = list(_files(count))
    ours, wrong = min((_round(files) for _ in range(_ROUNDS)), key=lambda pair: pair[0])
    texts = [data.decode("latin-1") for data in files]
    peer = run_peer("pydifact", {"interchanges": texts[: max(1, len(texts) // 4)], "rounds": _ROUNDS})
    size = sum(map(len, files))
    print(f"{count} messages in {len(files)} interchanges, {size / count:.0f} bytes each on average")
    print(f"pydifact wrote {peer['not_identical']} of its interchanges otherwise than it read them")
    result({
        "messages_per_s": count / ours, "peer_messages_per_s": peer["messages"] / peer["seconds"],
        "not_identical": wrong,
    })  # fmt: skip
    return 0


def _round(files: list[bytes]) -> tuple[float, int]:
    began = time.perf_counter()
    wrong = 0
    for data in files:
        read = read_interchange(data)
        for message in read.messages:
            message.grouped()
        wrong += read.bytes() != data
    return time.perf_counter() - began, wrong


def _files(count: int) -> Iterator[bytes]:
    made = (_message(n) for n in range(count))
    number = 0
    while batch := list(islice(made, _PER_INTERCHANGE)):
        number += 1
        data = interchange(batch, sender="CARRIER", recipient="FONDACO", reference=str(number), at=_START)
        yield data.replace(b"'", b"'\r\n") if number % 3 == 0 else data


def _message(n: int) -> list[Segment]:
    at, reference = _START + timedelta(minutes=n % 5000), str(n + 1)
    if n % 4 == 0:
        text = "Left at door: ok?" if n // 100 % 6 == 0 else ""
        states = [
            IftstaStatus(code, at, "NLRTM", f"C26-{n:07d}", "1", text if code == "21" else "")
            for code in ("1", "31", "21")
        ]
        return write_statuses(states, reference=reference, number=f"S{n}", at=at)
    if n % 4 == 1:
        parcels = tuple(InstructedParcel(f"LX{n:08d}{p}CN", 300, 220, 150, 1250 + p) for p in range(2))
        consignee = ("A. Buyer", "1 High Street", "Utrecht", "3511 AB", "NL")
        order = Instruction(f"C26-{n:07d}", "Air line", at, "CN", "NL", "Seller Ltd", consignee, parcels)
        return write_instruction(order, reference=reference, at=at)
    kind, event = ("COARRI", "DISC") if n % 4 == 2 else ("CODECO", "GTOT")
    move = EquipmentMove(
        event, f"MSKU{n:07d}", "45G1", True, at, "NLRTM", f"BK{n}", 21_400, ("S1",), "EMMA", "123W"
    )
    return write_moves(kind, [move], reference=reference, number=f"M{n}", party="MSK", at=at)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 12_000))
