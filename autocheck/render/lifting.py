"""docs/lifting.md: which functions of NumPy and SciPy run on lifted arrays, as `lifted/coverage.py` finds it.

`python -m autocheck.render.lifting` prints the page.
"""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version

from autocheck.lifted import calls, coverage

BACKENDS = (coverage.on_balls, coverage.on_tracers)
STATUSES = {
    (True, True): "exact and traced",
    (True, False): "exact only",
    (False, True): "traced only",
    (False, False): "refused by name",
}
"""What a call is said to be, by whether it is covered on each backend."""


def statuses(codes: list[str]) -> dict[str, list[str]]:
    """The calls by what became of them."""
    found: dict[str, list[str]] = {status: [] for status in STATUSES.values()}
    for code in codes:
        exact, traced = (coverage.outcome(code, backend).status == "covered" for backend in BACKENDS)
        found[STATUSES[exact, traced]].append(code)
    return found


def labels(codes: list[str]) -> dict[str, str]:
    """The function's name for each call; the call itself where there are several of one function."""
    names = {code: coverage.name_of(code) for code in codes}
    times = Counter(names.values())
    plain = {code: "." in name and name not in calls.POINT and times[name] == 1 for code, name in names.items()}
    return {code: name if plain[code] else code for code, name in names.items()}


def table(codes: list[str]) -> str:
    said = labels(codes)
    rows = [
        f"| {status} | {len(found)} | {' '.join(f'`{said[code]}`' for code in found)} |"
        for status, found in statuses(codes).items()
        if found
    ]
    return "\n".join(["| | calls | |", "|---|---|---|", *rows])


def versions() -> str:
    return ", ".join(f"{name} {'.'.join(version(name).split('.')[:2])}" for name in ("numpy", "scipy", "jax"))


def page() -> str:
    """docs/lifting.md."""
    tables = "\n\n".join(f"## {group}\n\n{table(codes)}" for group, codes in coverage.groups().items())
    return f"{WORDS}\nFound with {versions()}.\n\n{tables}\n"


WORDS = """# What can be lifted

autocheck runs a function as it is written, on arrays that carry 150 digits and more (*exact*), and on arrays that JAX
differentiates (*traced*), through the helpers, closures, classes and third-party modules that it calls. The tables say which
functions of NumPy and SciPy that covers. Each entry was called on both kinds of array: it is listed as covered if the value is the
one that machine floats give and the derivative the slope of the function, so that no digit was lost on the way. What is refused
by name ends a run with the function and the line of code, and the verdict rests on the other routes.

This page is the output of `python -m autocheck.render.lifting`; a test compares the two.
"""


if __name__ == "__main__":
    print(page(), end="")
