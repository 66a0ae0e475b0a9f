"""What a check costs: a softmax classifier of a hundred to a hundred million parameters, checked by autocheck and by its peers.

    python benchmarks/cost.py [--sizes 1e2,1e4,1e5,1e6,1e7] [--limit SECONDS] [--json PATH]

Every cell is a process of its own that makes its check a few times and then times one jitted `jax.value_and_grad` of the same
function in float64: times are multiples of that, the memory a multiple of the arguments. `first` is the first check of the
process (imports and compilation that it asks for among it), `again` the quickest of those that follow. A check that takes
longer than the limit is stopped and shown as such. At the end one small check from the start of the process to its verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import machine
import numpy as np

SHAPES = {
    1e2: (9, 10, 8),
    1e4: (99, 100, 16),
    1e5: (999, 100, 32),
    1e6: (9999, 100, 32),
    1e7: (9999, 1000, 32),
    1e8: (99999, 1000, 32),
}
"""Parameters -> (features, classes, examples)."""
REPEATS, SECONDS_OF_REPEATS = 20, 5.0
Args = tuple[Any, Any, Any, Any]


def arguments(size: float) -> Args:
    """W, b, X, Y in float64."""
    n, classes, m = SHAPES[size]
    rng = np.random.default_rng(0)
    Y = np.eye(classes)[rng.integers(0, classes, m)]
    return rng.normal(size=(n, classes)) / np.sqrt(n), rng.normal(size=classes), rng.normal(size=(m, n)), Y


def loss(W: Any, b: Any, X: Any, Y: Any) -> Any:
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return -np.sum(Y * np.log(e / e.sum(axis=1, keepdims=True))) / len(X)


def gradient(W: Any, b: Any, X: Any, Y: Any) -> Any:
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    delta = (e / e.sum(axis=1, keepdims=True) - Y) / len(X)
    return X.T @ delta, delta.sum(axis=0)


def jax_loss(W: Any, b: Any, X: Any, Y: Any) -> Any:
    import jax

    return -(Y * jax.nn.log_softmax(X @ W + b)).sum() / len(X)


# --- the contenders: each gives a check to be called, which raises if the gradient is not accepted ---------------------

Check = Callable[[], Any]


def by_autocheck(args: Args) -> Check:
    import autocheck

    return lambda: autocheck.assert_gradient(loss, gradient, *args, argnums=(0, 1))


def by_torch(fast: bool) -> Callable[[Args], Check]:
    def prepared(args: Args) -> Check:
        import torch

        W, b, X, Y = (torch.tensor(a, requires_grad=k < 2) for k, a in enumerate(args))

        class Rule(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, W: Any, b: Any) -> Any:
                ctx.save_for_backward(W, b)
                return -(Y * torch.log_softmax(X @ W + b, 1)).sum() / len(X)

            @staticmethod
            def backward(ctx: Any, up: Any) -> Any:
                W, b = ctx.saved_tensors
                delta = (torch.softmax(X @ W + b, 1) - Y) / len(X)
                return up * (X.T @ delta), up * delta.sum(0)

        return lambda: torch.autograd.gradcheck(Rule.apply, (W, b), fast_mode=fast)

    return prepared


def by_jax(args: Args) -> Check:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    W, b, X, Y = map(jax.numpy.asarray, args)

    @jax.custom_vjp
    def rule(W: Any, b: Any) -> Any:
        return jax_loss(W, b, X, Y)

    def backward(saved: Any, up: Any) -> Any:
        W, b = saved
        delta = (jax.nn.softmax(X @ W + b) - Y) / len(X)
        return up * (X.T @ delta), up * delta.sum(0)

    rule.defvjp(lambda W, b: (rule(W, b), (W, b)), backward)
    return lambda: check_grads(rule, (W, b), order=1, modes=["rev"])


def by_three_lines(args: Args) -> Check:
    import jax

    def check() -> None:
        with jax.enable_x64(True):
            truth = jax.grad(jax_loss, (0, 1))(*args)
        for hand, true in zip(gradient(*args), truth, strict=True):
            np.testing.assert_allclose(hand, true)

    return check


def by_autograd(args: Args) -> Check:
    import autograd.numpy as anp
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    _, _, X, Y = args

    @primitive
    def rule(W: Any, b: Any) -> Any:
        return loss(W, b, X, Y)

    defvjp(rule, *(lambda _, W, b, k=k: lambda up: up * gradient(W, b, X, Y)[k] for k in range(2)))
    return lambda: check_grads(lambda W, b: anp.sum(rule(W, b)), modes=["rev"], order=1)(*args[:2])


def by_scipy(args: Args) -> Check:
    from scipy.optimize import check_grad

    W, b, X, Y = args

    def unpacked(flat: Any) -> Any:
        return flat[: W.size].reshape(W.shape), flat[W.size :]

    def check() -> None:
        point = np.concatenate([W.ravel(), b])
        error = check_grad(
            lambda flat: loss(*unpacked(flat), X, Y),
            lambda flat: np.concatenate([g.ravel() for g in gradient(*unpacked(flat), X, Y)]),
            point,
        )
        np.testing.assert_array_less(error, 1e-4)

    return check


CHECKS: dict[str, Callable[[Args], Check]] = {
    "autocheck": by_autocheck,
    "torch slow": by_torch(False),
    "torch fast": by_torch(True),
    "jax check_grads": by_jax,
    "HIPS autograd": by_autograd,
    "scipy": by_scipy,
    "three lines": by_three_lines,
}


# --- one cell, in a process of its own ----------------------------------------------------------------------------------


def measured(checker: str, size: float) -> dict[str, Any]:
    """Times in seconds, memory in bytes; of autocheck also how it judged."""
    args = arguments(size)
    held = sum(a.nbytes for a in args)
    started = time.perf_counter()
    check = CHECKS[checker](args)
    before = peak_memory()
    result = check()
    first = time.perf_counter() - started
    memory = (peak_memory() - before) / held
    again = quickest(check, first)
    found: dict[str, Any] = {"first": first, "again": again, "memory": memory, "one": one_value_and_grad(args)}
    if checker == "autocheck":
        found["mode"] = result.mode
    return found


def quickest(check: Check, last: float) -> float:
    times, started = [], time.perf_counter()
    while len(times) < REPEATS and time.perf_counter() - started < max(SECONDS_OF_REPEATS, last):
        begun = time.perf_counter()
        check()
        times.append(time.perf_counter() - begun)
    return min(times, default=last)


def one_value_and_grad(args: Args) -> float:
    """One jitted `jax.value_and_grad` of the same function."""
    import jax

    with jax.enable_x64(True):
        given = tuple(map(jax.numpy.asarray, args))
        compiled = jax.jit(jax.value_and_grad(jax_loss, (0, 1)))
        jax.block_until_ready(compiled(*given))
        return quickest(lambda: jax.block_until_ready(compiled(*given)), 0.0)


def peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if sys.platform == "linux" else 1)


def in_a_process(code: list[str], limit: float) -> tuple[str, float]:
    """(what it printed, seconds from its start to its end); nothing if it failed or took longer than the limit."""
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    started = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, *code], capture_output=True, text=True, timeout=limit, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return "", limit
    if done.returncode:
        print(done.stderr.splitlines()[-1:] or "failed without a word", file=sys.stderr)
    return done.stdout if done.returncode == 0 else "", time.perf_counter() - started


SMALL = """
import sys
{}
import numpy as np, autocheck
x = np.array([0.3, -1.2, 2.0])
autocheck.assert_gradient(lambda x: np.sum(np.tanh(x) ** 2), lambda x: 2 * np.tanh(x) * (1 - np.tanh(x) ** 2), x)
"""
COLD = {"with JAX": SMALL.format(""), "without JAX": SMALL.format("sys.modules['jax'] = None  # as if not installed")}
EXACT = """
import time
import numpy as np, autocheck
x = np.random.default_rng(0).normal(size=1000)
f, g = lambda x: np.sum(np.tanh(x) ** 2), lambda x: 2 * np.tanh(x) * (1 - np.tanh(x) ** 2)
autocheck.assert_gradient(f, g, x[:2])
started = time.perf_counter()
report = autocheck.assert_gradient(f, g, x, budget=1e3)
assert report.mode == "exact, element by element"
print(time.perf_counter() - started)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="1e2,1e4,1e5,1e6,1e7", help="numbers of parameters (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=120, help="seconds for one cell (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--cell", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.cell:
        print(json.dumps(measured(given.cell[0], float(given.cell[1]))))
        return 0
    sizes = [float(size) for size in given.sizes.split(",")]
    if unknown := [size for size in sizes if size not in SHAPES]:
        parser.error(f"no shapes for {unknown}; known: {', '.join(f'{s:g}' for s in SHAPES)}")
    print(machine.text(), end="\n\n")
    cells = {}
    for size in sizes:
        print(
            f"{size:.0e} parameters {'first':>12} {'again':>10} {'memory':>8}   (multiples of value_and_grad, of the arguments)"
        )
        for checker in CHECKS:
            printed, _ = in_a_process([__file__, "--cell", checker, str(size)], given.limit)
            cells[f"{checker} {size:g}"] = cell = json.loads(printed) if printed else None
            print(line(checker, cell, given.limit), flush=True)
    for name, code in COLD.items():
        seconds = min(in_a_process(["-c", code], given.limit)[1] for _ in range(5))
        cells[f"cold {name}"] = {"seconds": seconds}
        print(f"one small check, {name}, from the start of the process to its end: {seconds:.2f} s")
    printed, _ = in_a_process(["-c", EXACT], given.limit)
    cells["exact, 1000 elements"] = {"seconds": float(printed or "nan")}
    print(
        f"exact, element by element: {float(printed or 'nan'):.1f} s per thousand elements of a chain of ufuncs on 1,000 numbers"
    )
    if given.json:
        given.json.write_text(json.dumps({"machine": machine.facts(), "cells": cells}, indent=2))
    return 0


def line(checker: str, cell: dict[str, Any] | None, limit: float) -> str:
    if cell is None:
        return f"  {checker:<16} {'over the limit of':>17} {limit:g} s, or out of memory"
    one = cell["one"]
    text = f"  {checker:<16} {cell['first'] / one:12.0f} {cell['again'] / one:10.1f} {cell['memory']:8.1f}"
    return text + (f"   {cell['mode']}, {cell['again']:.2f} s" if "mode" in cell else "")


if __name__ == "__main__":
    raise SystemExit(main())
