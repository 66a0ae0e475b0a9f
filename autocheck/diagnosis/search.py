"""Which step of f's derivation, done wrong, gives the claimed gradient: all of them side by side, the near ones exactly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.diagnosis.calls import slopes_of_calls
from autocheck.diagnosis.case import Case, Finding, near, reproduces
from autocheck.diagnosis.constants import recognised
from autocheck.diagnosis.pullback import Changes, exactly, in_floats, side_by_side
from autocheck.diagnosis.steps import MENDS, TABLE, Mutation, mutations
from autocheck.lifted import balls
from autocheck.routes.derivation import Derivation

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """A mutation that comes near to the claim, for which parameters, and how much is left of the path it takes away."""

    mutation: Mutation
    explains: tuple[int, ...]
    """All parameters that come out as claimed, the right ones too."""
    share: float | None = None


def by_steps(table: tuple[Any, ...]) -> Callable[[Case], list[Finding]]:
    """The mistakes of a table of `steps.py`."""
    return lambda case: findings(case, case.derivation, table) if case.derivation else []


def findings(case: Case, derivation: Derivation, table: tuple[Any, ...]) -> list[Finding]:
    """What explains most first."""
    hits: list[Hit] = []
    made = mutations(case, derivation, table)
    if table is TABLE:
        made = itertools.chain(slopes_of_calls(case, derivation), made)
    every = list(itertools.islice(made, case.effort * limits.MUTATIONS_AT_ONCE))
    for many, pulled in in_turns(derivation, every):
        hits += near_ones(case, many, pulled)
    for inert in inert_paths(case, derivation, every):
        if any(set(case.wrong) <= set(h.explains) for h in hits):
            break
        quiet = [replace(m, changes={**inert, **m.changes}) for m in every]
        for many, pulled in in_turns(derivation, quiet):
            hits += near_ones(case, many, pulled)
    if not any(set(case.wrong) <= set(h.explains) for h in hits):
        pairs = itertools.islice(two_paths(every), case.effort * limits.MUTATIONS_AT_ONCE)
        for many, pulled in in_turns(derivation, list(pairs)):
            hits += near_ones(case, many, pulled)
    hits.sort(key=lambda h: -sum(1 + case.suspects[k].wrong * len(case.suspects) for k in h.explains))
    confirmed = (confirm(case, derivation, h) for h in hits)
    return list(itertools.islice((f for f in confirmed if f), limits.FINDINGS))


def inert_paths(case: Case, derivation: Derivation, every: list[Mutation]) -> list[Changes]:
    """Paths that add up to nothing (of the maximum that softmax subtracts, say), each by itself and all together.

    A hand leaves them out, and a mistake elsewhere must not bring them to life.
    """
    found: list[Changes] = []
    together: Changes = {}
    for many, pulled in in_turns(derivation, [m for m in every if m.scaled]):
        for g, mutation in enumerate(many):
            if not all(near(p[g], _as_true(s)) for p, s in zip(pulled, case.suspects, strict=True)):
                continue
            for changes in (mutation.changes, {**together, **mutation.changes}):
                arrays = exactly(derivation, changes)
                if all(reproduces(a, _as_true(s), case.bits) for a, s in zip(arrays, case.suspects, strict=True)):
                    found, together = ([*found, changes], together) if changes is mutation.changes else (found, changes)
    single = found[: limits.INERT_PATHS]
    return [*single, together] if len(single) > 1 else single


def in_turns(derivation: Derivation, every: Sequence[Mutation]) -> Iterator[tuple[Sequence[Mutation], list[Array]]]:
    coarse = in_floats(derivation)
    for start in range(0, len(every), limits.MUTATIONS_AT_ONCE):
        many = every[start : start + limits.MUTATIONS_AT_ONCE]
        yield many, side_by_side(derivation, coarse, [m.changes for m in many])


def two_paths(every: Sequence[Mutation]) -> Iterator[Mutation]:
    """Two paths left out together: the mean and the deviation held constant, say."""
    single = [m for m in every if m.scaled]
    for one, other in itertools.combinations(single, 2):
        yield Mutation("path", f"{one.words}, and {other.words}", {**one.changes, **other.changes}, scaled=True)


def near_ones(case: Case, many: Sequence[Mutation], pulled: list[Array]) -> Iterator[Hit]:
    for g, mutation in enumerate(many):
        arrays = [p[g] for p in pulled]
        for share in shares(case, arrays) if mutation.scaled else (None,):
            fits = tuple(k for k, s in enumerate(case.suspects) if near(left_over(arrays[k], s.coarse_true, share), s))
            if any(case.suspects[k].wrong for k in fits):
                yield Hit(mutation, fits, share)


def left_over(without: Array, whole: Array, share: Any) -> Array:
    """The gradient with so much of the path kept: all of it is linear."""
    return without if not share else np.asarray(without + (whole - without) * share, dtype=without.dtype)


def shares(case: Case, arrays: list[Array]) -> Iterator[float]:
    """How much of a path the claim keeps: nothing, or what its largest elements say."""
    yield 0.0
    found: list[float] = []
    for k in case.wrong:
        s = case.suspects[k]
        path = s.coarse_true - arrays[k]
        size = float(np.sum(path * path))
        if not np.isfinite(size) or size == 0 or near(path, _as_true(s)):
            continue
        share = float(np.sum((s.coarse - arrays[k]) * path)) / size
        if abs(share) > limits.FIRST_LOOK and not any(np.isclose(share, f, rtol=limits.FIRST_LOOK) for f in found):
            found.append(share)
            yield share


def _as_true(s: Any) -> Any:
    """A suspect who claims the truth: what passes through all paths is no path of its own."""
    return type(s)(s.name, s.value, s.true, s.true, s.wrong)


def confirm(case: Case, derivation: Derivation, hit: Hit) -> Finding | None:
    """The same on balls."""
    arrays = exactly(derivation, hit.mutation.changes)
    share, named = None, None
    if hit.share:
        share = exact_share(case, hit, arrays)
        named = recognised(share, case) if share is not None else None
    fits = [
        k
        for k in hit.explains
        if case.suspects[k].wrong
        and reproduces(left_over(arrays[k], case.suspects[k].true, share), case.suspects[k], case.bits)
    ]
    if not fits:
        return None
    count = sum(int(np.count_nonzero(case.suspects[k].differs(case.bits))) for k in fits)
    sure = share is None or named is not None or count > 2
    cause, words = told(hit.mutation, share, named)
    mend = f": {MENDS[cause]}" if cause in MENDS else ""
    return Finding(
        cause, "{names} but for this: " + words + mend, tuple(fits), sure, share is not None and named is None
    )


def exact_share(case: Case, hit: Hit, arrays: list[Array]) -> balls.Ball | None:
    for k in hit.explains:
        s = case.suspects[k]
        path = np.asarray(s.true - arrays[k], dtype=object)
        size = np.abs(balls.to_floats(path))
        if s.wrong and np.any(size > 0):
            at = np.unravel_index(np.argmax(size), size.shape)
            return (s.claimed[at] - arrays[k][at]) / path[at]
    return None


def told(mutation: Mutation, share: Any, named: Any) -> tuple[str, str]:
    if not mutation.scaled:
        return mutation.cause, mutation.words
    if share is None:
        return "path-missing", f"{mutation.words} is left out (held constant)"
    if named and named.text == "-1":
        return "path-sign", f"{mutation.words} has the opposite sign"
    return "path-factor", f"{mutation.words} is counted {named or f'{float(share):.6g}'} times"
