"""What the judge found, as data: plain frozen records that every renderer reads and no renderer changes."""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

SCHEMA = 1
VERDICTS = ("agrees", "inconclusive", "inaccurate", "wrong")  # from best to worst


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on what was found; `id` is stable, `text` is for people."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """One route's answer at the reported element: a value and an error bar, or why there is none."""

    route: str  # "definition" | "autodiff" | "finite difference" | "reference"
    value: float | None = None
    error: float | None = None
    digits: float | None = None
    """Decimal digits of the largest element to which the route agrees with the claim, wherever it was asked."""
    abstained: str = ""

    @property
    def abstains(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True)
class Curve:
    """Error against step at one element: of floating-point differences, and of the quotient in exact arithmetic."""

    parameter: str
    index: tuple[int, ...]
    slope: float
    """The derivative by its definition, which the errors are taken from."""
    steps: tuple[float, ...]
    errors: tuple[float, ...]
    """|difference quotient - slope| in floating point, for each step."""
    bars: tuple[float, ...]
    """What the ladder itself says that the error may be, for each step."""
    chosen: int
    """The step that the ladder chose."""
    exact_steps: tuple[float, ...] = ()
    exact_errors: tuple[float, ...] = ()
    """The same of the quotient in exact arithmetic, which has no noise floor; as log10."""


@dataclass(frozen=True, slots=True)
class Elements:
    """The claimed and the true derivative element by element, in C order: for pictures, and left out of words and JSON."""

    hand: tuple[float, ...]
    true: tuple[float, ...]
    route: str
    """Which route the true ones come from."""


@dataclass(frozen=True, slots=True)
class ParameterReport:
    """The verdict on the gradient with respect to one array."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    verdict: str
    digits: float | None = None
    """Decimal digits to which the formula agrees with the definition; None where it was not judged exactly."""
    ulp: float | None = None
    """Rounding: the largest error of the floating-point result, in ulp of the largest element of the exact one."""
    elementwise_ulp: float | None = None
    """The same with each error in ulp of its own element."""
    worst_index: tuple[int, ...] | None = None
    hand: float | None = None
    estimates: tuple[Estimate, ...] = ()
    detection_floor: float | None = None
    """The smallest error in any judged element (or along any judged direction) that would have been seen."""
    wrong: int = 0
    """How many of the judged elements and directions are wrong."""
    count: int = 0
    """How many elements and random directions were judged."""
    directions: int = 0
    """How many of them are random directions."""
    wrong_directions: int = 0
    notes: tuple[Note, ...] = ()
    elements: Elements | None = field(default=None, compare=False, repr=False, metadata={"told": False})
    """Where there are few enough of them to be drawn, and a route was asked for each."""

    @property
    def judged(self) -> str:
        """What was judged, in words: `12 elements`, `3 random directions`, or both."""
        parts = ((self.count - self.directions, "element"), (self.directions, "random direction"))
        return " and ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in parts if n) or "nothing"

    def estimate(self, route: str) -> Estimate | None:
        return next((e for e in self.estimates if e.route == route), None)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The mistake that a wrong gradient most likely comes from."""

    cause: str
    """A stable identifier."""
    sentence: str
    evidence: str
    """How it was established: "exact, 42 digits, ...", "float, about 1e-08, ...", or "likely; ..."."""


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The verdict on one claim: that of its worst parameter."""

    name: str
    verdict: str
    parameters: tuple[ParameterReport, ...] = ()
    notes: tuple[Note, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why the verdict is not `agrees`, in sentences; for people, most important first."""
    form: str = "gradient"
    """What was on trial: a gradient, VJP, JVP, Jacobian, Hessian, or a rule's derivative."""
    value: float | None = None
    mode: str = "exact, element by element"
    points: int = 1
    evaluations: int = 0
    precision: int = 0
    seed: int = 0
    seconds: float = field(default=0.0, compare=False)
    reproduce: str = ""
    curves: tuple[Curve, ...] = ()
    diagnosis: Diagnosis | None = None
    """What the mistake most likely is, where the verdict is `wrong` and a known one comes near."""
    facts: tuple[tuple[str, str], ...] = ()
    """What the catalogue knows about the claim (record, regime, notation, LaTeX); empty for anybody else's."""

    @property
    def ok(self) -> bool:
        """True for `agrees` only."""
        return self.verdict == "agrees"

    @property
    def digits(self) -> float | None:
        """The weakest formula agreement of all parameters."""
        found = [p.digits for p in self.parameters if p.digits is not None]
        return min(found, default=None)

    @property
    def ulp(self) -> float | None:
        found = [p.ulp for p in self.parameters if p.ulp is not None]
        return max(found, default=None)

    def fact(self, key: str) -> str:
        return dict(self.facts).get(key, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, numbers and strings, with `"schema": 1`; NaN and infinities are strings."""
        return {"schema": SCHEMA, **_plain(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """The inverse of `to_dict`, and of `to_json` once that is parsed.

        Raises: ValueError for another schema.
        """
        if data.get("schema") != SCHEMA:
            raise ValueError(
                f"Report.from_dict: schema is {data.get('schema')!r}, needs {SCHEMA}: what to_dict returned"
            )
        return _typed(cls, data)  # type: ignore[no-any-return]

    def to_json(self, indent: int | None = 2) -> str:
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def to_html(self) -> str:
        """A self-contained page that needs no network."""
        from autocheck.render.html import report_page

        return report_page(self)

    def _repr_html_(self) -> str:
        from autocheck.render.html import report_fragment

        return report_fragment(self)

    def __repr__(self) -> str:
        """One line, for the prompt and for messages of assert; all the fields are in `to_dict()`."""
        why = "".join(f"; {reason}" for reason in self.reasons[:1])
        return f"<Report {self.verdict}: the {self.form} of {self.name}{why}>"

    def __str__(self) -> str:
        from autocheck.render.text import report_text

        return report_text(self)

    def __bool__(self) -> bool:
        return self.ok


def worst(verdicts: list[str]) -> str:
    """The worst of several verdicts; `agrees` for none."""
    return max(verdicts, key=VERDICTS.index, default="agrees")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.metadata.get("told", True)}
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _typed(kind: Any, value: Any) -> Any:
    """What `_plain` made of a value of that type, as it was."""
    if isinstance(kind, UnionType):  # all of them are `... | None`
        return None if value is None else _typed(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        of, *others = get_args(kind)
        kinds = [of] * len(value) if others == [...] else [of, *others]
        return tuple(map(_typed, kinds, value))
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: _typed(of, value[name]) for name, of in _types(kind).items() if name in value})
    return float(value) if kind is float else value


@functools.cache
def _types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}
