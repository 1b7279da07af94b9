"""The compiled search. Imported only when a process warms up: importing numba takes seconds.

Label setting in order of readiness plus the least time still needed (NAMOA*dr): whatever is taken from the heap
later is ready later, so dominance at a hub needs no comparison of time. Labels that cannot beat the frontier at
the destination, by the four lower bounds, are dropped.
"""

# ruff: noqa: PLR0917 - numba compiles functions of positional arguments
from __future__ import annotations

from typing import Any

from fondaco.systems.logistics.domain.compiling import compiled
from fondaco.systems.logistics.domain.routing.bounds_numba import fill_ends, fill_layers

_FAR = 2**40
_STEP = 30


@compiled  # type: ignore[untyped-decorator]
def _push(keys: Any, ties: Any, items: Any, size: Any, key: Any, tie: Any, item: Any) -> Any:
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] < key or (keys[up] == key and ties[up] <= tie):
            break
        keys[at], ties[at], items[at] = keys[up], ties[up], items[up]
        at = up
    keys[at], ties[at], items[at] = key, tie, item
    return size + 1


@compiled  # type: ignore[untyped-decorator]
def _pop(keys: Any, ties: Any, items: Any, size: Any) -> Any:
    top = items[0]
    size -= 1
    key, tie, item = keys[size], ties[size], items[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        right = down + 1
        if right < size and (
            keys[right] < keys[down] or (keys[right] == keys[down] and ties[right] < ties[down])
        ):
            down = right
        if key < keys[down] or (key == keys[down] and tie <= ties[down]):
            break
        keys[at], ties[at], items[at] = keys[down], ties[down], items[down]
        at = down
    keys[at], ties[at], items[at] = key, tie, item
    return top, size


@compiled  # type: ignore[untyped-decorator]
def _beaten(
    at: Any, kept: Any, storage: Any, free: Any, cost: Any, co2: Any, nats: Any, rank: Any, grade: Any,
    since: Any, store: Any,
) -> bool:  # fmt: skip
    """Whether a label at the hub (from `at` on), ready no later, is no worse in anything, whatever storage it pays
    for the time that it is earlier.
    """
    rate, spare = storage[store], free[store]
    while at >= 0:
        if (
            kept[at, 0] <= cost and kept[at, 1] <= co2 and kept[at, 2] <= nats and kept[at, 3] <= rank
            and kept[at, 4] <= grade
        ):  # fmt: skip
            other = kept[at, 6]
            if kept[at, 0] + storage[other] * max(0, since - kept[at, 5]) <= cost and (
                other == store or storage[other] == 0 or (storage[other] <= rate and free[other] >= spare)
            ):
                return True
        at = kept[at, 7]
    return False


# A point of the frontier is kept as the least figures that are no better than it in the units of comparison: of
# readiness (rounded up) the first minute of its unit, of cost, CO2e and nats (rounded half up) the first that
# rounds to its own. So bounds are held against it as they are, without a division.


@compiled  # type: ignore[untyped-decorator]
def _hopeless(
    front: Any, size: Any, t: Any, c: Any, e: Any, sure: Any, risked: Any, ask: Any, eps: Any
) -> int:
    """Whether the frontier has a point no worse, in its units, than these bounds (up to 1 + eps): 0 no, 1 with the
    risk of missing the connection, 2 even if it were sure.
    """
    if eps > 0.0:
        t, c, e = ask[2] + int((t - ask[2]) * (1 + eps)), int(c * (1 + eps)), int(e * (1 + eps))
        sure, risked = sure + int(100 * eps), risked + int(100 * eps)
    found = 0
    for at in range(size - 1, -1, -1):
        if front[at, 1] <= c and front[at, 2] <= e and front[at, 3] <= risked and front[at, 0] <= t:
            found = 1
            if front[at, 3] <= sure:
                if at < size - 1:  # what beats one label beats its neighbours: keep it at hand
                    for k in range(6):
                        front[at, k], front[size - 1, k] = front[size - 1, k], front[at, k]
                return 2
    return found


@compiled  # type: ignore[untyped-decorator]
def _enter(front: Any, size: Any, t: Any, c: Any, e: Any, r: Any, label: Any, ask: Any) -> int:
    """Put a point on the frontier and take off those it beats; it is known not to be beaten. The new size."""
    nats = r
    t = (-(-t // ask[6]) - 1) * ask[6] + 1
    c = (c + (ask[7] >> 1)) // ask[7] * ask[7] - (ask[7] >> 1)
    e = (e + (ask[8] >> 1)) // ask[8] * ask[8] - (ask[8] >> 1)
    r = (r + (ask[9] >> 1)) // ask[9] * ask[9] - (ask[9] >> 1)
    left = 0
    for at in range(size):
        if not (front[at, 0] >= t and front[at, 1] >= c and front[at, 2] >= e and front[at, 3] >= r):
            if left != at:
                for k in range(6):
                    front[left, k] = front[at, k]
            left += 1
    front[left, 0], front[left, 1], front[left, 2], front[left, 3] = t, c, e, r
    front[left, 4], front[left, 5] = label, nats
    return left + 1  # type: ignore[no-any-return]


@compiled  # type: ignore[untyped-decorator]
def _put_in_units(front: Any, size: Any, ask: Any) -> None:
    """Change the frontier's points to the units of comparison."""
    for at in range(size):
        front[at, 0] = (front[at, 0] - 1) // ask[6] + 1
        for k in range(1, 4):
            front[at, k] = (front[at, k] + (ask[6 + k] >> 1)) // ask[6 + k]


@compiled  # type: ignore[untyped-decorator]
def _trace(labels: Any, front: Any, size: Any, rides: Any) -> bool:
    """Write the (service, run) of each point's legs, the last leg first, one point after the other; their number takes
    the place of the label. Whether there was room.
    """
    at = 0
    for point in range(size):
        begin, label = at, front[point, 4]
        while labels[label, 7] >= 0:
            if at == len(rides):
                return False
            rides[at, 0], rides[at, 1] = labels[label, 8], labels[label, 9]
            label = labels[label, 7]
            at += 1
        front[point, 4] = at - begin
    return True


@compiled  # type: ignore[untyped-decorator]
def _final(rel: Any, grade: Any, ready: Any, deadline: Any) -> int:
    """-ln P that the last vehicle keeps the deadline (without one: that it keeps its time)."""
    if deadline < 0:
        return rel[grade, 0]  # type: ignore[no-any-return]
    if ready > deadline:
        return _FAR
    return rel[grade, min((deadline - ready) // _STEP, rel.shape[1] - 1)]  # type: ignore[no-any-return]


@compiled  # type: ignore[untyped-decorator]
def _opens_at(ptr: Any, opens: Any, closes: Any, hub: Any, minute: Any) -> int:
    low, high = ptr[hub], ptr[hub + 1]
    end = high
    while low < high:
        mid = (low + high) >> 1
        if closes[mid] > minute:
            high = mid
        else:
            low = mid + 1
    return max(minute, opens[low]) if low < end else _FAR


@compiled  # type: ignore[untyped-decorator]
def _first_run(dep: Any, low: Any, high: Any, minute: Any) -> int:
    while low < high:
        mid = (low + high) >> 1
        if dep[mid] >= minute:
            high = mid
        else:
            low = mid + 1
    return low  # type: ignore[no-any-return]


@compiled  # type: ignore[untyped-decorator]
def _keep(
    labels: Any, at: Any, t: Any, c: Any, e: Any, r: Any, legs: Any, g: Any, h: Any, up: Any, s: Any, k: Any,
    since: Any, store: Any,
) -> None:  # fmt: skip
    """Write a label: ready, cost, co2, nats, legs, grade, hub, parent, service, run, stored since and where."""
    row = labels[at]
    row[0], row[1], row[2], row[3], row[4], row[5], row[6] = t, c, e, r, legs, g, h
    row[7], row[8], row[9], row[10], row[11] = up, s, k, since, store


@compiled  # type: ignore[untyped-decorator]
def _freight(price: Any, addition: Any) -> Any:
    """Mills with a surcharge in basis points, in whole cents."""
    return price + (price // 1000 * addition + 5000) // 10000 * 1000


@compiled  # type: ignore[untyped-decorator]
def _settle(
    kept: Any, head: Any, at: Any, h: Any, c: Any, e: Any, r: Any, rank: Any, g: Any, since: Any,
    store: Any,
) -> None:  # fmt: skip
    """Put a settled label before the others of its hub."""
    row = kept[at]
    row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] = (
        c,
        e,
        r,
        rank,
        g,
        since,
        store,
        head[h, 0],
    )
    head[h, 0] = at


@compiled  # type: ignore[untyped-decorator]
def _waits_cheaply(storage: Any, free: Any, store: Any, there: Any, waited: Any, steady: Any) -> bool:
    """Whether goods may lie more cheaply now than where they go, so that a later run could save storage."""
    return storage[there] > 0 and (storage[there] > storage[store] or waited < free[store] or steady < 2)  # type: ignore[no-any-return]


@compiled  # type: ignore[untyped-decorator]
def _on_demand(ptr: Any, opens: Any, closes: Any, here: Any, there: Any, t: Any, transit: Any) -> Any:
    """When a truck on demand leaves, and when its goods are taken in."""
    leaves = _opens_at(ptr, opens, closes, here, t)
    return leaves, _opens_at(ptr, opens, closes, there, leaves + transit)


@compiled  # type: ignore[untyped-decorator]
def _ride(
    run: int, s: int, h: int, v: int, t: int, c: int, g: int, legs: int, since: int, store: int, goal: int, price: Any,
    handling: Any, storage: Any, free: Any, rel: Any, transit: Any, cutoff: Any, after: Any, grades: Any, dep: Any,
    avail: Any, addition: Any, open_ptr: Any, opens: Any, closes: Any,
) -> Any:  # fmt: skip
    """One run of service `s` from `h` to `v`: when it leaves, when and since when the goods are there, what all cost
    so far, nats of missing it, the grade, and where the goods lie for storage.
    """
    freight, missed, grade, place = price[s], 0, grades[s], v
    if run < 0:
        leaves, taken = _on_demand(open_ptr, opens, closes, h, v, t, transit[s])
        grade, place = max(g, grade) if legs > 0 else grade, store
    else:
        leaves, taken = dep[run], avail[run]
        freight = _freight(freight, addition[run])
        if legs > 0:
            missed = rel[g, min((leaves - cutoff[s] - t) // _STEP, rel.shape[1] - 1)]
    ready = taken + after[s]
    # A truck could have come later: behind it goods are charged as if they lay where they came from.
    stays = since + transit[s] + after[s] if run < 0 else ready
    cost = c + freight + handling[s]
    if run >= 0 or v == goal:
        cost += storage[store] * max(0, leaves - since - free[store])
    return leaves, ready, stays, cost, missed, grade, place


@compiled  # type: ignore[untyped-decorator]
def _begin(
    ask: Any, weights: Any, usable: Any, origin: Any, on_demand: Any, grades: Any, in_ptr: Any, into: Any, labels: Any,
    keys: Any, ties: Any, items: Any, lows: Any, ends: Any, least: Any, head: Any,
) -> Any:  # fmt: skip
    """Fill the bounds, empty the hubs, put the first label on the heap where it can lead anywhere; the heap's size."""
    start, goal, ready, cap = ask[0], ask[1], ask[2], ask[5]
    fill_layers(weights, usable, origin, in_ptr, into, goal, cap, lows, least, head)
    fill_ends(usable, origin, in_ptr, into, on_demand, grades, goal, cap, ends, head)
    for h in range(len(head)):
        head[h, 0] = -1
    _keep(labels, 0, ready, 0, 0, 0, 0, 0, start, -1, -1, -1, ready, start)
    return _push(keys, ties, items, 0, ready + least[start, 0], 0, 0) if lows[cap, start, 0] < _FAR else 0


@compiled  # type: ignore[untyped-decorator]
def _is_spent(
    row: Any, low: Any, end: Any, front: Any, points: Any, kept: Any, head: Any, storage: Any, free: Any, ask: Any,
    eps: Any, rank: Any,
) -> bool:  # fmt: skip
    """Whether a label taken from the heap can no longer become a point: too late, hopeless, or beaten at its hub.

    `low`: what its hub still needs at least; `end`: -ln P with the last vehicle's.
    """
    t, c, e, h = row[0] + low[0], row[1] + low[1], row[2] + low[2], row[6]
    return (  # type: ignore[no-any-return]
        t > ask[3]
        or _hopeless(front, points, t, c, e, end, end, ask, eps) > 0
        or _beaten(head[h, 0], kept, storage, free, row[1], row[2], row[3], rank, row[5], row[10], row[11])
    )


@compiled  # type: ignore[untyped-decorator]
def search(  # noqa: C901, PLR0912 - one loop, compiled whole; parts that branch stand above
    ask: Any, eps: Any, weights: Any, price: Any, co2: Any, usable: Any, after: Any, handling: Any, storage: Any,
    free: Any, rel: Any, origin: Any, destination: Any, on_demand: Any, transit: Any, cutoff: Any, grades: Any,
    dep_ptr: Any, dep: Any, avail: Any, addition: Any, settled: Any,
    open_ptr: Any, opens: Any, closes: Any, out_ptr: Any, out: Any, in_ptr: Any, into: Any,
    labels: Any, keys: Any, ties: Any, items: Any, kept: Any, front: Any, rides: Any, lows: Any, ends: Any, least: Any, head: Any,
) -> Any:  # fmt: skip
    """Fill the frontier (four units of comparison, legs, nats) and the rides behind it; how many points there are, or
    -1 where there is no room for all of it, and how many labels were settled.
    """
    goal, latest, deadline, cap = ask[1], ask[3], ask[4], ask[5]
    points, known, made, step = 0, 0, 1, min(cap, 1)
    size = _begin(
        ask, weights, usable, origin, on_demand, grades, in_ptr, into, labels, keys, ties, items, lows, ends, least, head,
    )  # fmt: skip
    while size > 0:
        x, size = _pop(keys, ties, items, size)
        row = labels[x]
        t, c, e, r, legs, g = row[0], row[1], row[2], row[3], row[4], row[5]
        h, since, store = row[6], row[10], row[11]
        k = cap - legs if cap > 0 else 0
        end = r + _final(rel, ends[k, h, g], t + lows[k, h, 0], deadline)
        if _is_spent(row, lows[k, h], end, front, points, kept, head, storage, free, ask, eps, legs * step):
            continue
        _settle(kept, head, known, h, c, e, r, legs * step, g, since, store)
        known, rank = known + 1, (legs + 1) * step
        k = max(k - 1, 0)
        low = lows[k]
        for at in range(out_ptr[h], out_ptr[h + 1]):
            s, v = out[at], destination[out[at]]
            if not usable[s] or low[v, 0] >= _FAR:
                continue
            first = -1 if on_demand[s] else _first_run(dep, dep_ptr[s], dep_ptr[s + 1], t + cutoff[s])
            last = 0 if on_demand[s] else dep_ptr[s + 1]
            for run in range(first, last):
                leaves, ready, stays, cost, missed, grade, place = _ride(
                    run, s, h, v, t, c, g, legs, since, store, goal, price, handling, storage, free, rel, transit,
                    cutoff, after, grades, dep, avail, addition, open_ptr, opens, closes,
                )  # fmt: skip
                grams, nats, there = e + co2[s], r + missed, ready + low[v, 0]
                end = _final(rel, ends[k, v, grade], there, deadline)
                # Were this run sure to be caught, and still not good enough, no later run of the service is.
                lost = 2
                if there <= latest:
                    lost = _hopeless(
                        front, points, there, cost + low[v, 1], grams + low[v, 2], r + end, nats + end, ask, eps,
                    )  # fmt: skip
                if lost > 1:
                    if run < 0 or settled[run]:
                        break
                    continue
                worth = lost == 0
                if v == goal:
                    worth = worth and nats + end < _FAR
                    if worth:
                        points = _enter(front, points, ready, cost, grams, nats + end, made, ask)
                elif worth:
                    worth = not _beaten(
                        head[v, 0], kept, storage, free, cost, grams, nats, rank, grade, stays, place
                    )
                    if worth:
                        size = _push(keys, ties, items, size, ready + least[v, 0], cost, made)
                if worth:
                    _keep(labels, made, ready, cost, grams, nats, legs + 1, grade, v, x, s, run, stays, place)
                    made += 1
                    if made == len(labels) or points == len(front):
                        return -1, known
                # Waiting helps only while the connection is uncertain, the run costs less, or goods lie cheaper here.
                if run >= 0 and missed == 0 and settled[run] and (
                    v == goal or not _waits_cheaply(storage, free, store, v, leaves - since, settled[run])
                ):  # fmt: skip
                    break
    _put_in_units(front, points, ask)
    return points if _trace(labels, front, points, rides) else -1, known
