"""How long one forward and backward pass takes: handgrad, the bare matrix products, jitted JAX, PyTorch.

    python benchmarks/network_speed.py [--json PATH] [--rounds N]

A 784-256-128-10 network, batch of 128, softmax and categorical cross-entropy on top: the loss and its gradient with
respect to every weight and bias. All contenders get the same numbers and their gradients are compared first. They take
turns in short blocks: each block starts with a pause and a few passes that are not counted, since the threads of the
contender before it go on spinning for a while and would slow this one down. PyTorch is left out if not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import machine
import numpy as np

from handgrad.network import Network, Parameters, Workspace, initial_parameters, loss_and_gradients

SIZES, BATCH = (784, 256, 128, 10), 128
WARM_UP, REPEATS, PAUSE = 5, 20, 0.02
Pass = Callable[[], Any]


def handgrad_pass(hidden: str, parameters: Parameters, X: Any, Y: Any, *, reuse: bool) -> Pass:
    network = Network.named(hidden, hidden, "softmax", loss="categorical_cross_entropy")
    workspace = Workspace.for_batch(parameters, len(X)) if reuse else None

    def run() -> Any:
        J, gradients = loss_and_gradients(network, parameters, X, Y, workspace=workspace)
        return J, gradients.W, gradients.b

    return run


def bare_products(parameters: Parameters, X: Any, rng: np.random.Generator) -> Pass:
    """The eight matrix products that no implementation can do without, into memory that is there already."""
    W, dtype = parameters.W, X.dtype
    a = [X, *(rng.random((len(X), n)).astype(dtype) for n in SIZES[1:-1])]
    delta = [rng.normal(size=(len(X), n)).astype(dtype) for n in SIZES[1:]]
    up = [(a[L], W[L], np.empty_like(delta[L])) for L in range(3)]
    down = [(delta[L], W[L].T, np.empty_like(a[L])) for L in (2, 1)]
    weights = [(a[L].T, delta[L], np.empty_like(W[L])) for L in (2, 1, 0)]

    def run() -> None:
        for left, right, out in (*up, *down, *weights):
            np.matmul(left, right, out=out)

    return run


def jax_pass(hidden: str, parameters: Parameters, X: Any, Y: Any) -> Pass:
    h = {"relu": jax.nn.relu, "tanh": jnp.tanh}[hidden]

    def J(theta: Any, X: Any, Y: Any) -> Any:
        for W, b in theta[:-1]:
            X = h(X @ W + b)
        W, b = theta[-1]
        return -jnp.mean(jnp.sum(Y * jax.nn.log_softmax(X @ W + b), axis=-1))

    value_and_grad = jax.jit(jax.value_and_grad(J))
    theta, X, Y = jax.tree.map(jnp.asarray, (list(zip(parameters.W, parameters.b, strict=True)), X, Y))

    def run() -> Any:
        value, gradients = jax.block_until_ready(value_and_grad(theta, X, Y))
        return value, *zip(*gradients, strict=True)

    return run


def torch_pass(hidden: str, parameters: Parameters, X: Any, Y: Any) -> Pass | None:
    try:
        import torch
    except ImportError:
        return None
    h = {"relu": torch.relu, "tanh": torch.tanh}[hidden]
    W, b = ([torch.tensor(v, requires_grad=True) for v in vs] for vs in (parameters.W, parameters.b))
    X, Y = torch.tensor(X), torch.tensor(Y)

    def run() -> Any:
        a = X
        for L in range(2):
            a = h(torch.addmm(b[L], a, W[L]))
        J = torch.nn.functional.cross_entropy(torch.addmm(b[2], a, W[2]), Y)
        gradients = torch.autograd.grad(J, W + b)
        return J.detach(), gradients[:3], gradients[3:]

    return run


def contenders(hidden: str, dtype: Any) -> dict[str, Pass]:
    rng = np.random.default_rng(0)
    parameters = initial_parameters(SIZES, seed=0, dtype=dtype)
    X, Y = rng.random((BATCH, SIZES[0])).astype(dtype), np.eye(SIZES[-1], dtype=dtype)[rng.integers(0, 10, BATCH)]
    passes = {
        "handgrad": handgrad_pass(hidden, parameters, X, Y, reuse=True),
        "handgrad, no workspace": handgrad_pass(hidden, parameters, X, Y, reuse=False),
        "jitted JAX": jax_pass(hidden, parameters, X, Y),
        "PyTorch eager": torch_pass(hidden, parameters, X, Y),
    }
    present = {name: run for name, run in passes.items() if run is not None}
    compare(present, 1e-4 if dtype == np.float32 else 1e-12)
    return {"bare matrix products": bare_products(parameters, X, rng), **present}


def compare(passes: dict[str, Pass], tolerance: float) -> None:
    """The same work, or no race: loss and gradients of all contenders are those of the first."""
    J, W, b = passes["handgrad"]()
    ours = [np.array(v) for v in (J, *W, *b)]
    for name, run in passes.items():
        J, W, b = run()
        for mine, theirs in zip(ours, (J, *W, *b), strict=True):
            worst = np.max(np.abs(mine - np.asarray(theirs))) / np.max(np.abs(mine))
            assert worst < tolerance, f"{name} computes something else: off by {worst:.1e}"


def race(passes: dict[str, Pass], rounds: int) -> dict[str, dict[str, float]]:
    seconds: dict[str, list[float]] = {name: [] for name in passes}
    for _ in range(rounds):
        for name in random.sample(list(passes), len(passes)):
            time.sleep(PAUSE)
            for count in range(WARM_UP + REPEATS):
                start = time.perf_counter()
                passes[name]()
                if count >= WARM_UP:
                    seconds[name].append(time.perf_counter() - start)
    return {
        name: {"median_us": statistics.median(times) * 1e6, "min_us": min(times) * 1e6}
        for name, times in seconds.items()
    }


def table(case: str, figures: dict[str, dict[str, float]]) -> str:
    ours, bare = figures["handgrad"]["median_us"], figures["bare matrix products"]["median_us"]
    lines = [f"\n{case}", f"  {'':<24}{'median µs':>10}{'min µs':>10}{'handgrad takes':>16}"]
    for name, figure in figures.items():
        ratio = f"{ours / figure['median_us']:.2f} of it"
        lines.append(f"  {name:<24}{figure['median_us']:>10.0f}{figure['min_us']:>10.0f}{ratio:>16}")
    return "\n".join([*lines, f"  share of handgrad's time in the bare matrix products: {bare / ours:.0%}"])


def start_afresh_without(*names: str) -> None:
    """A BLAS kernel that was forced from outside is not this machine's own, and it was chosen when NumPy came in."""
    if any(name in os.environ for name in names):
        kept = {name: value for name, value in os.environ.items() if name not in names}
        os.execve(sys.executable, [sys.executable, *sys.argv], kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="blocks of 20 passes for each contender (default: 20)")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    start_afresh_without("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    jax.config.update("jax_enable_x64", True)  # float32 arrays stay float32
    print(machine.text())
    results = {}
    for hidden in ("relu", "tanh"):
        for dtype in (np.float32, np.float64):
            case = f"{'-'.join(map(str, SIZES))}, {hidden}, batch {BATCH}, {np.dtype(dtype)}"
            results[case] = race(contenders(hidden, dtype), options.rounds)
            print(table(case, results[case]), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine.facts(), "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
