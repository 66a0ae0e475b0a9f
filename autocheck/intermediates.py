"""The gradients of intermediates: which is the first that is wrong on the way back, and which only inherit its mistake.

`tap("z1", z)` marks an intermediate of f. Its gradient is judged as that of f with the marked value replaced; one that is
wrong is judged again *given its upstream*: f with every later mark held at its value, plus each later value times the
gradient that was claimed for it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.claim import BadClaim, Claim, as_array, is_float, make_claim, name_of, names_of
from autocheck.judge import judge
from autocheck.lifted.run import user_line
from autocheck.marks import tapping
from autocheck.report import Note, Report, worst
from autocheck.routes.audits import same
from autocheck.routes.plain import copied
from autocheck.words import called, listed

Function = Callable[..., Any]
CHECK = "check_intermediates"


@dataclass(frozen=True, slots=True)
class Mark:
    """One `tap`, as a run of f met it."""

    value: Any
    line: str


@dataclass(frozen=True, slots=True)
class Backward:
    """A backward pass on trial: f with its marks in the order of the forward pass, and what is claimed, in backward order."""

    f: Function
    backward: Function
    args: tuple[Any, ...]
    names: tuple[str, ...]
    """Of f's arguments."""
    marks: dict[str, Mark]
    claimed: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Claim] = field(default_factory=dict)
    """What is judged as it stands, before all others: a forward pass, say."""
    titles: dict[str, str] = field(default_factory=dict)
    """What a name is called where the report tells its part in the mistake."""
    form: str = "backward pass"

    check = CHECK

    def later(self, name: str) -> list[str]:
        """The marks that f passes after this one (all of them, of an argument) and whose gradient is claimed."""
        if name in self.given:
            return []
        order = list(self.marks)
        after = order[order.index(name) + 1 :] if name in self.marks else order
        return [mark for mark in after if mark in self.claimed]

    def title(self, name: str) -> str:
        return self.titles.get(name, name)

    def claim(self, name: str, given_upstream: bool = False) -> Claim:
        """That the backward pass returns the gradient of f with respect to a mark or an argument.

        given_upstream: with respect to what follows it at once, if the gradients claimed for that are taken for right.
        """
        if name in self.given:
            return self.given[name]
        is_mark = name in self.marks
        value = self.marks[name].value if is_mark else self.args[self.names.index(name)]
        f = self.through(name, self.later(name) if given_upstream else [])
        gradient = lambda _value, _at, *args: self.backward(*args)[name]  # noqa: E731
        again = ", ".join([called(self.f, "f"), called(self.backward, "backward"), *self.names])
        told = {"check": CHECK, "again": again, "name": name_of(self.f), **self.facts}
        names = (name, f"{name} as computed", *self.names)
        told |= {"elsewhere": lambda move: self.at_another_point(name, move), "names": names}
        return make_claim(f, gradient, (value, value, *self.args), 0, **told)

    def at_another_point(self, name: str, move: Function) -> tuple[Any, ...]:
        """A claim's arguments where f's own, as far as their gradients are claimed, are moved, and the marks follow them."""
        args = tuple(
            tree.rebuild(arg, lambda leaf: move(leaf) if is_float(leaf) else leaf) if own in self.claimed else arg
            for own, arg in zip(self.names, self.args, strict=True)
        )
        value = marks_of(self.f, copied(args))[name].value if name in self.marks else args[self.names.index(name)]
        return (value, value, *args)

    def through(self, name: str, held: list[str]) -> Function:
        """f of a mark's or an argument's value, every mark in `held` kept where it is and weighted with its claimed gradient.

        A mark moves from what f computes for it, to all digits, by as much as its value is moved from what floats make of it.
        """

        def f(value: Any, at: Any, *args: Any) -> Any:
            claimed = self.backward(*args) if held else {}
            there = {mark: found.value for mark, found in marks_of(self.f, args).items()} if held else {}
            passed = []

            def hook(mark: str, computed: Any) -> Any:
                if mark == name:
                    return shifted(computed, value, at)
                if mark not in held:
                    return computed
                passed.append(inner(claimed[mark], computed))
                return there[mark]

            moved = [value if own == name else arg for own, arg in zip(self.names, args, strict=True)]
            with tapping(hook):
                result = self.f(*moved)
            return sum(passed, result)

        return f


def shifted(computed: Any, value: Any, at: Any) -> Any:
    """computed + (value - at), leaf by leaf."""
    moves = iter([v - a for (_, v), (_, a) in zip(tree.leaves(value), tree.leaves(at), strict=True)])
    return tree.rebuild(computed, lambda leaf: leaf + next(moves))


def inner(weights: Any, value: Any) -> Any:
    """The sum of the elements' products, of nested arrays too."""
    pairs = zip(tree.leaves(weights), tree.leaves(value), strict=True)
    return sum((w * v).sum() if np.ndim(v) else w * v for (_, w), (_, v) in pairs)


def marks_of(f: Function, args: tuple[Any, ...]) -> dict[str, Mark]:
    """What f marks with `tap`, in order.

    Raises: BadClaim if it uses a name twice.
    """
    found: dict[str, Mark] = {}

    def hook(name: str, value: Any) -> Any:
        if name in found:
            raise BadClaim(
                f"{CHECK}: {name_of(f)} marks {name!r} twice, needs a name of its own for each tap ({user_line()})"
            )
        found[name] = Mark(value, user_line())
        return value

    with tapping(hook), np.errstate(all="ignore"):
        f(*args)
    return found


def of_intermediates(f: Function, backward: Function, args: tuple[Any, ...], **facts: Any) -> Backward:
    """The backward pass on trial.

    Raises: BadClaim if it returns no dict, or a name that is neither a mark nor an argument; whatever f raises.
    """
    for role, function in (("f", f), ("backward", backward)):
        if not callable(function):
            raise BadClaim(f"{CHECK}: {role} is {type(function).__name__}, needs a function of the arguments")
    args = tuple(tree.rebuild(a, as_array) for a in args)
    names, marks, claimed = tuple(names_of(f, args)), marks_of(f, copied(args)), backward(*copied(args))
    if not isinstance(claimed, Mapping) or not claimed:
        came = "nothing" if isinstance(claimed, Mapping) else type(claimed).__name__
        raise BadClaim(
            f"{CHECK}: the backward pass returned {came}, needs a dict of gradients by the names of taps and arguments"
        )
    for name in claimed:
        if name not in (*marks, *names):
            close = difflib.get_close_matches(str(name), [*marks, *names], n=1, cutoff=0.5)
            guess = f"did you mean {close[0]!r}? " if close else ""
            raise BadClaim(
                f"{CHECK}: the backward pass returned {name!r}, which {name_of(f)} neither marks nor takes; {guess}"
                f"Its taps: {', '.join(marks) or 'none'}; its arguments: {', '.join(names)}"
            )
        if name in marks and name in names:
            raise BadClaim(f"{CHECK}: {name!r} is a tap and an argument of {name_of(f)}; give the tap another name")
    chain = Backward(f, backward, args, names, marks, tuple(claimed), facts)
    return replace(chain, claimed=tuple(backward_order(chain)))


def backward_order(chain: Backward) -> list[str]:
    """The claimed names from the loss down: a mark after those that f passes later, an argument after the mark that it enters."""
    order = list(chain.marks)
    place = {mark: 2 * i for i, mark in enumerate(order)}
    for name in chain.names:
        if name in chain.claimed:
            place[name] = 2 * min((order.index(mark) for mark in changed_by(chain, name)), default=-1) - 1
    return sorted(chain.claimed, key=lambda name: -place[name])


def changed_by(chain: Backward, name: str) -> list[str]:
    """The marks whose value depends on an argument, as a small move of it shows."""
    rng = np.random.default_rng(chain.facts.get("seed", 0))

    def moved(x: Any) -> Any:
        return np.asarray(x * (1 + rng.uniform(1, 2, x.shape) / 64) + rng.uniform(size=x.shape) / 64).astype(x.dtype)

    args = tuple(
        tree.rebuild(arg, lambda leaf: moved(leaf) if is_float(leaf) else leaf) if own == name else arg
        for own, arg in zip(chain.names, copied(chain.args), strict=True)
    )
    try:
        there = marks_of(chain.f, args)
    except Exception:  # the user's own code refuses the point
        return []
    return [
        mark for mark, found in there.items() if mark in chain.marks and not same(found.value, chain.marks[mark].value)
    ]


# --- the verdict on all of them -----------------------------------------------------------------------------------------


def judge_backward(chain: Backward, budget: float, **how: Any) -> Report:
    """Every claimed gradient from the loss down; those that are wrong below the first wrong one again, given their upstream."""
    share = budget / len(chain.claimed)
    reports: dict[str, Report] = {}
    wrong: list[str] = []
    for name in chain.claimed:  # the mistake of the first wrong one is the one to look for
        reports[name] = judge(chain.claim(name), budget=share, diagnose=False, **how)
        if reports[name].verdict == "wrong":
            reports[name] = reports[name] if wrong else diagnosed(chain, name, reports[name], share)
            wrong.append(name)
    inherited = [name for name in wrong[1:] if inherits(chain, name, wrong, share)]
    culprits = [name for name in wrong if name not in inherited]
    words = {name: f"wrong by itself{_marked(chain, name)}" for name in culprits}
    if culprits:
        way = "" if culprits[0] in chain.given else " on the way back"
        words[culprits[0]] = f"the first that is wrong{way}{_marked(chain, culprits[0])}"
        for name in inherited:
            origin = listed([culprit for culprit in culprits if culprit in chain.later(name)])
            words[name] = f"inherited from {origin}: right, given the gradients that it is made from"
    return together(chain, reports, culprits, inherited, words)


def diagnosed(chain: Backward, name: str, report: Report, budget: float) -> Report:
    """The report on the first wrong gradient with its mistake: looked for between it and what follows at once, which is right."""
    found = judge_upstream(chain, name, budget) if chain.later(name) else None
    if found is None or found.diagnosis is None:
        found = judge(chain.claim(name), budget=budget)
    return replace(report, diagnosis=found.diagnosis)


def inherits(chain: Backward, name: str, wrong: list[str], budget: float) -> bool:
    """Whether a wrong gradient is right given those claimed for what follows."""
    if not set(chain.later(name)) & set(wrong):
        return False
    found = judge_upstream(chain, name, budget, diagnose=False)
    return found is not None and found.ok


def judge_upstream(chain: Backward, name: str, budget: float, **how: Any) -> Report | None:
    """Given what was claimed for what follows; None where that can't be put together."""
    try:
        return judge(chain.claim(name, given_upstream=True), budget=budget, **how)
    except Exception:  # shapes upstream that do not fit, in the user's own code
        return None


def _marked(chain: Backward, name: str) -> str:
    """Where the user's code makes it; of an argument, where it enters."""
    entered = [name] if name in chain.marks else changed_by(chain, name)[:1]
    line = chain.marks[entered[0]].line if entered else ""
    return f" ({'' if name in chain.marks else 'it enters at '}{line})" if line else ""


def together(
    chain: Backward, reports: dict[str, Report], culprits: list[str], inherited: list[str], words: dict[str, str]
) -> Report:
    """One report: the parameters in backward order, with a note on each wrong one's part in it."""
    ids = {**dict.fromkeys(culprits, "also-wrong"), **dict.fromkeys(inherited, "inherited")}
    if culprits:
        ids[culprits[0]] = "first-wrong"
    parameters = tuple(
        replace(p, notes=(Note(ids[name], words[name]), *p.notes)) if name in ids else p
        for name, report in reports.items()
        for p in report.parameters
    )
    reasons = [f"{chain.title(name)} is {words[name]}" for name in culprits]
    if inherited:
        what = "it" if len(culprits) == 1 else "from them"
        reasons.append(f"{listed(inherited)} only inherit{'s' * (len(inherited) == 1)} {what}")
    reasons += [reason for name, r in reports.items() if name not in ids for reason in r.reasons]
    first = reports[culprits[0] if culprits else chain.claimed[0]]
    untold = [mark for mark in chain.marks if mark not in chain.claimed]
    notes = [note for r in reports.values() for note in r.notes]
    if untold:
        notes.append(
            Note("not-claimed", f"no gradient was returned for the tap{'s' * (len(untold) > 1)} {', '.join(untold)}")
        )
    return replace(
        first,
        form=chain.form,
        verdict=worst([r.verdict for r in reports.values()]),
        parameters=parameters,
        reasons=tuple(reasons),
        notes=tuple(dict.fromkeys(notes)),
        evaluations=sum(r.evaluations for r in reports.values()),
        precision=max(r.precision for r in reports.values()),
        seconds=sum(r.seconds for r in reports.values()),
    )
