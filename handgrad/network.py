"""A feed-forward network: the five equations, layer after layer, in any of the three notations.

    X -> forward -> Trace -> mean_loss -> J
                    Trace -> backward  -> Gradients, with the very skeleton of Parameters

    J = (1/m) Σ loss(a^H, y) + (l2/2) Σ W²        the mean over m examples; the penalty spares the biases

Layers count from 0 and end at H, as in the lecture. Nothing is remembered between two calls.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from handgrad import activations, losses
from handgrad.activations import Activation
from handgrad.equations import NOTATIONS, Notation
from handgrad.losses import Loss
from handgrad.pairings import Pairing, pairing
from handgrad.shapes import Array, ShapeError, as_array, require


@dataclass(frozen=True, slots=True)
class Network:
    """What is computed, without its numbers: an activation for every layer, the loss on top, the L2 penalty."""

    activations: tuple[Activation, ...]
    loss: Loss
    l2: float = 0.0
    pairing: Pairing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "activations", tuple(self.activations))
        if not self.activations or not all(isinstance(a, Activation) for a in self.activations):
            raise ValueError("Network: activations needs one record per layer, at least one. For names: Network.named.")
        if not (np.isfinite(self.l2) and self.l2 >= 0):
            raise ValueError(f"Network: l2 is {self.l2}, needs a finite number, 0 or more.")
        object.__setattr__(self, "pairing", pairing(self.loss, self.activations[-1]))

    @staticmethod
    def named(*names: str, loss: str, l2: float = 0.0) -> Network:
        """Network.named("tanh", "softmax", loss="categorical_cross_entropy"): one activation per layer."""
        return Network(tuple(activations.get(name) for name in names), losses.get(loss), l2)

    def __str__(self) -> str:
        return f"{' -> '.join(a.name for a in self.activations)}, {self.loss.name}, l2={self.l2:g}"


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """W[L] (n_in, n_out) and b[L] (n_out,) of every layer, all of one dtype. Lists become arrays, integers float64."""

    W: tuple[Array, ...]
    b: tuple[Array, ...]

    def __post_init__(self) -> None:
        if not len(self.W) == len(self.b) > 0:
            raise ShapeError(f"Parameters: {len(self.W)} W and {len(self.b)} b, needs one of each per layer.")
        W = tuple(as_array("Parameters", f"W[{L}]", w) for L, w in enumerate(self.W))
        b = tuple(as_array("Parameters", f"b[{L}]", v, W[0].dtype) for L, v in enumerate(self.b))
        layers = [f"W[{L}] (n_{L}, n_{L + 1}), b[{L}] (n_{L + 1})" for L in range(len(W))]
        require(f"Parameters: {', '.join(layers)}", *(array for layer in zip(W, b, strict=True) for array in layer))
        if len({w.dtype for w in W}) > 1:
            raise ValueError(f"Parameters: W have dtypes {', '.join(str(w.dtype) for w in W)}, needs one for all.")
        object.__setattr__(self, "W", W)
        object.__setattr__(self, "b", b)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What the forward pass leaves behind: x (m, n_0), and z[L], a[L] (m, n_out) of every layer."""

    x: Array
    z: tuple[Array, ...]
    a: tuple[Array, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """∂J/∂W[L], ∂J/∂b[L] shaped as the parameters, and ∂J/∂x shaped as the batch (None where not asked for)."""

    W: tuple[Array, ...]
    b: tuple[Array, ...]
    x: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """Memory for batches of at most `rows` examples. The next pass through it overwrites its Trace and Gradients."""

    rows: int
    z: tuple[Array, ...]
    delta: tuple[Array, ...]
    W: tuple[Array, ...]
    b: tuple[Array, ...]

    @staticmethod
    def for_batch(parameters: Parameters, rows: int) -> Workspace:
        """Memory that fits these parameters and up to `rows` examples."""
        W, b = parameters.W, parameters.b
        z, delta = (tuple(np.empty((rows, len(v)), v.dtype) for v in b) for _ in range(2))
        return Workspace(rows, z, delta, tuple(map(np.empty_like, W)), tuple(map(np.empty_like, b)))


def initial_parameters(sizes: Sequence[int], seed: int = 0, dtype: Any = np.float64) -> Parameters:
    """For sizes (n_0, n_1, ...): weights drawn from a normal distribution of variance 1/n_in, biases 0."""
    if len(sizes) < 2 or any(n != int(n) or n < 1 for n in sizes):
        raise ShapeError(f"initial_parameters: sizes are {tuple(sizes)}, needs two or more whole numbers from 1 up.")
    rng = np.random.default_rng(seed)
    W = (rng.normal(scale=n_in**-0.5, size=(n_in, n_out)) for n_in, n_out in pairwise(sizes))
    return Parameters(tuple(w.astype(dtype) for w in W), tuple(np.zeros(n, dtype) for n in sizes[1:]))


def forward(
    network: Network,
    parameters: Parameters,
    X: Array,
    notation: str | Notation = "batched",
    *,
    workspace: Workspace | None = None,
) -> Trace:
    """Eqn 1 and 2 from the lowest layer to the output layer. `notation` is a name, or equations of your own: see `Notation`.

    Shapes: X (m, n_0) -> Trace
    Raises: ShapeError, or ValueError for numbers that are not finite, a foreign dtype, an unknown notation.
    """
    equations = _equations("forward", notation)
    X = _inputs("forward", network, parameters, X, equations, workspace)
    if equations.batched:
        return _up(network, parameters, equations, X, workspace)
    each = [_up(network, parameters, equations, x) for x in X]
    z, a = (tuple(map(np.stack, zip(*layers, strict=True))) for layers in ((t.z for t in each), (t.a for t in each)))
    return Trace(X, z, a)


def mean_loss(network: Network, parameters: Parameters, trace: Trace, Y: Array) -> Any:
    """J of a forward pass: the mean over the examples, and the penalty.

    Shapes: Y (m, n_H) -> ()
    Raises: ShapeError, or ValueError for targets that the loss does not accept.
    """
    losses = network.pairing.value(trace.z[-1], _targets("loss", network, trace, Y))
    return _mean_loss(network, parameters, losses)


def loss(network: Network, parameters: Parameters, X: Array, Y: Array, notation: str | Notation = "batched") -> Any:
    """J(parameters, X): forward, then mean_loss.

    Shapes: X (m, n_0), Y (m, n_H) -> ()
    Raises: as forward and mean_loss.
    """
    return mean_loss(network, parameters, forward(network, parameters, X, notation), Y)


def backward(
    network: Network,
    parameters: Parameters,
    trace: Trace,
    Y: Array,
    notation: str | Notation = "batched",
    *,
    with_x: bool = True,
    workspace: Workspace | None = None,
) -> Gradients:
    """Eqn 3, 4 and 5 from the output layer down: the gradients of J, its penalty included, and ∂J/∂x if asked for.

    Shapes: Y (m, n_H) -> Gradients
    Raises: ShapeError, or ValueError for targets that the loss does not accept, an unknown notation.
    """
    equations = _equations("backward", notation)
    _inputs("backward", network, parameters, trace.x, equations, workspace)
    Y = _targets("backward", network, trace, Y)

    def down(trace: Trace, y: Array) -> Gradients:
        delta = equations.delta_output(network.pairing, trace.z[-1], y)
        return _down(network, parameters, equations, trace, delta, with_x, workspace)

    if equations.batched:
        gradients = down(trace, Y)
    else:
        each = (Trace(trace.x[i], tuple(z[i] for z in trace.z), tuple(a[i] for a in trace.a)) for i in range(len(Y)))
        gradients = _mean([down(example, y) for example, y in zip(each, Y, strict=True)])
    return _of_mean_loss(network, parameters, gradients, workspace)


def loss_and_gradients(
    network: Network,
    parameters: Parameters,
    X: Array,
    Y: Array,
    *,
    with_x: bool = False,
    workspace: Workspace | None = None,
) -> tuple[Any, Gradients]:
    """J and its gradients, batched, in one go: what training needs. The output a^H itself is never computed.

    Shapes: X (m, n_0), Y (m, n_H) -> J, Gradients
    Raises: as forward and backward.
    """
    equations = Notation.named("batched")
    X = _inputs("loss_and_gradients", network, parameters, X, equations, workspace)
    trace = _up(network, parameters, equations, X, workspace, top=False)
    Y = _targets("loss_and_gradients", network, trace, Y)
    losses, delta = network.pairing.value_and_delta(trace.z[-1], Y)
    gradients = _down(network, parameters, equations, trace, delta, with_x, workspace)
    return _mean_loss(network, parameters, losses), _of_mean_loss(network, parameters, gradients, workspace)


def _up(
    network: Network,
    parameters: Parameters,
    equations: Notation,
    x: Array,
    workspace: Workspace | None = None,
    top: bool = True,
) -> Trace:
    """Through the layers with one example, or with one batch, as the notation has it."""
    H = len(network.activations) - 1
    z: list[Array] = []
    a: list[Array] = []
    for L in range(H + 1):
        a_prev = a[L - 1] if L > 0 else x
        out = _memory(workspace, "z", L, len(x))
        z.append(equations.pre_activation(parameters.W[L], parameters.b[L], a_prev, **out))
        if L < H or top:
            a.append(equations.activate(network.activations[L], z[L]))
    return Trace(x, tuple(z), tuple(a))


def _down(
    network: Network,
    parameters: Parameters,
    equations: Notation,
    trace: Trace,
    delta: Array,
    with_x: bool,
    workspace: Workspace | None = None,
) -> Gradients:
    """And back again, from the delta of the output layer. A row of x is ∂J/∂x of its own example."""
    H = len(network.activations) - 1
    W: list[Array] = []
    b: list[Array] = []
    for L in range(H, -1, -1):
        if L < H:
            out = _memory(workspace, "delta", L, len(delta))
            delta = equations.delta(network.activations[L], trace.z[L], parameters.W[L + 1], delta, **out)
        a_prev = trace.a[L - 1] if L > 0 else trace.x
        W.append(equations.grad_W(a_prev, delta, **_memory(workspace, "W", L)))
        b.append(equations.grad_b(delta, **_memory(workspace, "b", L)))
    x = equations.grad_x(parameters.W[0], delta) if with_x else None
    return Gradients(tuple(W[::-1]), tuple(b[::-1]), x)


def _mean(each: Sequence[Gradients]) -> Gradients:
    """What Eqn 4 and 5 do for a batch, done for examples that went through one by one."""
    W, b = (
        tuple(sum(layer) / len(each) for layer in zip(*gradients, strict=True))
        for gradients in ((g.W for g in each), (g.b for g in each))
    )
    return Gradients(W, b, None if each[0].x is None else np.stack([g.x for g in each if g.x is not None]))


def _mean_loss(network: Network, parameters: Parameters, losses: Array) -> Any:
    """From the loss of each example to J."""
    J = np.mean(losses)
    return J + network.l2 / 2 * sum(np.sum(W * W) for W in parameters.W) if network.l2 else J


def _of_mean_loss(
    network: Network, parameters: Parameters, gradients: Gradients, workspace: Workspace | None
) -> Gradients:
    """From the examples' loss to J: the penalty adds l2 W, and an example's own x has a share of 1/m in the mean."""
    W = gradients.W
    if network.l2:
        out: Any = [_memory(workspace, "W", L) for L in range(len(W))]
        W = tuple(np.add(W[L], network.l2 * w, **out[L]) for L, w in enumerate(parameters.W))
    x = gradients.x
    return Gradients(W, gradients.b, None if x is None else x / len(x))


def _memory(workspace: Workspace | None, buffer: str, L: int, rows: int | None = None) -> dict[str, Array]:
    """The `out` argument of a batched equation, or none."""
    return {} if workspace is None else {"out": getattr(workspace, buffer)[L][:rows]}


def _equations(who: str, notation: str | Notation) -> Notation:
    """The functions of a notation."""
    if isinstance(notation, Notation):
        return notation
    if notation in NOTATIONS:
        return Notation.named(notation)
    close = difflib.get_close_matches(str(notation), NOTATIONS, n=1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    raise ValueError(f"{who}: unknown notation {notation!r}; {guess}Known: {', '.join(NOTATIONS)}.")


def _inputs(
    who: str, network: Network, parameters: Parameters, X: Array, equations: Notation, workspace: Workspace | None
) -> Array:
    """X as an array, once everything has been found to fit together."""
    if len(parameters.W) != len(network.activations):
        came = f"{who}: parameters have {len(parameters.W)} layers"
        raise ShapeError(f"{came}, needs {len(network.activations)}, one per activation of the network.")
    X = as_array(who, "X", X, parameters.W[0].dtype)
    require(f"{who}: W[0] (n_0, n_1), X (m, n_0)", parameters.W[0], X)
    if workspace is None:
        return X
    if not equations.batched:
        raise ValueError(f"{who}: a workspace serves batched equations only. Leave it out.")
    way_out = f"Use Workspace.for_batch(parameters, {len(X)})."
    if [(w.shape, w.dtype) for w in workspace.W] != [(w.shape, w.dtype) for w in parameters.W]:
        raise ValueError(f"{who}: the workspace was made for other parameters, needs their shapes and dtype. {way_out}")
    if workspace.rows < len(X):
        raise ValueError(f"{who}: the workspace has room for {workspace.rows} examples, needs {len(X)}. {way_out}")
    return X


def _targets(who: str, network: Network, trace: Trace, Y: Array) -> Array:
    """Y as an array that the loss accepts and that fits the trace."""
    z = trace.z[-1]
    Y = as_array(who, "Y", Y, z.dtype)
    if Y.ndim == 1:
        n_out = z.shape[-1]
        way_out = f"For class labels use np.eye({n_out})[Y]." if n_out > 1 else "Y[:, None] would fit."
        raise ShapeError(
            f"{who}: Y has shape {Y.shape}, needs (m, n_out) with n_out = {n_out} from z {z.shape}. {way_out}"
        )
    require(f"{who}: z (m, n_out), Y (m, n_out)", z, Y)
    network.loss.targets.check(Y)
    return Y
