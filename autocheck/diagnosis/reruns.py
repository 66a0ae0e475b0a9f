"""f or the claimed gradient run again with one NumPy call done otherwise.

If the claim is the derivative of such an f, that is the f that it belongs to; if such a claim is the true gradient, that is
the call to mend. Both are seen to all digits.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.diagnosis import code
from autocheck.diagnosis.case import Case, Finding, reproduced, reproduces
from autocheck.diagnosis.edits import IN_BOTH, IN_F, REDUCTIONS, Seen, Way
from autocheck.lifted.answers import answering
from autocheck.lifted.taped import Site, sites
from autocheck.words import listed

Array = np.ndarray[Any, Any]
Gradients = list[Array]
Run = Callable[[], Gradients | None]


@dataclass(frozen=True, slots=True)
class Edit:
    """A call done otherwise, wherever the same piece of code makes it."""

    way: Way
    where: tuple[Seen, ...]

    @property
    def place(self) -> str:
        """Of all these calls, each once."""
        return self.way.place + listed(self.texts)

    @property
    def texts(self) -> list[str]:
        return list(dict.fromkeys(code.place(s.site) for s in self.where))

    @property
    def verb(self) -> str:
        return "is" if len(self.texts) == 1 else "are"


def by_reruns(case: Case) -> list[Finding]:
    """What explains all the wrong gradients ends the search."""
    found: list[Finding] = []
    for run, table, look in ((case.claim_again, IN_BOTH, mended), (case.derive, IN_F, of_another_f)):
        if run is None or case.derivation is None:
            continue
        for edit in itertools.islice(edits(watched(run), table), case.effort // limits.PASSES_PER_RUN):
            gradients = rerun(run, edit)
            finding = look(edit, gradients, case) if gradients else None
            if finding:
                found.append(finding)
                if set(case.wrong) <= set(finding.explains):
                    return [finding]
    return found


def of_another_f(edit: Edit, gradients: Gradients, case: Case) -> Finding | None:
    """The claim is the gradient of an f with that call done otherwise."""
    fits, rounded = reproduced(gradients, case)
    if not fits:
        return None
    if edit.way.cause == "path-missing":
        words = f"{edit.place} is left out (held constant): add what comes back along that path"
    else:
        words = f"it belongs to an f with {edit.place} {edit.way.words}"
    return Finding(edit.way.cause, "{names} but for this: " + words, fits, rounded=rounded)


def mended(edit: Edit, gradients: Gradients, case: Case) -> Finding | None:
    """The claim with that call done otherwise is right, and what was right before still is."""
    for bits in (case.bits, limits.CONSTANT_BITS):
        right = [reproduces(g, as_true(s), bits) for g, s in zip(gradients, case.suspects, strict=True)]
        fits = tuple(k for k in case.wrong if right[k] and case.suspects[k].differs(bits // 2).any())
        if fits and all(r or s.wrong for r, s in zip(right, case.suspects, strict=True)):
            words = f"{{bare}} becomes the true one if {edit.place} in its code {edit.verb} {edit.way.words}"
            return Finding(edit.way.cause, words, fits, rounded=bits != case.bits)
    return None


def as_true(s: Any) -> Any:
    return type(s)(s.name, s.value, s.true, s.true, s.wrong)


def watched(run: Run) -> list[Seen]:
    """The calls that a run makes, by place and function; a place is the same however it is reached."""
    found: dict[tuple[Site, Any], Seen] = {}
    here = sites()

    def answer(function: Any, rule: Any, args: Any, options: Any) -> Any:
        place = here()[:1]
        if args:
            found.setdefault((place, function), Seen(function, place, [])).calls.append((args, options))
        return rule(*args, **options)

    with answering(answer):
        run()
    return [seen for seen in found.values() if is_written(seen)]


def is_written(seen: Seen) -> bool:
    """Whether the code shows the call: what runs inside of a library has no words of the user's."""
    text = code.expression(seen.site)
    return ("[" if seen.function is operator.getitem else f"{seen.function.__name__}(") in text


def rerun(run: Run, edit: Edit) -> Gradients | None:
    """What comes out with the call done otherwise; None where that can't be done."""
    here, changed = sites(), {(s.site, s.function) for s in edit.where}

    def answer(function: Any, rule: Any, args: Any, options: Any) -> Any:
        if (here()[:1], function) in changed:
            return edit.way.change(rule, *args, **options)
        return rule(*args, **options)

    with answering(answer):
        return run()


def edits(seen: list[Seen], table: Any) -> Iterator[Edit]:
    """All that is done to the calls that are told apart by `groups`, each once."""
    for some in dict.fromkeys(groups(seen)):
        rows = (ways for functions, ways in table if all(s.function in functions for s in some))
        yield from (Edit(way, some) for ways in rows for way in ways(some[0]))


def groups(seen: list[Seen]) -> Iterator[tuple[Seen, ...]]:
    """One call; in one function's code all reductions of a kind that go over one axis; then those of any kind."""
    yield from ((s,) for s in seen)
    reductions = [s for s in seen if s.function in REDUCTIONS and s.option("axis", 1) is not None]
    for key in (
        lambda s: (s.site[0].code, s.function, s.option("axis", 1)),
        lambda s: (s.site[0].code, s.option("axis", 1)),
    ):
        found: dict[Any, list[Seen]] = {}
        for s in reductions:
            found.setdefault(key(s), []).append(s)
        yield from (tuple(together) for together in found.values() if len(together) > 1)
