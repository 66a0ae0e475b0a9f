"""Mistakes on a whole gradient that have something to find out: where, by which array, in the place of what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import special

from autocheck.diagnosis import code
from autocheck.diagnosis.case import Case, Suspect, near
from autocheck.diagnosis.constants import Named, recognised
from autocheck.diagnosis.steps import groups
from autocheck.diagnosis.whole import INSTEAD, Way, Ways, by_elements, number_for, place_words
from autocheck.lifted import balls
from autocheck.lifted.taped import Step

Array = np.ndarray[Any, Any]


def shapers(s: Suspect, case: Case) -> Iterator[Way]:
    """What is done to a gradient element by element."""
    f, t = s.coarse, s.coarse_true
    yield Way("squared", lambda g: g * g, "the square is one too many")
    yield Way("reduced to its signs", lambda g: by_elements(g, lambda e: (e > 0) * 1 - (e < 0) * 1), "the size is lost")
    bound = float(np.max(np.abs(f), initial=0.0))
    cut = np.abs(t) > bound * (1 + 1e-12)
    if cut.any() and not cut.all():
        top = abs(s.claimed[np.unravel_index(np.argmax(np.abs(f)), f.shape)])
        yield Way(
            f"clipped to +/- {bound:.6g}",
            lambda g: by_elements(g, lambda e: _clip(e, top if g.dtype == object else bound)),
            "clip after the check, not inside of the gradient",
            int(recognised(top, case) is None),
        )
    norm = np.sqrt(np.sum(t * t))
    if norm > 0 and near(t / norm, s):
        yield Way("divided by its own norm", lambda g: g / _root(np.sum(g * g)), "the length of a gradient matters")
    for places in range(1, 9):
        if near(np.round(t, places), s) or np.array_equal(np.round(t, places), f):
            yield Way(f"rounded to {places} places", lambda g, p=places: _rounded(g, p), "hand over all digits")
    for dtype in ("float16", "float32"):
        yield Way(f"rounded to {dtype}", lambda g, d=dtype: _through(g, d), "hand over all digits")


def thresholded(s: Suspect, case: Case) -> Iterator[Way]:
    """Small elements are set to zero."""
    f, t = s.coarse, s.coarse_true
    small, kept = (f == 0) & (t != 0), f != 0
    if small.any() and kept.any() and np.abs(t[small]).max() < np.abs(t[kept]).min():
        yield Way(
            f"with its elements below {np.abs(t[kept]).min():.3g} set to zero",
            lambda g: np.where(small, g * 0, g),
            "small elements count too",
            1,
        )


def _clip(e: Any, bound: Any) -> Any:
    return bound if e > bound else -bound if e < -bound else e


def _root(number: Any) -> Any:
    return number.sqrt() if isinstance(number, balls.arb) else np.sqrt(number)


def _rounded(g: Array, places: int) -> Array:
    ten = 10**places
    if g.dtype != object:
        return np.round(g, places)
    return by_elements(g, lambda e: balls.rint(e * ten) / ten)


def _through(g: Array, dtype: str) -> Array:
    narrow = np.array([float(e) for e in g.ravel()]).astype(dtype).astype(np.float64).reshape(g.shape)
    return narrow if g.dtype != object else balls.to_balls(narrow)


def factors(s: Suspect, case: Case) -> Iterator[Way]:
    """A factor that changes from element to element, and is made of an argument: 1 - a**2, 1/a, a mask, weights."""
    with np.errstate(all="ignore"):
        ratio = s.coarse / s.coarse_true
        known = np.isfinite(ratio) & (s.coarse_true != 0)
        if known.sum() < 2 or not (s.coarse[s.coarse_true == 0] == 0).all():
            return
        for name, values in fitting(s, case):
            coarse = balls.to_floats(values)
            for text, form in FORMS:
                made = form(coarse) + 0 * s.coarse
                fits = known & np.isfinite(made)
                if not fits[known].all() or not _proportional(ratio[known], made[known]):
                    continue
                at = np.unravel_index(np.argmax(np.where(known & (made != 0), np.abs(s.coarse_true), -1)), made.shape)
                wide = np.broadcast_to(np.asarray(form(values), dtype=object), made.shape)
                constant = s.claimed[at] / s.true[at] / wide[at]
                named = recognised(constant, case)
                times = "" if named and named.text == "1" else f"{named or f'{float(constant):.6g}'} * "
                yield Way(
                    f"times {times}{text.format(name)}",
                    lambda g, w=wide, c=constant: _with_zeros(g, w, c),
                    "that factor is one too many, or its inverse is missing",
                    int(named is None),
                )


def _with_zeros(g: Array, factor: Array, constant: balls.Ball) -> Array:
    if g.dtype == object:
        return np.array(
            [e if e.is_zero() else e * f * constant for e, f in zip(g.ravel(), factor.ravel(), strict=True)]
        ).reshape(g.shape)
    return np.where(g == 0, 0, g * balls.to_floats(factor) * float(constant))


def _proportional(ratio: Array, made: Array) -> bool:
    """Whether the ratio is a constant times what was made, and neither a constant itself."""
    if ((made == 0).any() and (ratio[made == 0] != 0).any()) or np.ptp(ratio) <= 1e-9 * np.max(np.abs(ratio)):
        return False
    share = ratio[made != 0] / made[made != 0]
    return share.size > 1 and bool(np.ptp(share) <= 1e-7 * np.max(np.abs(share)))


def fitting(s: Suspect, case: Case) -> Iterator[tuple[str, Array]]:
    """Arguments that a factor of this shape can be made of, the parameter's own first."""
    yield s.name, s.value
    for name, values in case.arguments:
        if name != s.name and values.size > 1:
            for text, shaped in ((name, values), (f"{name}[:, None]", values[..., None]), (f"{name}.T", values.T)):
                try:
                    fits = np.broadcast_shapes(shaped.shape, s.true.shape) == s.true.shape
                except ValueError:
                    continue
                if fits and (text == name or values.ndim == (1 if "[" in text else 2)):
                    yield text, shaped
    yield from held_arrays(s, case)


def held_arrays(s: Suspect, case: Case) -> Iterator[tuple[str, Array]]:
    """Arrays of f's own that owe nothing to the parameters, by the code that uses them: masks, smoothed targets."""
    for group in groups(case.derivation) if case.derivation else ():
        for slot in (0, 1) if group.op in ("add", "subtract", "multiply", "divide") else ():
            held = [step.operands[slot] for step in group.steps if type(step.operands[slot]) is not Step]
            is_array = len(held) == s.value.size == len(group.steps) and len({float(h) for h in held}) > 1
            if is_array and (text := code.operand(group.site, slot)):
                yield f"`{text}`", balls.to_balls(np.array(held, dtype=object)).reshape(s.value.shape)


def _exp(u: Array) -> Array:
    return by_elements(u, lambda e: e.exp()) if u.dtype == object else np.exp(u)


def _sigmoid(u: Array) -> Array:
    return 1 / (1 + _exp(-u))


def _tanh(u: Array) -> Array:
    return 2 * _sigmoid(2 * u) - 1


FORMS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("{}", lambda u: u),
    ("1/{}", lambda u: 1 / u),
    ("{}**2", lambda u: u * u),
    ("1/{}**2", lambda u: 1 / (u * u)),
    ("(1 - {})", lambda u: 1 - u),
    ("{0} * (1 - {0})", lambda u: u * (1 - u)),
    ("1/({0} * (1 - {0}))", lambda u: 1 / (u * (1 - u))),
    ("(1 - {}**2)", lambda u: 1 - u * u),
    ("1/(1 - {}**2)", lambda u: 1 / (1 - u * u)),
    ("sigmoid({})", _sigmoid),
    ("sigmoid'({})", lambda u: _sigmoid(u) * (1 - _sigmoid(u))),
    ("1/sigmoid'({})", lambda u: 1 / (_sigmoid(u) * (1 - _sigmoid(u)))),
    ("tanh'({})", lambda u: 1 - _tanh(u) * _tanh(u)),
    ("1/tanh'({})", lambda u: 1 / (1 - _tanh(u) * _tanh(u))),
    ("exp({})", _exp),
    ("exp(-{})", lambda u: _exp(-u)),
    ("sign({})", lambda u: by_elements(u, lambda e: (e > 0) * 1 - (e < 0) * 1)),
    ("({} > 0)", lambda u: by_elements(u, lambda e: (e > 0) * 1)),
)
"""What is commonly made of an array u: derivatives by their output, of sigmoid and tanh by their input, masks."""


def terms(s: Suspect, case: Case) -> Iterator[Way]:
    """A term that is missing or added, made of an argument or of another gradient: a penalty, mostly."""
    gap = s.coarse - s.coarse_true
    sources = [(n, np.broadcast_to(v, s.true.shape), "") for n, v in fitting(s, case)]
    sources += [
        (f"the gradient of {o.name}", o.true, "")
        for o in case.suspects
        if o.name != s.name and o.true.shape == s.true.shape
    ]
    sources.append(("1", np.full(s.true.shape, balls.ONE, dtype=object), ""))
    for name, values, _ in sources:
        coarse = balls.to_floats(values)
        for text, form in TERM_FORMS:
            made = np.asarray(form(coarse), dtype=float)
            if not made.any() or not np.isfinite(made).all():
                continue
            at = np.unravel_index(np.argmax(np.abs(made)), made.shape)
            if np.max(np.abs(gap - made * (gap[at] / made[at]))) > 1e-6 * np.max(np.abs(gap)) or made.size < 2:
                continue
            exact = np.asarray(form(values), dtype=object)
            constant = (s.claimed[at] - s.true[at]) / exact[at]
            yield _term(text.format(name), constant, exact, recognised(constant, case), name == s.name)


def _term(text: str, constant: balls.Ball, exact: Array, named: Named | None, own: bool) -> Way:
    size = str(named).lstrip("-") if named else f"{abs(float(constant)):.6g}"
    term = text if size == "1" else size if text == "1" else f"{size} * {text}"
    less = constant < 0
    part = "the gradient of a penalty" if own else "that term"
    return Way(
        f"{'less' if less else 'plus'} {term}",
        lambda g: g + exact * constant if g.dtype == object else g + balls.to_floats(exact) * float(constant),
        f"{part} is {'left out' if less else 'one too many, or counted twice'}",
        int(named is None),
    )


TERM_FORMS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("{}", lambda u: u),
    ("sign({})", lambda u: by_elements(u, lambda e: (e > 0) * 1 - (e < 0) * 1)),
    ("{}**2", lambda u: u * u),
)


def places(s: Suspect, case: Case) -> Iterator[Way]:
    """Right but for one element, row, column, border, or region, where it is zero, turned, or off by a factor with a name."""
    bad = s.differs(case.bits)
    where = place_words(bad, s)
    if not bad.any() or bad.all() or not where:
        return
    for words, make in (("zero", lambda g: g * 0), ("of the opposite sign", lambda g: -g)):
        yield Way(f"but {words} {where}", lambda g, m=make: np.where(bad, m(g), g), "the rest is right")
    for name, values in case.arguments:
        if values.shape == s.true.shape and name != s.name and balls.to_floats(values).all():
            yield Way(
                f"but without the factor {name} {where}",
                lambda g, v=values: np.where(bad, g / (v if g.dtype == object else balls.to_floats(v)), g),
                "the rest is right",
            )
    at = np.unravel_index(np.argmax(np.where(bad, np.abs(s.coarse_true), -1)), bad.shape)
    if s.coarse_true[at]:
        ratio = s.claimed[at] / s.true[at]
        named = recognised(ratio, case)
        if named or bad.sum() > 1:
            yield Way(
                f"but times {named or f'{float(ratio):.6g}'} {where}",
                lambda g: np.where(bad, g * number_for(ratio, g), g),
                "the rest is right",
                int(named is None),
            )


def other_places(s: Suspect, case: Case) -> Iterator[Way]:
    """Right but for some place, whatever stands there."""
    bad = s.differs(case.bits)
    if bad.any() and not bad.all() and (where := place_words(bad, s)):
        yield Way(
            f"but {where}",
            lambda g: np.where(bad, s.claimed if g.dtype == object else s.coarse, g),
            "the rest is right",
            bad.size if bad.sum() > 1 else 1,
        )


def copied(s: Suspect, case: Case) -> Iterator[Way]:
    """One of several equal parts in the place of all: one gate's bias for every gate."""
    for parts in range(2, 9):
        size = s.coarse.shape[-1] // parts if s.coarse.ndim else 0
        if not size or s.coarse.shape[-1] % parts or s.coarse.size < 4:
            continue
        for n in range(parts):
            part = slice(n * size, (n + 1) * size)
            yield Way(
                f"with part {n + 1} of {parts} of its last axis in the place of all",
                lambda g, p=part, k=parts: np.concatenate([g[..., p]] * k, axis=-1),
                "every part needs its own",
            )


def shortcuts(s: Suspect, case: Case) -> Iterator[Way]:
    """a - y, which is right for one pair of loss and activation, in the place of the derivative of another."""
    coarse = balls.to_floats(s.value)
    if not s.coarse.any() or not s.coarse.ndim:
        return
    for target, values in targets(s, case):
        for text, activation in ACTIVATIONS:
            rest = activation(coarse) - balls.to_floats(values)
            at = np.unravel_index(np.argmax(np.abs(rest)), rest.shape)
            if not rest[at] or not near(rest * (s.coarse[at] / rest[at]), s):
                continue
            exact = np.asarray(activation(s.value) - values, dtype=object)
            share = s.claimed[at] / exact[at]
            named = recognised(share, case)
            times = "" if named and named.text == "1" else f"{named or f'{float(share):.6g}'} * "
            yield Way(
                f"{INSTEAD}{times}({text.format(s.name)} - {target})",
                lambda g, e=exact, c=share: e * c if g.dtype == object else balls.to_floats(e) * float(c),
                "that shortcut belongs to another pair of loss and activation",
                int(named is None),
            )


def targets(s: Suspect, case: Case) -> Iterator[tuple[str, Array]]:
    """Arguments that a prediction of this shape could be compared with."""
    for name, y in case.arguments:
        if y.shape == s.value.shape and name != s.name:
            yield name, y
            yield f"({name} + 1)/2", (y + 1) / 2
            if y.ndim == 2:
                yield f"{name}/sum({name})", y / np.sum(y, axis=1, keepdims=True)
        whole = np.array([b.is_integer() for b in y.ravel()], dtype=bool).all()
        if s.value.ndim == 2 and y.shape == s.value.shape[:1] and whole:
            labels = balls.to_floats(y)
            yield f"one-hot {name}", balls.to_balls((labels[:, None] == np.arange(s.value.shape[1])) * 1)
    yield from held_arrays(s, case)


def _softmax(u: Array, axis: int | None) -> Array:
    e = _exp(u)
    return np.asarray(e / np.sum(e, axis=axis, keepdims=True))


def _softmax_of_rows(u: Array) -> Array:
    return _softmax(u, -1)


ACTIVATIONS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("{}", lambda u: u),
    ("sigmoid({})", _sigmoid),
    ("softmax({})", _softmax_of_rows),
    ("tanh({})", _tanh),
    ("sigmoid(sigmoid({}))", lambda u: _sigmoid(_sigmoid(u))),
    ("softmax(softmax({}))", lambda u: _softmax_of_rows(_softmax_of_rows(u))),
    ("softmax({}), over the columns,", lambda u: _softmax(u, 0)),
    ("softmax({}), over all elements,", lambda u: _softmax(u, None)),
)


def arguments(s: Suspect, case: Case) -> Iterator[Way]:
    """An argument as it is, or its multiple, in the place of what is made of it."""
    for name, values in fitting(s, case):
        coarse = np.broadcast_to(balls.to_floats(values), s.coarse.shape)
        at = np.unravel_index(np.argmax(np.abs(coarse)), coarse.shape)
        if coarse.size < 2 or not coarse[at] or not near(coarse * (s.coarse[at] / coarse[at]), s):
            continue
        exact = np.broadcast_to(values, s.true.shape)
        share = s.claimed[at] / exact[at]
        if named := recognised(share, case):  # else it explains too little: any two numbers have a ratio
            yield Way(
                f"{INSTEAD}{'' if named.text == '1' else f'{named} * '}{name}",
                lambda g, e=exact, c=share: e * c if g.dtype == object else balls.to_floats(e) * float(c),
                "what is to be made of it is left out",
            )


def other_functions(s: Suspect, case: Case) -> Iterator[Way]:
    """The derivative of another activation than f has: another approximation of it, or another one of the family."""
    weights = [(f"{n} * ", v) for n, v in case.arguments if v.shape == s.true.shape and n != s.name]
    for text, slope in DERIVATIVES if s.coarse.size > 2 else ():
        made = slope(balls.to_floats(s.value))
        for name, values in (*weights, ("", None)):
            coarse = made if values is None else made * balls.to_floats(values)
            if not coarse.size or not near(np.asarray(coarse), s):
                continue
            exact = np.asarray(slope(s.value) if values is None else slope(s.value) * values, dtype=object)
            yield Way(
                f"{INSTEAD}{name}{text.format(s.name)}",
                lambda g, e=exact: e if g.dtype == object else balls.to_floats(e),
                "that is the derivative of another function than f has",
            )


def _of(name: str) -> Callable[[Array], Array]:
    """A function of one number by its name, of floats and of balls."""
    return lambda u: by_elements(u, balls.UNARY[name]) if u.dtype == object else getattr(special, name)(u)


def _density(u: Array) -> Array:
    """Of the standard normal distribution."""
    return _exp(-u * u / 2) / number_for((2 * balls.arb.pi()).sqrt(), u)


def _gelu_tanh(u: Array) -> Array:
    root = number_for((2 / balls.arb.pi()).sqrt(), u)
    cubic = number_for(balls.to_ball(0.044715), u)
    t = _tanh(root * (u + cubic * u * u * u))
    return (1 + t) / 2 + u * (1 - t * t) * root * (1 + 3 * cubic * u * u) / 2


def _swish(u: Array, times: float) -> Array:
    a = _sigmoid(number_for(balls.to_ball(times), u) * u)
    return a + number_for(balls.to_ball(times), u) * u * a * (1 - a)


DERIVATIVES: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("the derivative of the exact GELU at {}", lambda u: _of("ndtr")(u) + u * _density(u)),
    ("the derivative of GELU by tanh at {}", _gelu_tanh),
    ("the derivative of GELU by a sigmoid at {}", lambda u: _swish(u, 1.702)),
    ("the derivative of swish at {}", lambda u: _swish(u, 1.0)),
    ("the derivative of softplus at {}", _sigmoid),
    ("the derivative of softplus by its output, but of {},", lambda u: 1 - _exp(-u)),
    ("the derivative of the sigmoid at {}", lambda u: _sigmoid(u) * (1 - _sigmoid(u))),
    ("the derivative of tanh at {}", lambda u: 1 - _tanh(u) * _tanh(u)),
    ("the derivative of ReLU at {}", lambda u: by_elements(u, lambda e: (e > 0) * 1)),
)


FITTED: tuple[tuple[str, Ways], ...] = (
    ("shortcut", shortcuts),
    ("other-function", other_functions),
    ("shaped", shapers),
    ("place", places),
    ("array-factor", factors),
    ("term", terms),
    ("shaped", thresholded),
    ("argument", arguments),
    ("copied", copied),
    ("place", other_places),
)
"""Mistakes with something to find out: tried last."""
