"""handgrad's tables as claims.

Adding an activation is one record there and one line in `textbook.py`; every list below is derived.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from autocheck import samplers
from autocheck.claim import Claim
from autocheck.matrix import Case, MatrixReport, judge_all
from handgrad import activations
from handgrad.activations import ACTIVATIONS, Activation
from handgrad.choice_of_loss import NEURON_LOSSES, NeuronLoss, along
from handgrad.equations import NOTATIONS
from handgrad.information import MEASURES, UNITS, Measure
from handgrad.losses import LOSSES, Loss
from handgrad.network import Network, Parameters, backward, initial_parameters
from handgrad.network import loss as network_loss
from handgrad.pairings import PAIRINGS, REFUSED, Pairing, chain, pairing

Array = np.ndarray[Any, Any]
Facts = dict[str, str]

MOST_BY_DEFAULT = 2000
DTYPES = ("float64", "float32")
BATCHES = (4, 1)
OUTPUTS = 3
CHOSEN = {
    False: "chosen: every record, pairing, kind of targets, regime, dtype, batch size and notation occurs; --full takes "
    "their whole product",
    True: "chosen: the whole product of pairings, targets, regimes, dtypes and batch sizes",
}


def matrix(full: bool = False, seed: int = 0, progress: bool | None = None, workers: int | None = None) -> MatrixReport:
    """Judge all of handgrad: activations, losses, pairings, the five equations, networks, and real digits."""
    remake = functools.partial(cases, full, seed)
    chosen = remake()
    reports, seconds = judge_all(chosen, remake, progress, workers)
    return MatrixReport(
        tuple(reports), REFUSED, skipped(), f"{len(chosen)} claims; {CHOSEN[full]}", seed, seconds, versions()
    )


def cases(full: bool = False, seed: int = 0) -> list[Case]:
    """Every claim of the catalogue, in teaching order, not yet built."""
    return [
        *activation_cases(full, seed),
        *loss_cases(full, seed),
        *pairing_cases(full, seed),
        *information_cases(seed),
        *neuron_cases(seed),
        *equation_cases(seed),
        *network_cases(full, seed),
        *digits_cases(seed),
    ]


def skipped() -> tuple[str, ...]:
    """What can't be judged on this machine, with the way out."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        return ('the handwritten digits come with scikit-learn: pip install "handgrad[digits]"',)
    return ()


def versions() -> tuple[tuple[str, str], ...]:
    import platform
    from importlib.metadata import version

    packages = ("handgrad", "numpy", "scipy", "jax", "python-flint")
    return (("Python", platform.python_version()), *((name, version(name)) for name in packages))


def case(kind: str, facts: Facts, build: Callable[[], Claim], explore: bool = True) -> Case:
    """A case whose id is its kind and the facts that tell it from the others; the ordinary ones are pictured and explored."""
    telling = [v for k, v in facts.items() if v and k not in ("latex", "latex_delta", "source", "fused", "kind")]
    ordinary = facts.get("regime") == "ordinary" and facts.get("dtype") == "float64"
    explored = explore and (ordinary or kind == "equation")
    return Case("/".join([kind, *telling]), tuple({"kind": kind, **facts}.items()), build, ordinary, explored)


def rng_of(seed: int, *names: str) -> np.random.Generator:
    """A generator that depends on the seed and on the names, not on what was drawn before."""
    return np.random.default_rng([seed, zlib.crc32("/".join(names).encode())])


@functools.cache  # one function for one definition: JAX compiles each only once
def textbook_activation(activation: Activation) -> Callable[..., Any]:
    from autocheck import textbook

    return textbook.activation(activation.family, dict(activation.parameters))


@functools.cache
def textbook_loss(loss: Loss) -> Callable[..., Any]:
    from autocheck import textbook

    return textbook.loss(loss.family, dict(loss.parameters))


@functools.cache
def textbook_pairing(loss: Loss, activation: Activation) -> Callable[..., Any]:
    from autocheck import textbook

    return textbook.pairing(textbook_loss(loss), textbook_activation(activation))


@functools.cache
def textbook_upstream(activation: Activation) -> Callable[..., Any]:
    h = textbook_activation(activation)
    return lambda z, g: (g * h(z)).sum(-1)


@functools.cache
def textbook_network(network: Network) -> Callable[..., Any]:
    from autocheck import textbook

    layers = [textbook_activation(a) for a in network.activations]
    return textbook.mean_loss(textbook_loss(network.loss), layers, network.l2)


# --- which targets, which regimes ------------------------------------------------------------------------------------


Sampler = Callable[[int, int, np.random.Generator], Array]


def targets_for(loss: Loss) -> dict[str, Sampler]:
    """The kinds of targets that a loss accepts, by name."""
    if loss.targets.signs:
        return {"signs": samplers.signs}
    rows: dict[str, Sampler] = {
        "one-hot": samplers.one_hot,
        "soft": samplers.soft,
        "label-smoothed": samplers.label_smoothed,
    }
    if loss.targets.rows_sum_to_one:
        return rows
    if loss.targets.interval.high == 1:
        return {
            "multi-hot": samplers.multi_hot,
            "fractions": samplers.fractions,
            "label-smoothed": samplers.label_smoothed,
        }
    if loss.targets.interval.low == 0:
        counts: dict[str, Sampler] = {"counts": samplers.counts}
        return counts if loss.family == "poisson" else {**rows, "multi-hot": samplers.multi_hot}
    return {"reals": samplers.reals}


def regimes_for(*kinks: tuple[float, ...]) -> list[str]:
    return [r for r in samplers.REGIMES if r != "kinks" or any(kinks)]


def mixed(
    full: bool, regimes: list[str], targets: list[str], twice: bool = True
) -> Iterator[tuple[str, str, str, int]]:
    """(regime, targets, dtype, m): the whole product, or a walk in which every one of each occurs; ordinary points `twice`."""
    if full:
        yield from itertools.product(regimes, targets, DTYPES, BATCHES)
        return
    for i in range(max(len(regimes), len(targets))):
        yield regimes[i % len(regimes)], targets[i % len(targets)], DTYPES[i % 2], BATCHES[(i // 2) % 2]
    if twice:
        yield "ordinary", targets[-1], DTYPES[1], BATCHES[0]


def rounding_curves() -> list[Any]:
    """Error against z of every elementwise derivative: derived by hand, and by JAX's automatic differentiation."""
    import jax

    from autocheck.accuracy import accuracy, dense_line, error_of
    from autocheck.render.pictures import RoundingCurve

    z = dense_line("float64")
    z = z[(np.abs(z) > 1e-3) & (np.abs(z) < 100)][::2]
    curves = []
    for activation in ACTIVATIONS:
        if activation.h_prime is None:
            continue
        hand = accuracy(activation.h_prime, z)
        with jax.enable_x64(True):
            slopes = np.asarray(jax.vmap(jax.grad(textbook_activation(activation)))(z))
        error, ulp = error_of(slopes, activation.h_prime, z)
        lines = (z, hand.ulp, ulp, hand.error, error)
        curves.append(RoundingCurve(activation.name, *(line.tolist() for line in lines)))
    return curves


# --- the tables -------------------------------------------------------------------------------------------------------


def activation_cases(full: bool, seed: int) -> Iterator[Case]:
    """h and its product with an upstream gradient, at every regime and dtype."""
    for activation in ACTIVATIONS:
        for regime, dtype in itertools.product(regimes_for(activation.kinks), DTYPES):
            facts = {"activation": activation.name, "regime": regime, "dtype": dtype, "m": str(BATCHES[0])}
            facts |= {"latex": activation.latex, "latex_delta": activation.latex_prime, "source": activation.source}
            yield case("activation", facts, functools.partial(activation_claim, activation, regime, dtype, seed))


def activation_claim(activation: Activation, regime: str, dtype: str, seed: int) -> Claim:
    rng = rng_of(seed, activation.name, regime, dtype)
    z = samplers.logits(regime, (BATCHES[0], OUTPUTS), dtype, rng, activation.kinks)
    g: Array = (np.asarray(rng.uniform(0.5, 2, z.shape)) * rng.choice([-1, 1], z.shape)).astype(dtype)

    def upstream_times_h(z: Array, g: Array) -> Array:
        return np.sum(g * activation.h(z), axis=-1)

    reference = textbook_upstream(activation)
    return Claim(upstream_times_h, activation.pullback, (z, g), reference=reference, rows=True, seed=seed)


def loss_cases(full: bool, seed: int) -> Iterator[Case]:
    """J and ∂J/∂a for predictions anywhere in the loss's domain."""
    for loss in LOSSES:
        kinds = list(targets_for(loss))
        regimes = ["ordinary", "saturated", "tiny", *(["kinks"] if loss.kinks else [])]
        for regime, targets, dtype in itertools.product(regimes, kinds, DTYPES):
            facts = {"loss": loss.name, "targets": targets, "regime": regime, "dtype": dtype, "m": str(BATCHES[0])}
            facts |= {"latex": loss.latex, "latex_delta": loss.latex_grad, "source": loss.source}
            yield case("loss", facts, functools.partial(loss_claim, loss, regime, targets, dtype, seed))


def loss_claim(loss: Loss, regime: str, targets: str, dtype: str, seed: int) -> Claim:
    rng = rng_of(seed, loss.name, regime, targets, dtype)
    y = targets_for(loss)[targets](BATCHES[0], OUTPUTS, rng).astype(dtype)
    domain = loss.domain
    if regime == "kinks":
        a = y * y.dtype.type(loss.kinks[0]) if loss.targets.signs else y + y.dtype.type(loss.kinks[0])
    else:
        a = samplers.between(domain.low, domain.high, regime, y.shape, dtype, rng)
    return Claim(loss.per_example, loss.grad_a, (a, y), reference=textbook_loss(loss), rows=True, seed=seed)


def pairing_cases(full: bool, seed: int) -> Iterator[Case]:
    """J and the output delta of every legal pair; one that is the chain rule of its loss and activation is moved by --full only.

    Both of those are moved to other points by themselves; a fused form is moved always.
    """
    for pair in PAIRINGS:
        kinds, regimes = list(targets_for(pair.loss)), regimes_for(pair.activation.kinks, pair.loss.kinks)
        for regime, targets, dtype, m in mixed(full, regimes, kinds, twice=pair.fused):
            facts = {"loss": pair.loss.name, "activation": pair.activation.name, "targets": targets, "regime": regime}
            facts |= {"dtype": dtype, "m": str(m), "fused": "yes" if pair.fused else ""}
            facts |= {"latex": pair.loss.latex, "latex_delta": pair.latex, "source": pair.source}
            build = functools.partial(pairing_claim, pair, regime, targets, dtype, m, seed)
            yield case("pairing", facts, build, explore=full or pair.fused)


def pairing_claim(pair: Pairing, regime: str, targets: str, dtype: str, m: int, seed: int) -> Claim:
    rng = rng_of(seed, pair.name, regime, targets, dtype, str(m))
    z = samplers.logits(regime, (m, OUTPUTS), dtype, rng, pair.activation.kinks)
    y = targets_for(pair.loss)[targets](m, OUTPUTS, rng).astype(dtype)
    if regime == "kinks" and pair.loss.kinks and not pair.loss.targets.signs:
        y = np.where(rng.random(y.shape) < 0.5, pair.activation.h(z), y)  # a = y: the residual sits on its own kink
    reference = textbook_pairing(pair.loss, pair.activation)
    return Claim(pair.value, pair.delta, (z, y), reference=reference, rows=True, seed=seed)


def information_cases(seed: int) -> Iterator[Case]:
    """Entropy, cross-entropy and divergence, with respect to each distribution and to its logits."""
    for measure, unit, regime in itertools.product(MEASURES, UNITS, ("ordinary", "saturated")):
        for variable in measure.gradients:
            facts = {"measure": measure.name, "variable": variable, "unit": unit, "regime": regime, "dtype": "float64"}
            facts |= {
                "latex": measure.latex,
                "latex_delta": measure.latex_gradients[variable],
                "source": measure.source,
            }
            yield case(
                "information", facts, functools.partial(information_claim, measure, variable, unit, regime, seed)
            )


def information_claim(measure: Measure, variable: str, unit: str, regime: str, seed: int) -> Claim:
    from autocheck import textbook

    rng, (count, n) = (
        rng_of(seed, measure.name, variable, unit, regime),
        ("pq".index(variable[-1]), 1 + ("q" in measure.gradients)),
    )
    softmax, on_logits = activations.softmax().h, variable.startswith("logits")
    given = [samplers.logits(regime, (BATCHES[0], OUTPUTS), "float64", rng) for _ in range(n)]
    args = tuple(z if on_logits and i == count else softmax(z) for i, z in enumerate(given))

    def value(*args: Array) -> Array:
        return measure.value(*(softmax(x) if on_logits and i == count else x for i, x in enumerate(args)), unit=unit)

    gradient = functools.partial(measure.gradients[variable], unit=unit)
    reference = textbook.information(measure.name, unit, variable)
    return Claim(value, gradient, args, (count,), reference=reference, rows=True, seed=seed)


def neuron_cases(seed: int) -> Iterator[Case]:
    """First and second derivative of a loss on one sigmoid neuron, with respect to z and along a line in (w, b)."""
    for loss, order, regime in itertools.product(NEURON_LOSSES, (1, 2), ("ordinary", "saturated", "line")):
        facts = {"loss": loss.name, "what": ("slope", "curvature")[order - 1], "regime": regime, "dtype": "float64"}
        facts |= {"latex": loss.latex, "latex_delta": (loss.latex_slope, loss.latex_curvature)[order - 1]}
        facts |= {"source": loss.source}
        build = functools.partial(line_claim, loss, order, seed)
        if regime != "line":
            build = functools.partial(neuron_claim, loss, order, regime, seed)
        yield case("neuron", facts, build)


def neuron_claim(loss: NeuronLoss, order: int, regime: str, seed: int) -> Claim:
    from autocheck import textbook

    rng = rng_of(seed, loss.name, str(order), regime)
    z, y = samplers.logits(regime, (BATCHES[0],), "float64", rng), rng.uniform(0, 1, BATCHES[0])
    f, gradient = ((loss.value, loss.slope), (loss.slope, loss.curvature))[order - 1]
    reference = (textbook.NEURON, textbook.NEURON_SLOPES)[order - 1][loss.name]
    return Claim(f, gradient, (z, y), reference=reference, rows=True, seed=seed)


def line_claim(loss: NeuronLoss, order: int, seed: int) -> Claim:
    """As functions of t, of which `along` tells value, slope and curvature."""
    rng, s = rng_of(seed, loss.name, str(order), "line"), SIZES
    w, u, X = rng.normal(size=s["n_in"]), rng.normal(size=s["n_in"]), rng.normal(size=(s["m"], s["n_in"]))
    b, v, y = rng.normal(size=()), rng.normal(size=()), rng.integers(0, 2, s["m"]).astype(float)

    def told(which: int) -> Callable[[Array], Array]:
        return lambda t: along(loss, w, b, X, y, u, v, t)[which]

    return Claim(told(order - 1), told(order), (np.array(0.5),), seed=seed)


# --- the five equations, each fed the reference's values from upstream ------------------------------------------------

HIDDEN = ("tanh", "relu", "softmax")
TOPS = (
    ("categorical_cross_entropy", "softmax"),
    ("binary_cross_entropy", "sigmoid"),
    ("half_squared_error", "sigmoid"),
    ("half_squared_error", "identity"),
)
SIZES = {"m": 5, "n_in": 4, "n_out": 3, "n_next": 2}


def equation_cases(seed: int) -> Iterator[Case]:
    """Each equation in each notation, so that the first wrong one is the one that is named."""
    for notation in NOTATIONS:
        for number, title, build in (
            ("Eqn 1 and 4", "∂J/∂W = a δᵗ", functools.partial(linear_claim, notation, "W", seed)),
            ("Eqn 1 and 5", "∂J/∂b = δ", functools.partial(linear_claim, notation, "b", seed)),
            ("beyond", "∂J/∂x = W δ", functools.partial(linear_claim, notation, "x", seed)),
        ):
            yield case("equation", {"equation": number, "notation": notation, "what": title}, build)
        for name in HIDDEN:
            facts = {"equation": "Eqn 2 and 3", "notation": notation, "activation": name, "what": "hidden delta"}
            yield case("equation", facts, functools.partial(hidden_delta_claim, notation, name, seed))
        for loss, name in TOPS:
            facts = {
                "equation": "Eqn 3",
                "notation": notation,
                "loss": loss,
                "activation": name,
                "what": "output delta",
            }
            yield case("equation", facts, functools.partial(output_delta_claim, notation, loss, name, seed))


def example(notation: str, *arrays: Array) -> tuple[Array, ...]:
    """A batch as it is for the batched notation, its first example for the others."""
    return arrays if notation == "batched" else tuple(a[0] for a in arrays)


def linear_claim(notation: str, which: str, seed: int) -> Claim:
    """J = Σ δ ⊙ (A W + b)/m, linear in W, b and x: its gradients are Eqn 4, Eqn 5 and dJ/dx."""
    rng, s = rng_of(seed, notation, which), SIZES
    W, b = rng.normal(size=(s["n_in"], s["n_out"])), rng.normal(size=s["n_out"])
    a, d = example(notation, rng.normal(size=(s["m"], s["n_in"])), rng.normal(size=(s["m"], s["n_out"])))
    eq, m = NOTATIONS[notation], s["m"] if notation == "batched" else 1

    def upstream_times_z(W: Array, b: Array, x: Array, delta: Array) -> Array:
        return np.sum(delta * eq.pre_activation(W, b, x)) / m

    def reference(W: Any, b: Any, x: Any, delta: Any) -> Any:
        return (delta * (x @ W + b)).sum() / m

    gradients = {
        "W": lambda W, b, x, delta: eq.grad_W(x, delta),
        "b": lambda W, b, x, delta: eq.grad_b(delta),
        "x": lambda W, b, x, delta: eq.grad_x(W, delta) / m,
    }
    argnums = ("Wbx".index(which),)
    return Claim(upstream_times_z, gradients[which], (W, b, a, d), argnums, reference=reference, seed=seed)


def hidden_delta_claim(notation: str, name: str, seed: int) -> Claim:
    """J = Σ δ_next ⊙ (h(z) W_next + b): its derivative in z is Eqn 3."""
    from handgrad.activations import get

    rng, s, activation, eq = rng_of(seed, notation, name), SIZES, get(name), NOTATIONS[notation]
    W, b = rng.normal(size=(s["n_out"], s["n_next"])), rng.normal(size=s["n_next"])
    z, d = example(notation, rng.normal(size=(s["m"], s["n_out"])), rng.normal(size=(s["m"], s["n_next"])))

    def upstream_times_next_z(z: Array, W: Array, b: Array, delta: Array) -> Array:
        return np.sum(delta * eq.pre_activation(W, b, eq.activate(activation, z)))

    def reference(z: Any, W: Any, b: Any, delta: Any) -> Any:
        return (delta * (textbook_activation(activation)(z) @ W + b)).sum()

    def delta(z: Array, W: Array, b: Array, delta: Array) -> Array:
        return eq.delta(activation, z, W, delta)

    return Claim(upstream_times_next_z, delta, (z, W, b, d), reference=reference, seed=seed)


def output_delta_claim(notation: str, loss: str, name: str, seed: int) -> Claim:
    rng, pair, eq = rng_of(seed, notation, loss, name), pairing(loss, name), NOTATIONS[notation]
    kinds = targets_for(pair.loss)
    targets = next(iter(kinds.values()))(SIZES["m"], SIZES["n_out"], rng)
    z, y = example(notation, rng.normal(size=(SIZES["m"], SIZES["n_out"])), targets)
    value, _ = chain(pair.loss, pair.activation)
    reference = textbook_pairing(pair.loss, pair.activation)
    return Claim(
        lambda z, y: np.sum(value(z, y)),
        lambda z, y: eq.delta_output(pair, z, y),
        (z, y),
        reference=lambda z, y: reference(z, y).sum(),
        seed=seed,
    )


# --- whole networks ---------------------------------------------------------------------------------------------------

NETWORKS: tuple[tuple[tuple[int, ...], tuple[str, ...], str, float], ...] = (
    ((3, 2), ("softmax",), "categorical_cross_entropy", 0.0),
    ((3, 2), ("sigmoid",), "binary_cross_entropy", 0.1),
    ((3, 4, 2), ("tanh", "softmax"), "categorical_cross_entropy", 0.1),
    ((2, 3, 2), ("sigmoid", "sigmoid"), "half_squared_error", 0.0),
    ((3, 2, 1), ("relu", "sigmoid"), "binary_cross_entropy", 0.0),
    ((2, 3, 1), ("gelu", "identity"), "half_squared_error", 0.2),
    ((2, 3, 4, 2), ("silu", "softmax", "sigmoid"), "focal", 0.0),
    ((3, 2, 3, 2), ("mish", "elu", "softmax"), "categorical_cross_entropy", 0.3),
    ((2, 3, 2, 3), ("leaky_relu", "softplus", "exponential"), "poisson", 0.0),
    ((1, 2, 3, 1, 2), ("tanh", "softsign", "gelu_tanh", "log_softmax"), "negative_log_likelihood", 0.05),
)

LONG_LOOPS = tuple(itertools.product((names for _, names, *_ in NETWORKS[7:9]), ("elemental", "vector")))
"""Two networks of three layers are left to --full but for batches: a third one, and one of four, are in all notations."""


def network_cases(full: bool, seed: int) -> Iterator[Case]:
    """Networks of one to four layers in three notations, float64 and float32: every W, every b, and x."""
    for (sizes, names, loss, l2), notation in itertools.product(NETWORKS, NOTATIONS):
        if (names, notation) in LONG_LOOPS and not full:
            continue
        for dtype in DTYPES if notation == "batched" else DTYPES[:1]:
            facts = {"activation": " → ".join(names), "loss": loss, "sizes": "-".join(map(str, sizes)), "dtype": dtype}
            facts |= {"notation": notation, "depth": str(len(names))}
            build = functools.partial(network_claim, sizes, names, loss, l2, notation, dtype, seed)
            yield case("network", facts, build)


def network_claim(
    sizes: tuple[int, ...], names: tuple[str, ...], loss: str, l2: float, notation: str, dtype: str, seed: int
) -> Claim:
    network = Network.named(*names, loss=loss, l2=l2)
    rng = rng_of(seed, *names, loss, notation, dtype)
    start = initial_parameters(sizes, seed=seed, dtype=dtype)
    b = tuple(rng.normal(size=v.shape).astype(dtype) for v in start.b)
    m = 2 if len(names) < 3 else 1
    X = rng.normal(size=(m, sizes[0])).astype(dtype)
    Y = next(iter(targets_for(network.loss).values()))(m, sizes[-1], rng).astype(dtype)
    return whole_network(network, start.W, b, X, Y, notation, seed)


def whole_network(network: Network, W: Any, b: Any, X: Array, Y: Array, notation: str, seed: int) -> Claim:
    """J of a network with all its gradients, dJ/dx among them."""
    from handgrad.network import forward

    def J(W: Any, b: Any, X: Any, Y: Any) -> Any:
        return network_loss(network, Parameters(W, b), X, Y, notation)

    def gradients(W: Any, b: Any, X: Any, Y: Any) -> Any:
        parameters = Parameters(W, b)
        found = backward(network, parameters, forward(network, parameters, X, notation), Y, notation)
        return found.W, found.b, found.x

    arguments = (tuple(W), tuple(b), X, Y)
    return Claim(J, gradients, arguments, (0, 1, 2), False, textbook_network(network), seed=seed)


# --- real digits, during training -------------------------------------------------------------------------------------

MOMENTS = (0, 1, 5, 30)
DIGITS_SIZES = (64, 20, 10)
MINIBATCH = 8


def digits_cases(seed: int) -> Iterator[Case]:
    """A minibatch of real images, before, during and after training."""
    if skipped():
        return
    for epochs in MOMENTS:
        moment = "before training" if epochs == 0 else f"after {epochs} epoch{'s' if epochs > 1 else ''}"
        facts = {"moment": moment, "dtype": "float64", "notation": "batched", "m": str(MINIBATCH)}
        if epochs == MOMENTS[-1]:
            facts["moment"] += " (the end)"
        made = case("digits", facts, functools.partial(digits_claim, epochs, seed))
        yield replace(made, learned=functools.partial(held_out_accuracy, epochs, seed))


@functools.cache
def training_run(seed: int) -> tuple[Any, Network, dict[int, tuple[Parameters, float]]]:
    """The digits, the network, and its parameters and held-out accuracy at each moment."""
    from handgrad.data import accuracy, digits
    from handgrad.training import History, descent

    data = digits(seed=seed)
    network = Network.named("tanh", "softmax", loss="categorical_cross_entropy", l2=1e-4)
    start = initial_parameters(DIGITS_SIZES, seed=seed)
    kept = {0: start}
    history: History
    for epoch, history in zip(
        range(1, MOMENTS[-1] + 1), descent(network, start, data.X, data.Y, seed=seed), strict=False
    ):
        if epoch in MOMENTS:
            kept[epoch] = history.parameters
    scores = {e: (p, accuracy(network, p, data.X_held_out, data.Y_held_out)) for e, p in kept.items()}
    return data, network, scores


def held_out_accuracy(epochs: int, seed: int) -> tuple[tuple[str, str], ...]:
    return (("accuracy", f"{training_run(seed)[2][epochs][1]:.1%}"),)


def digits_claim(epochs: int, seed: int) -> Claim:
    data, network, scores = training_run(seed)
    parameters, _ = scores[epochs]
    return whole_network(network, parameters.W, parameters.b, data.X[:MINIBATCH], data.Y[:MINIBATCH], "batched", seed)
