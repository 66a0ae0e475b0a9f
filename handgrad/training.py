"""Stochastic gradient descent with momentum, on gradients that were derived by hand.

    v <- momentum v - learning_rate ∂J/∂θ        θ <- θ + v        for each minibatch

The order of the examples in an epoch depends on the seed and on the epoch's number alone. So a run that was saved and
taken up again goes exactly the way of one that was never interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from handgrad.network import Gradients, Network, Parameters, Workspace, loss_and_gradients
from handgrad.shapes import Array, ShapeError, as_array

FORMAT = "handgrad training 1"


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """All that a run has come to: enough to use the network, and to go on from here."""

    network: str  # in words, as str(network) has it
    parameters: Parameters
    velocity: Parameters
    seed: int
    losses: tuple[float, ...]  # one for each epoch: J, averaged over its minibatches

    def __post_init__(self) -> None:
        for letter in "Wb":
            theta, v = getattr(self.parameters, letter), getattr(self.velocity, letter)
            if [(p.shape, p.dtype) for p in theta] != [(p.shape, p.dtype) for p in v]:
                raise ShapeError(f"History: velocity.{letter} needs the shapes and the dtype of parameters.{letter}.")

    @property
    def epoch(self) -> int:
        """How many epochs lie behind."""
        return len(self.losses)


def train(
    network: Network,
    start: Parameters | History,
    X: Array,
    Y: Array,
    *,
    epochs: int = 20,
    batch_size: int = 32,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    seed: int | None = None,
    save_to: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> History:
    """Train until `epochs` epochs lie behind, those of a History that is taken up again included.

    `save_to` is written after every epoch. `progress` shows a bar (needs rich); by default only on a terminal.
    Raises: as `descent` and `save`.
    """
    if epochs != int(epochs) or epochs < 0:
        raise ValueError(f"train: epochs is {epochs}, needs a whole number from 0 up.")
    history = _begin(network, start, seed)
    run = descent(network, history, X, Y, batch_size=batch_size, learning_rate=learning_rate, momentum=momentum)
    with _bar(progress, history.epoch, epochs) as advance:
        while history.epoch < epochs:
            history = next(run)
            if save_to is not None:
                save(save_to, history)
            advance(history)
    return history


def descent(
    network: Network,
    start: Parameters | History,
    X: Array,
    Y: Array,
    *,
    batch_size: int = 32,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    seed: int | None = None,
) -> Iterator[History]:
    """Yield a History after each epoch, for as long as you ask.

    `start` is where to begin: fresh Parameters, or a History, which brings its own seed.
    Raises: ValueError for settings or data that make no sense, FloatingPointError where the run diverges.
    """
    history = _begin(network, start, seed)
    X, Y = _examples(network, history, X, Y)
    if batch_size != int(batch_size) or batch_size < 1:
        raise ValueError(f"train: batch_size is {batch_size}, needs a whole number from 1 up.")
    if not (np.isfinite(learning_rate) and learning_rate > 0 and 0 <= momentum < 1):
        came = f"train: learning_rate is {learning_rate} and momentum {momentum}"
        raise ValueError(f"{came}, needs a finite learning_rate above 0 and a momentum in [0, 1).")
    workspace = Workspace.for_batch(history.parameters, min(batch_size, len(X)))
    while True:
        history = _epoch(network, history, X, Y, int(batch_size), learning_rate, momentum, workspace)
        yield history


def step(
    parameters: Parameters, velocity: Parameters, gradients: Gradients, learning_rate: float, momentum: float
) -> tuple[Parameters, Parameters]:
    """One step downhill: the new parameters and the new velocity. Nothing is changed in place."""

    def accelerate(v: tuple[Array, ...], gradient: tuple[Array, ...]) -> tuple[Array, ...]:
        return tuple(momentum * v_L - learning_rate * g_L for v_L, g_L in zip(v, gradient, strict=True))

    def move(theta: tuple[Array, ...], v: tuple[Array, ...]) -> tuple[Array, ...]:
        return tuple(theta_L + v_L for theta_L, v_L in zip(theta, v, strict=True))

    velocity = Parameters(accelerate(velocity.W, gradients.W), accelerate(velocity.b, gradients.b))
    return Parameters(move(parameters.W, velocity.W), move(parameters.b, velocity.b)), velocity


def _epoch(
    network: Network,
    history: History,
    X: Array,
    Y: Array,
    batch_size: int,
    learning_rate: float,
    momentum: float,
    workspace: Workspace,
) -> History:
    parameters, velocity, losses = history.parameters, history.velocity, []
    order = np.random.default_rng([history.seed, history.epoch]).permutation(len(X))
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is told once, below
        for first in range(0, len(X), batch_size):
            x, y = X[order[first : first + batch_size]], Y[order[first : first + batch_size]]
            J, gradients = loss_and_gradients(network, parameters, x, y, workspace=workspace)
            losses.append(float(J))
            try:
                parameters, velocity = step(parameters, velocity, gradients, learning_rate, momentum)
            except ValueError as error:
                came = f"train: the run diverges in epoch {history.epoch}, J = {losses[-1]:g} ({error})"
                raise FloatingPointError(f"{came} Try a smaller learning_rate than {learning_rate}.") from None
    return History(history.network, parameters, velocity, history.seed, (*history.losses, float(np.mean(losses))))


def _begin(network: Network, start: Parameters | History, seed: int | None) -> History:
    if isinstance(start, Parameters):
        still = Parameters(tuple(map(np.zeros_like, start.W)), tuple(map(np.zeros_like, start.b)))
        return History(str(network), start, still, 0 if seed is None else int(seed), ())
    if start.network != str(network):
        raise ValueError(f"train: the history is of the network {start.network!r}, needs {str(network)!r}.")
    if seed is not None and seed != start.seed:
        raise ValueError(
            f"train: seed is {seed}, the history began with {start.seed}. Leave seed out to go on with it."
        )
    return start


def _examples(network: Network, history: History, X: Array, Y: Array) -> tuple[Array, Array]:
    """The whole data set looked at once, before the first epoch, so that no bad example turns up in the middle."""
    dtype = history.parameters.W[0].dtype
    X, Y = as_array("train", "X", X, dtype), as_array("train", "Y", Y, dtype)
    if len(np.shape(X)) != 2 or len(X) != len(Y) or len(X) == 0:
        raise ShapeError(
            f"train: X has shape {X.shape} and Y {Y.shape}, needs (m, n_in) and (m, n_out), one m above 0."
        )
    network.loss.targets.check(Y)
    return X, Y


def save(path: str | os.PathLike[str], history: History) -> None:
    """Write a History as .npz without pickle: the whole file or none of it.

    Raises: OSError if the place can't be written to; a file that was there before is then untouched.
    """
    arrays: dict[str, Any] = {"format": FORMAT, "network": history.network, "seed": history.seed}
    arrays["losses"] = np.array(history.losses, np.float64)
    for noun, theta in (("parameters", history.parameters), ("velocity", history.velocity)):
        for L, (W, b) in enumerate(zip(theta.W, theta.b, strict=True)):
            arrays |= {f"{noun}_W{L}": W, f"{noun}_b{L}": b}
    target = os.path.abspath(path)
    unfinished = None
    try:
        descriptor, unfinished = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".", suffix=".unfinished")
        with open(descriptor, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except OSError as error:
        raise type(error)(f"save: can't write {target}: {error.strerror}. Nothing there was changed.") from None
    finally:
        if unfinished is not None:
            with contextlib.suppress(FileNotFoundError):
                os.remove(unfinished)


def load(path: str | os.PathLike[str]) -> History:
    """Read what `save` has written.

    Raises: OSError if the file can't be read, ValueError if it isn't one of ours or was damaged.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            if str(arrays["format"]) != FORMAT:
                raise ValueError(f"its format is {str(arrays['format'])!r}")
            layers = sum(name.startswith("parameters_W") for name in arrays.files)
            parameters, velocity = (
                Parameters(*(tuple(arrays[f"{noun}_{letter}{L}"] for L in range(layers)) for letter in "Wb"))
                for noun in ("parameters", "velocity")
            )
            losses = tuple(float(J) for J in arrays["losses"])
            return History(str(arrays["network"]), parameters, velocity, int(arrays["seed"]), losses)
    except OSError as error:
        raise type(error)(f"load: can't read {path}: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        came = f"load: {path} is not a training file of handgrad, or was damaged ({error})"
        raise ValueError(f"{came}. It needs to come from handgrad.save.") from None


@contextlib.contextmanager
def _bar(wanted: bool | None, done: int, total: int) -> Iterator[Callable[[History], None]]:
    """A function to call after each epoch. It draws a bar on standard error, or does nothing at all."""
    if not (wanted or (wanted is None and sys.stderr is not None and sys.stderr.isatty())):
        yield lambda history: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        yield lambda history: None
        return
    columns = (TextColumn("epoch"), BarColumn(), MofNCompleteColumn(), TextColumn("J = {task.fields[J]}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("epochs", total=total, completed=done, J="…")
        yield lambda history: bar.update(task, completed=history.epoch, J=f"{history.losses[-1]:.4g}")
