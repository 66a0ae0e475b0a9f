"""What comes back to a broadcast parameter from its uses, summed over the wrong axis."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autocheck.diagnosis import code
from autocheck.diagnosis.case import Case
from autocheck.diagnosis.pullback import carried
from autocheck.diagnosis.steps import groups
from autocheck.routes.derivation import Derivation

Array = np.ndarray[Any, Any]


def wrong_axes(case: Case, derivation: Derivation) -> Iterator[tuple[str, str, Callable[[], list[Array]]]]:
    """Where a parameter is used as often as one of its axes is long, so that either sum has its shape."""
    back = carried(derivation)
    for group in groups(derivation):
        for slot in (0, 1):
            uses: dict[int, list[Any]] = {}
            for s in group.steps:
                for (k, partial), parent in zip(s.partials, s.parents, strict=True):
                    if k == slot:
                        uses.setdefault(parent, []).append(partial * back[s.index])
            for k in case.wrong:
                places = derivation.inputs[k]
                count = {len(uses.get(int(i), ())) for i in places.ravel()}
                if len(count) != 1 or max(count) < 2:
                    continue
                each = np.array([uses[int(i)] for i in places.ravel()], dtype=object).T.reshape(-1, *places.shape)
                where = code.place(group.site) or group.op
                for axis, length in enumerate(places.shape):
                    if length == len(each):
                        for share, verb in ((1, "summed"), (length, "averaged")):
                            words = (
                                f"what comes back to {case.suspects[k].name} from {where} is {verb} over the wrong axis"
                            )
                            yield "wrong-axis", words, functools.partial(along, case, k, each, axis, share)


def along(case: Case, k: int, each: Array, axis: int, share: int) -> list[Array]:
    """All gradients, of the k-th that part summed over one of its own axes in the place of its uses."""
    found = [np.asarray(s.true) for s in case.suspects]
    wrong = np.moveaxis(np.sum(each, axis=axis + 1), 0, axis) / share
    found[k] = np.asarray(found[k] - np.sum(each, axis=0) + wrong)
    return found
