"""Mistakes that are made at one step of f's derivation: a slope left out, a path lost, a matrix not transposed.

Each is a set of partial derivatives that are replaced, at all the steps that one piece of the user's code takes. All of them are
pulled back side by side in floating point; what comes near to the claim is done again on balls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autocheck import limits
from autocheck.diagnosis import code
from autocheck.diagnosis.case import Case
from autocheck.diagnosis.constants import recognised
from autocheck.diagnosis.pullback import Changes, carried
from autocheck.lifted import balls
from autocheck.lifted.balls import arb
from autocheck.lifted.taped import SLOPES, Site, Step, again, plain
from autocheck.routes.derivation import Derivation

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mistake at the steps of one piece of code."""

    cause: str
    words: str
    changes: Changes
    mend: str = ""
    scaled: bool = False
    """Whether `changes` take a path away, so that any multiple of the path can be tried for its own name."""


@dataclass(frozen=True, slots=True)
class Group:
    """The steps that one piece of code takes by one operation."""

    site: Site
    op: str
    steps: tuple[Step, ...]
    ends: tuple[Step, ...] = field(default=())
    """Those whose value is used elsewhere: of a sum its last addition."""


def groups(derivation: Derivation) -> list[Group]:
    """By the whole path of calls, and by the innermost expression where it is reached by several paths."""
    found: dict[Any, list[Step]] = {}
    for step in derivation.steps:
        if step.op != "input":
            found.setdefault((step.site, step.op), []).append(step)
    innermost: dict[Any, list[Step]] = {}
    for (site, op), steps in found.items():
        innermost.setdefault((site[:1], op), []).extend(steps)
    wider = {key: steps for key, steps in innermost.items() if not any(steps == other for other in found.values())}
    deeper = nested(derivation, found)
    used = consumers(derivation)
    return [
        Group(
            site,
            op,
            tuple(steps),
            tuple(
                s for s in steps if any((c.site, c.op) != (s.site, s.op) for c in used[s.index]) or not used[s.index]
            ),
        )
        for (site, op), steps in [*found.items(), *wider.items(), *deeper]
    ]


def nested(derivation: Derivation, found: dict[Any, list[Step]]) -> Iterator[tuple[Any, list[Step]]]:
    """Divisions that one expression does one after the other (the mean inside of a variance), apart."""
    depth: dict[int, int] = {}
    for step in derivation.steps:
        before = [depth.get(p, 0) for p in step.parents if derivation.steps[p].site == step.site]
        depth[step.index] = max(before, default=0) + (step.op == "divide")
    for key, steps in found.items():
        levels = sorted({depth[s.index] for s in steps}) if key[1] == "divide" else []
        if 1 < len(levels) <= limits.MOST_LEVELS:
            yield from ((key, [s for s in steps if depth[s.index] == level]) for level in levels)


def consumers(derivation: Derivation) -> list[list[Step]]:
    used: list[list[Step]] = [[] for _ in derivation.steps]
    for step in derivation.steps:
        for parent in step.parents:
            used[parent].append(step)
    return used


def is_reduction(group: Group) -> bool:
    """A sum's additions come from one another."""
    own = {s.index for s in group.steps}
    return group.op == "add" and any(p in own for s in group.steps for p in s.parents)


def mutations(case: Case, derivation: Derivation, table: tuple[Any, ...]) -> Iterator[Mutation]:
    """Every mistake of a table at every piece of code, the most common kinds first."""
    parts = groups(derivation)
    for make in table:
        for group in parts:
            yield from make(group, case, derivation)
    if table is TABLE:
        yield from overwritten(case, derivation)


# --- the mistakes -----------------------------------------------------------------------------------------------------


def segments(group: Group, derivation: Derivation) -> Iterator[tuple[list[list[Step]], str]]:
    """Chains of steps with one variable operand each that end in the group: sigmoid as 1/(1 + exp(-z)), say."""
    if not all(len(s.parents) == 1 for s in group.steps):
        return
    chains = [[s] for s in group.steps]
    while True:
        yield chains, ""
        heads = [derivation.steps[c[-1].parents[0]] for c in chains]
        kinds = {(h.site, h.op) for h in heads}
        if len(kinds) != 1 or any(len(h.parents) != 1 for h in heads) or len(chains[0]) > 6:
            return
        chains = [[*c, h] for c, h in zip(chains, heads, strict=True)]


def slopes(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """The derivative of a function of one number: left out, twice, or taken at another number."""
    yield from slopes_instead(group, derivation, SLOPE_MISTAKES)


def other_slopes(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """The derivative of a function of one number, written by its output as that of another function."""
    yield from slopes_instead(group, derivation, OTHER_SLOPES)


def slopes_instead(group: Group, derivation: Derivation, mistakes: tuple[Any, ...]) -> Iterator[Mutation]:
    for chains, _ in segments(group, derivation):
        last = chains[0][0]
        function = [
            s for s in chains[0] if s.op in SLOPES or s.op == "power" or (s.op == "divide" and s.partials[0][0])
        ]
        if not function:
            continue
        what = code.place(last.site) or last.op
        argument = derivation.steps[chains[0][-1].parents[0]]
        for cause, words, slope in mistakes:
            changes: dict[tuple[int, int], Any] = {}
            for chain in chains:
                x, y = plain(derivation.steps[chain[-1].parents[0]]), plain(chain[0])
                whole = _product(s.partials[0][1] for s in chain)
                own = chain[0].partials[0][1]
                rest = whole / own if len(chain) > 1 else arb(1)
                over = _numerator(chain[0])
                y, whole, rest = y / over, whole / over, rest / over
                new = slope(x, y, whole, lambda v, c=chain, o=over: _slope_at(c, v) / o)
                if new is None or not (new / rest).is_finite():
                    break
                changes[chain[0].index, chain[0].partials[0][0]] = new / rest
            else:
                inner = code.expression(argument.site)
                yield Mutation(
                    cause,
                    words.format(what=what, inner=f"`{inner}`" if inner else "its input"),
                    changes,
                    MENDS.get(cause, ""),
                )


def _numerator(step: Step) -> Any:
    """c of c/(1 + exp(-z)): it belongs to what is done with the sigmoid."""
    if step.op != "divide" or step.partials[0][0] == 0 or plain(step.operands[0]).is_zero():
        return arb(1)
    return plain(step.operands[0])


def _product(numbers: Iterator[Any]) -> Any:
    result = arb(1)
    for n in numbers:
        result = result * n
    return result


def _slope_at(chain: list[Step], value: Any) -> Any:
    """The slope of a chain of functions at another number."""
    slope = arb(1)
    for step in reversed(chain):
        new, partial = again(step, value)
        slope, value = slope * partial, new
    return slope


def _by_output(x: Any, y: Any, slope: Any) -> Any:
    """A slope that is written by the function's output (a (1 - a), 1 - a², a), fed with its input."""
    for formula in (
        lambda a: a * (1 - a),
        lambda a: 1 - a * a,
        lambda a: a,
        lambda a: 1 / (2 * a),
        lambda a: 1 + a * a,
    ):
        if (formula(y) - slope).contains(0):
            return formula(x)
    return None


BY_OUTPUT: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("a * (1 - a)", lambda a: a * (1 - a)),
    ("1 - a**2", lambda a: 1 - a * a),
    ("1 - a", lambda a: 1 - a),
    ("a", lambda a: a),
    ("a**2", lambda a: a * a),
)
"""What is written for the derivative of a sigmoid or a tanh, by their output: the first two are these themselves."""


def _other_slope(formula: Callable[[Any], Any]) -> Callable[..., Any]:
    """The other one's slope, or one with a factor or a square forgotten."""

    def slope(x: Any, y: Any, d: Any, at: Any) -> Any:
        squashes = any((own(y) - d).contains(0) for _, own in BY_OUTPUT[:2])
        return formula(y) if squashes and not (formula(y) - d).contains(0) else None

    return slope


OTHER_SLOPES: tuple[tuple[str, str, Callable[..., Any]], ...] = tuple(
    ("slope-other", f"the derivative of {{what}} is taken for {text}, a being its output", _other_slope(formula))
    for text, formula in BY_OUTPUT
)

SLOPE_MISTAKES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("slope-missing", "the derivative of {what} is left out", lambda x, y, d, at: arb(1)),
    ("slope-twice", "the derivative of {what} is multiplied in twice", lambda x, y, d, at: d * d),
    (
        "slope-at-output",
        "the derivative of {what} is taken at its output instead of {inner}",
        lambda x, y, d, at: at(y),
    ),
    (
        "slope-of-input",
        "the derivative of {what} is written by its output, and is given {inner} instead",
        lambda x, y, d, at: _by_output(x, y, d),
    ),
    ("slope-mirrored", "the derivative of {what} is taken at minus {inner}", lambda x, y, d, at: at(-x)),
    ("slope-inverted", "the derivative of {what} is divided by", lambda x, y, d, at: 1 / d),
)
"""(cause, words, the slope that is used: by input, output, true slope, and the slope at any other number)."""

MENDS = {
    "slope-missing": "multiply by it",
    "slope-twice": "multiply once",
    "slope-at-output": "evaluate it at the input",
    "slope-of-input": "give it the output",
    "slope-mirrored": "mind the sign of the argument",
    "slope-inverted": "multiply by it",
    "slope-other": "that is the derivative of another function, or a square is forgotten",
    "last-use": "add up what comes from every use (+= in place of =, np.add.at for repeated indices)",
    "first-use": "sum over all the uses: a broadcast axis, or repeated indices",
    "slope-extra": "leave that factor out",
    "factor-missing": "put it back",
    "factor-twice": "multiply by it once",
    "path-missing": "add what comes back along that path",
    "operand-transposed": "transpose it on the way back",
    "operand-before": "use the value after the function",
    "diagonal": "the outputs depend on every input: subtract the sum over them",
    "stale": "use the values of the forward pass",
}


def left_out(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """A factor that belongs to the derivative: the weights, the mask, what comes from above, the number of examples."""
    for slot in (0, 1):
        edges = [(s, p) for s in group.steps for k, p in s.partials if k == slot]
        if not edges or group.op not in ("multiply", "divide", "power") or (group.op == "divide" and slot):
            continue
        words = factor_words(group, slot, case)
        for cause, verb, new in (
            ("factor-missing", "is left out", lambda p: arb(1)),
            ("factor-twice", "is counted twice", lambda p: p * p),
            ("factor-inverted", "is inverted", lambda p: 1 / arb(p)),
        ):
            changes = {(s.index, slot): new(p) for s, p in edges}
            if all(c.is_finite() for c in changes.values()):
                yield Mutation(cause, f"{words} {verb}", changes, MENDS.get(cause, ""))


def factor_words(group: Group, slot: int, case: Case) -> str:
    other = 1 - slot
    text = code.operand(group.site, other) if group.op != "power" else ""
    name = argument_of([s.operands[other] for s in group.steps if slot in dict(s.partials)], case)
    kind = "the division by" if group.op == "divide" else "the factor"
    where = code.place(group.site)
    if name and name != text:
        return f"{kind} {name} in {where}" if where else f"{kind} {name}"
    if text:
        return f"{kind} `{text}` in {where}"
    return f"{kind} {inner_number(group, other, case) or 'that is hidden'} inside {where or group.op}"


def inner_number(group: Group, slot: int, case: Case) -> str:
    """The number that an operand is wherever the step is taken, if it has a name: the log 2 of `np.log2(p)`."""
    first, *others = [s.operands[slot] for s in group.steps]
    same = all(float(plain(o)) == float(plain(first)) for o in others)
    return str((same and recognised(balls.to_ball(plain(first)), case)) or "")


def argument_of(operands: list[Any], case: Case) -> str:
    """The argument of f whose numbers these are."""
    values = {float(plain(o)) for o in operands}
    for name, array in case.arguments:
        if array.size and values <= {float(b) for b in array.ravel()}:
            return name
    return ""


def paths(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """A path by which f depends on its arguments: left out, or counted with another factor."""
    if is_reduction(group):
        edges = {(s.index, k): arb(0) for s in group.ends for k, _ in s.partials}
        yield Mutation("path", f"what passes through {code.place(group.site) or group.op}", edges, scaled=True)
        return
    slots = sorted({k for s in group.steps for k, _ in s.partials})
    if all(len(set(s.parents)) == 1 for s in group.steps) and len(slots) > 1:  # x * x is one path
        edges = {(s.index, k): arb(0) for s in group.steps for k, _ in s.partials}
        yield Mutation("path", f"the path through {code.place(group.site) or group.op}", edges, scaled=True)
        return
    for slot in slots:
        edges = {(s.index, slot): arb(0) for s in group.steps if slot in dict(s.partials)}
        text = code.operand(group.site, slot)
        where = code.place(group.site) or group.op
        what = f"the path through `{text}` in {where}" if text and len(slots) > 1 else f"the path through {where}"
        yield Mutation("path", what, edges, scaled=True)
    if len(slots) > 1:
        edges = {(s.index, k): arb(0) for s in group.steps for k, _ in s.partials}
        yield Mutation("path", f"the path through {code.place(group.site) or group.op}", edges, scaled=True)


def single_uses(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """A number that is used many times over (broadcast, or picked by repeated indices), of which one use counts."""
    for slot in (0, 1):
        uses: dict[int, list[int]] = {}
        for s in group.steps:
            for (k, _), parent in zip(s.partials, s.parents, strict=True):
                if k == slot:
                    uses.setdefault(parent, []).append(s.index)
        if not any(len(u) > 1 for u in uses.values()):
            continue
        text = code.operand(group.site, slot) or f"operand {slot + 1}"
        for cause, place, word in (("last-use", -1, "last"), ("first-use", 0, "first")):
            changes = {(i, slot): arb(0) for u in uses.values() for i in u if i != u[place]}
            where = code.place(group.site) or group.op
            yield Mutation(
                cause, f"of every number of `{text}` only the {word} use in {where} is counted", changes, MENDS[cause]
            )


def overwritten(case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """Uses of a parameter's elements that are lost: at each place but one, or wherever another place writes over them."""
    for places, s in zip(derivation.inputs, case.suspects, strict=True):
        own = set(places.ravel().tolist())
        uses: dict[Any, dict[int, list[tuple[int, int]]]] = {}
        for step in derivation.steps:
            for (k, _), parent in zip(step.partials, step.parents, strict=True):
                if parent in own:
                    uses.setdefault((step.site, step.op, k), {}).setdefault(parent, []).append((step.index, k))
        for cause, place, word in (("last-use", -1, "last"), ("first-use", 0, "first")):
            lost = {e: arb(0) for at in uses.values() for es in at.values() for e in es if e != es[place]}
            if lost:
                words = f"wherever an element of {s.name} is used several times, only the {word} use is counted"
                yield Mutation(cause, words, lost, MENDS[cause])
        for here, at in uses.items() if len(uses) > 1 else ():
            lost = {e: arb(0) for there, es in uses.items() if there != here for i in at for e in es.get(i, ())}
            if any(derivation.steps[i].op == "add" for i, _ in lost):
                continue  # a sum is no use that anything is stored for
            if lost:
                words = f"what comes to {s.name} from {code.place(here[0]) or here[1]} is stored over what was there"
                yield Mutation("last-use", words, lost, MENDS["last-use"])


def transposes(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """A square matrix in the place of its transpose; the value before a function in the place of the one after."""
    if group.op not in ("multiply", "divide"):
        return
    mirror: dict[int, int] = {}
    flipped: dict[int, int] = {}
    for places in derivation.inputs:
        if places.ndim == 2 and places.shape[0] == places.shape[1]:
            mirror |= dict(zip(places.ravel().tolist(), places.T.ravel().tolist(), strict=True))
        if places.ndim == 1 and places.size > 1:
            flipped |= dict(zip(places.tolist(), places[::-1].tolist(), strict=True))
    slots: tuple[int, ...] = (0, 1) if group.op == "multiply" else (0,)
    for slot in slots:
        turned: dict[tuple[int, int], Any] = {}
        before: dict[tuple[int, int], Any] = {}
        reversed_: dict[tuple[int, int], Any] = {}
        for s in group.steps:
            other = s.operands[1 - slot]
            if slot not in dict(s.partials) or type(other) is not Step:
                continue
            change = (lambda v: v) if group.op == "multiply" else (lambda v: 1 / v)
            if other.index in mirror:
                turned[s.index, slot] = change(plain(derivation.steps[mirror[other.index]]))
            if other.index in flipped:
                reversed_[s.index, slot] = change(plain(derivation.steps[flipped[other.index]]))
            if len(other.parents) == 1:
                head = derivation.steps[_head(other, derivation)]
                before[s.index, slot] = change(plain(head))
        text = code.operand(group.site, 1 - slot)
        where = code.place(group.site) or group.op
        if turned:
            yield Mutation(
                "operand-transposed",
                f"`{text}` in {where} is not transposed on the way back",
                turned,
                MENDS["operand-transposed"],
            )
        if reversed_:
            yield Mutation(
                "operand-reversed", f"`{text}` in {where} is used in reverse order on the way back", reversed_
            )
        if before:
            words = f"the value before the function that makes `{text}` is used, where {where} has the value after it"
            yield Mutation("operand-before", words, before, MENDS["operand-before"])


def _head(step: Step, derivation: Derivation) -> int:
    """The number that a chain of functions started from."""
    while len(step.parents) == 1:
        index = step.parents[0]
        step = derivation.steps[index]
    return step.index


def diagonals(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """What is divided by a sum of itself and others (softmax): only the diagonal of the Jacobian."""
    if group.op != "divide":
        return
    own, lost = {}, {}
    for s in group.steps:
        partials = dict(s.partials)
        if len(partials) == 2:
            own[s.index, 0], lost[s.index, 1] = partials[0] + partials[1], arb(0)
    if own:
        words = f"only the diagonal of the Jacobian of {code.place(group.site) or 'the quotient'} is used"
        yield Mutation("diagonal", words, own | lost, MENDS["diagonal"])


EXTRA: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("sigmoid'", lambda v: 1 / (2 + v.exp() + (-v).exp())),
    ("tanh'", lambda v: 1 - v.tanh() ** 2),
    ("relu'", lambda v: arb(int(v.mid() > 0))),
    ("a * (1 - a), a being", lambda v: v * (1 - v)),
    ("1 - a**2, a being", lambda v: 1 - v * v),
    ("the value of", lambda v: v),
    ("1 over the value of", lambda v: 1 / v),
    ("exp", lambda v: v.exp()),
)
"""Slopes that are multiplied in though nothing asks for them."""


def extra_slopes(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """The derivative of an activation that the loss has cancelled already."""
    if not group.site or group.op == "negative":
        return
    for name, form in EXTRA:
        changes = {}
        for s in group.ends:
            value = form(plain(s))
            changes.update({(s.index, k): value * p for k, p in s.partials})
        if changes and all(c.is_finite() for c in changes.values()):
            words = f"{name} {code.place(group.site)} is multiplied in, where f asks for no such factor"
            yield Mutation("slope-extra", words, changes, MENDS["slope-extra"])


TABLE = (slopes, left_out, paths, diagonals, single_uses, transposes)
"""From the most common to the rarest."""


def shortcuts(group: Group, case: Case, derivation: Derivation) -> Iterator[Mutation]:
    """a - y, with an a of its own, in the place of what comes back to the numbers of one piece of code."""
    if not group.site or group.op == "negative" or len(group.ends) < 2:
        return
    back = carried(derivation)
    above = [back[s.index] for s in group.ends]
    if any(c.contains(0) or not c.is_finite() for c in above):
        return
    for name, y in case.arguments:
        if y.size != len(group.ends):
            continue
        for text, activation in SHORTCUTS:
            rest = [activation(plain(s)) - t for s, t in zip(group.ends, y.ravel(), strict=True)]
            for share, by in ((arb(1), ""), (1 / arb(len(rest)), f"/{len(rest)}")):
                changes = {
                    (s.index, k): p * share * r / c
                    for s, r, c in zip(group.ends, rest, above, strict=True)
                    for k, p in s.partials
                }
                words = f"({text} - {name}){by} comes back to {code.place(group.site)}, which belongs to another f"
                yield Mutation("shortcut", words, changes)


SHORTCUTS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("z", lambda z: z),
    ("sigmoid(z)", lambda z: 1 / (1 + (-z).exp())),
    ("tanh(z)", lambda z: z.tanh()),
    ("sigmoid(sigmoid(z))", lambda z: 1 / (1 + (-1 / (1 + (-z).exp())).exp())),
)

RARE = (other_slopes, extra_slopes, shortcuts)
"""Tried when nothing else explains the claim."""
