"""How many digits a derivative keeps: derived by hand, and by the automatic differentiation of JAX and PyTorch.

    python benchmarks/rounding_curves.py [--json PATH] [--plot PATH]

For every elementwise activation of handgrad the error of its float64 derivative against its exact value, over z from -100 to 100
on logarithmic scales: in ulp of the value, and absolute. In the tails an automatic derivative may lose every digit (1 - a² and
a (1 - a) cancel there) while its absolute error stays tiny; both columns are worth reading. Built-in functions of each library are
differentiated, as their users would write them. PyTorch is left out if not installed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import machine
import numpy as np

from autocheck.accuracy import accuracy, dense_line, error_of
from autocheck.catalog import textbook_activation
from handgrad.activations import ACTIVATIONS, Activation

Array = np.ndarray[Any, Any]
SMALLEST, LARGEST = 1e-3, 100.0
COLOURS = {"handgrad": "#0072B2", "JAX": "#D55E00", "PyTorch": "#009E73"}


def torch_functions() -> dict[str, Callable[[Any], Any]]:
    """PyTorch's own functions, by handgrad's names."""
    import torch
    from torch.nn import functional

    return {
        "identity": lambda z: z * 1.0,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": functional.relu,
        "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
        "elu": functional.elu,
        "selu": functional.selu,
        "softplus": functional.softplus,
        "softsign": functional.softsign,
        "silu": functional.silu,
        "mish": functional.mish,
        "gelu": functional.gelu,
        "gelu_tanh": lambda z: functional.gelu(z, approximate="tanh"),
        "hard_sigmoid": functional.hardsigmoid,
        "hard_tanh": functional.hardtanh,
        "exponential": torch.exp,
    }


def by_jax(activation: Activation, z: Array) -> Array:
    with jax.enable_x64(True):
        return np.asarray(jax.vmap(jax.grad(textbook_activation(activation)))(z))


def by_torch(activation: Activation, z: Array) -> Array:
    import torch

    point = torch.tensor(z, requires_grad=True)
    (slopes,) = torch.autograd.grad(torch_functions()[activation.family](point).sum(), point)
    return slopes.numpy()


def measured() -> dict[str, dict[str, dict[str, list[float]]]]:
    """activation -> library -> {"ulp": at each z, "error": at each z}; what overflows counts as lost."""
    line = dense_line("float64")
    z = line[(np.abs(line) > SMALLEST) & (np.abs(line) < LARGEST)]
    peers = {"JAX": by_jax, "PyTorch": by_torch}
    if machine.facts()["versions"]["torch"] == "not installed":
        del peers["PyTorch"]
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for activation in ACTIVATIONS:
        if activation.h_prime is None:
            continue
        hand = accuracy(activation.h_prime, z)
        lines = {"handgrad": (hand.error, hand.ulp)}
        lines |= {name: error_of(slopes(activation, z), activation.h_prime, z) for name, slopes in peers.items()}
        found[activation.name] = {k: {"error": e.tolist(), "ulp": u.tolist()} for k, (e, u) in lines.items()}
    return {"z": {"z": {"z": z.tolist()}}, **found}


def table(found: dict[str, Any]) -> str:
    names = [n for n in found if n != "z"]
    libraries = list(found[names[0]])
    head = f"{'':<16}" + "".join(f"{name + ', ulp':>16}" for name in libraries)
    head += "".join(f"{name + ', abs.':>16}" for name in libraries)
    lines = ["the largest error of each derivative", head]
    for name in names:
        cells = [max(found[name][k][kind]) for kind in ("ulp", "error") for k in libraries]
        lines.append(f"{name:<16}" + "".join(f"{cell:>16.2g}" for cell in cells))
    return "\n".join(lines)


def plot(found: dict[str, Any], path: Path) -> None:
    """Error in ulp against z, one small picture for each activation."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    z, names = np.array(found["z"]["z"]["z"]), [n for n in found if n != "z"]
    figure, axes = plt.subplots(
        -(-len(names) // 4), 4, figsize=(14, 11), sharex=True, sharey=True, layout="constrained"
    )
    for ax, name in zip(axes.flat, names, strict=False):
        for k, line in reversed(found[name].items()):
            ax.semilogy(z, np.maximum(line["ulp"], 1e-2), color=COLOURS[k], label=k, linewidth=1.2)
        ax.set_xscale("symlog", linthresh=1)
        ax.set_xticks([-100, -10, -1, 0, 1, 10, 100], ["−100", "−10", "−1", "0", "1", "10", "100"])
        ax.set_ylim(1e-2, 1e17)
        ax.set_title(name, fontsize=10)
        ax.grid(alpha=0.3)
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    figure.supxlabel("z")
    figure.supylabel("error of the derivative, ulp of its value (float64)")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside upper right", ncols=3)
    figure.savefig(path, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write all curves there as well")
    parser.add_argument("--plot", type=Path, help="draw them there (needs matplotlib)")
    options = parser.parse_args()
    print(machine.text())
    found = measured()
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine.facts(), "curves": found}) + "\n")
    if options.plot:
        plot(found, options.plot)


if __name__ == "__main__":
    main()
