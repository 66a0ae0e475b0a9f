# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6. The bug gallery
#
# **Question.** Which mistakes do people really make in gradients, and who notices them?
#
# Twenty-one mistakes hang here. Each was made by somebody and told in public, and its number leads there; the code is ours. Each is put
# before five checkers, together with its *right twin*. To a wrong gradient a checker should say no. To its twin, yes.

# %% [markdown]
# ## What an exhibit is
#
# A function $f$, its argument $x$, the right gradient $\partial f / \partial x$, and the wrong one:
#
# $$\text{exhibit} = (f, x, \text{right}, \text{wrong})$$
#
# Some layers return an array $a = f(x)$. Then the backward pass gets the upstream gradient $g = \partial J / \partial a$ and returns
# $\sum_k g_k \partial a_k / \partial x$, a *vector-Jacobian product* (VJP).

# %%
import copy
import textwrap
from types import FunctionType
from typing import NamedTuple

import numpy as np


class Exhibit(NamedTuple):
    number: str
    title: str
    f: object
    right: object
    wrong: object
    args: tuple
    vjp: bool = False  # f returns an array; right and wrong get g as their last argument


gallery = []


def hang(number, title, f, right, wrong, *args, vjp=False):
    gallery.append(Exhibit(number, title, f, right, wrong, args, vjp))


# %% [markdown]
# ## The checkers
#
# Four are in use everywhere, the fifth is autocheck:
#
# * **scipy**: `scipy.optimize.check_grad`, a forward difference with one step. Its users ask for less than $10^{-5}$.
# * **course rule**: a central difference with $h = 10^{-5}$ and a relative error below $10^{-5}$, as courses teach it.
# * **jax check**: `jax.test_util.check_vjp`, the reverse half of `check_grads`: differences along a random direction.
# * **three lines**: `np.testing.assert_allclose(hand, jax.grad(f)(x))`, with $f$ written in `jax.numpy`.
#
# scipy, the course rule and the three lines need one number. Where $f$ returns an array, people sum it up: $g$ is all ones.

# %%
import jax
import jax.numpy as jnp
from jax.test_util import check_vjp
from scipy.optimize import check_grad

jax.config.update("jax_enable_x64", True)


def summed(f, claim, args, vjp):
    """f and its gradient as functions of x alone, with one number as result."""
    rest = args[1:]
    if not vjp:
        return lambda x: f(x, *rest), lambda x: claim(x, *rest)
    return lambda x: f(x, *rest).sum(), lambda x: claim(x, *rest, np.ones_like(f(x, *rest)))


def scipy_says(f, claim, args, vjp):
    of_x, gradient = summed(f, claim, args, vjp)
    shape = args[0].shape
    of_vector = lambda v: of_x(v.reshape(shape))
    error = check_grad(of_vector, lambda v: gradient(v.reshape(shape)).ravel(), args[0].ravel())
    return error < 1e-5


def course_says(f, claim, args, vjp):
    of_x, gradient = summed(f, claim, args, vjp)
    x, hand = args[0], gradient(args[0])
    steps = 1e-5 * np.eye(x.size, dtype=x.dtype).reshape(-1, *x.shape)
    numeric = np.reshape([(of_x(x + step) - of_x(x - step)) / 2e-5 for step in steps], x.shape)
    size = (abs(hand) + abs(numeric)).max()
    return abs(hand - numeric).max() <= 1e-5 * size


# %%
def passes(check):
    """For checkers that say no by raising an error."""
    try:
        check()
    except AssertionError:
        return False
    return True


def jax_check_says(f, claim, args, vjp):
    rest = args[1:]
    pull = (lambda x, g: claim(x, *rest, g)) if vjp else (lambda x, g: g * claim(x, *rest))

    def with_vjp(x):
        return f(np.asarray(x), *rest), lambda g: (np.asarray(pull(np.asarray(x), np.asarray(g))),)

    return passes(lambda: check_vjp(lambda x: f(np.asarray(x), *rest), with_vjp, (args[0],)))


def in_jax(f):
    """The same code with jax.numpy in the place of numpy, in its helpers too."""
    names = {**f.__globals__, "np": jnp}
    names |= {h.__name__: FunctionType(h.__code__, names, h.__name__) for h in (sigmoid, softmax)}
    return FunctionType(f.__code__, names, f.__name__)


retyped = {}  # where somebody writes f again for JAX instead of translating it


def three_lines_say(f, claim, args, vjp):
    again = retyped.get(f, in_jax(f))
    of_x, _ = summed(again, claim, args, vjp)
    hand = summed(f, claim, args, vjp)[1](args[0])
    return passes(lambda: np.testing.assert_allclose(hand, jax.grad(of_x)(args[0])))


# %% [markdown]
# autocheck has a form for each: `check_gradient`, and `check_vjp`, which draws a random upstream gradient by itself.

# %%
import autocheck

reports = {}


def autocheck_says(f, claim, args, vjp):
    check = autocheck.check_vjp if vjp else autocheck.check_gradient
    reports[f, claim] = check(f, claim, *args)
    return reports[f, claim].ok


checkers = {
    "scipy": scipy_says,
    "course rule": course_says,
    "jax check": jax_check_says,
    "three lines": three_lines_say,
    "autocheck": autocheck_says,
}


# %% [markdown]
# ## Room 1: softmax, sigmoid and their losses
#
# The lecture derives one short formula, $\delta = a - y$, for one pair of loss and activation (slides *Backpropagation: Multi-Class
# Categorical Classification*). Most mistakes here use it outside of its pair, or repair what is not broken.
#
# * [**1**](https://github.com/deeplearning4j/libnd4j/issues/440) Only the diagonal $a_n (1 - a_n)$ of the softmax Jacobian.
# * [**C1**](https://github.com/clab/dynet/issues/1132) A softmax backward pass that returns 0. With $g = 1$ the truth is 0 as well, since the outputs always sum to one.
# * [**7**](https://github.com/jorgenkg/python-neural-network/pull/6) $a - y$ under squared error, which needs $(a - y) a (1 - a)$.
# * [**8**](https://github.com/mnielsen/neural-networks-and-deep-learning/pull/77) $(a - y) a (1 - a)$ under cross-entropy, where $a (1 - a)$ cancels.
# * [**11**](https://github.com/dennybritz/nn-from-scratch/issues/11) $y - a$ for $a - y$.


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    a = np.exp(z - z.max(-1, keepdims=True))
    return a / a.sum(-1, keepdims=True)


def weighted_softmax(z, c):
    return (c * softmax(z)).sum()


def squared_error(z, y):
    return ((sigmoid(z) - y) ** 2).sum() / 2


def cross_entropy(z, y):
    return (np.log(1 + np.exp(z)) - y * z).sum()


def softmax_pullback(z, g):
    a = softmax(z)
    return a * (g - (g * a).sum(-1, keepdims=True))


def diagonal_only(z, g):
    a = softmax(z)
    return g * a * (1 - a)


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def a_minus_y(z, y):
    return sigmoid(z) - y


def a_minus_y_slope(z, y):
    return (sigmoid(z) - y) * slope(z)


# %%
rng = np.random.default_rng(6)
z, c, y = rng.normal(size=4), rng.normal(size=4), np.array([0.0, 1.0, 0.0, 0.0])

hang("1", "softmax: diagonal only", weighted_softmax, softmax_pullback, diagonal_only, z, c)
logits = rng.normal(size=(5, 13))
hang("C1", "softmax backward is 0", softmax, softmax_pullback, lambda z, g: 0 * g, logits, vjp=True)
hang("7", "a - y under squared error", squared_error, a_minus_y_slope, a_minus_y, z, y)
hang("8", "h'(z) under cross-entropy", cross_entropy, a_minus_y, a_minus_y_slope, z, y)
hang("11", "sign: y - a", cross_entropy, a_minus_y, lambda z, y: y - sigmoid(z), z, y)


# %% [markdown]
# ## Room 2: factors and transposes
#
# The factor $1/m$ of a batch of $m$ examples stands in one place, or in none, or in two.
#
# * [**14**](https://github.com/iamtrask/Grokking-Deep-Learning/pull/22) $\delta^t A$ for $A^t \delta$ in Eqn 4. A layer with as many inputs as outputs hides it from every check of shapes.
# * [**17**](https://github.com/kvfrans/notes/issues/5) The bias gradient averaged, although the loss is a mean already.
# * [**20**](https://github.com/hunkim/DeepLearningZeroToAll/issues/173) No average where the loss has one.
# * [**22**](https://github.com/davisking/dlib/issues/1169) A loss without its $\tfrac12$, and a gradient without its 2.


# %%
def eqn_1_weighted(W, A, delta):
    return (delta * (A @ W)).sum()


def grad_W(W, A, delta):
    return A.T @ delta


def mean_cross_entropy(b, Z, Y):
    a = softmax(Z + b)
    return -(Y * np.log(a)).sum() / len(Z)


def grad_b(b, Z, Y):
    return (softmax(Z + b) - Y).sum(0) / len(Z)


def full_square(z, y):
    return ((z - y) ** 2).sum()


W, A, delta = rng.normal(size=(3, 3, 3))
Z, Y, b = rng.normal(size=(5, 3)), np.eye(3)[[0, 2, 1, 1, 0]], rng.normal(size=3)

hang("14", "W transposed (square layer)", eqn_1_weighted, grad_W, lambda *args: grad_W(*args).T, W, A, delta)
hang("17", "bias: averaged twice", mean_cross_entropy, grad_b, lambda *args: grad_b(*args) / 5, b, Z, Y)
hang("20", "bias: not averaged", mean_cross_entropy, grad_b, lambda *args: grad_b(*args) * 5, b, Z, Y)
hang("22", "factor 2", full_square, lambda z, y: 2 * (z - y), lambda z, y: z - y, z, y)

# %% [markdown]
# ## Room 3: a path is lost
#
# A gradient is a sum over all ways from $x$ to $J$. Each of these loses one of them.
#
# * [**10**](https://github.com/iamtrask/Grokking-Deep-Learning/issues/50) $h'$ of a hidden layer is left out of Eqn 3.
# * [**36**](https://github.com/SilasMarvin/dnns-from-scratch-in-zig/issues/5) The leaky half of a leaky ReLU forgets the upstream gradient. With $g = 1$ there is nothing to forget.
# * [**39**](https://github.com/karpathy/micrograd/issues/2) A value is used twice, and the second gradient overwrites the first (`=` for `+=`).
# * [**41**](https://github.com/HIPS/autograd/issues/39) The same row of a table is looked up twice, and its gradient is added once.
# * [**43**](https://github.com/mlpack/mlpack/pull/1930) Layer normalisation without the path through the standard deviation. With $g = 1$ that path carries nothing.
# * [**48**](https://github.com/CaptainE/RNN-LSTM-in-numpy/issues/1) A recurrent network without the path back through time.


# %%
def hidden_layer(x, W, c):
    return (np.tanh(x @ W) * c).sum()


def skip_connection(x, W, c):
    return ((np.tanh(x @ W) + x) * c).sum()


def through_tanh(x, W, c):
    return W @ (c * (1 - np.tanh(x @ W) ** 2))


def leaky(z):
    return np.where(z > 0, z, 0.1 * z)


def looked_up(E, rows, c):
    return (c * np.tanh(E[rows])).sum()


def added(E, rows, c):
    grad = np.zeros_like(E)
    np.add.at(grad, rows, c * (1 - np.tanh(E[rows]) ** 2))
    return grad


def assigned(E, rows, c):
    grad = np.zeros_like(E)
    grad[rows] = c * (1 - np.tanh(E[rows]) ** 2)
    return grad


# %%
x, c3 = rng.normal(size=3), rng.normal(size=3)
E, rows, C = rng.normal(size=(4, 3)), np.array([2, 0, 2]), rng.normal(size=(3, 3))

hang("10", "hidden h'(z) left out", hidden_layer, through_tanh, lambda x, W, c: W @ c, x, W, c3)
hang(
    "36",
    "upstream forgotten",
    leaky,
    lambda z, g: np.where(z > 0, g, 0.1 * g),
    lambda z, g: np.where(z > 0, g, 0.1),
    z,
    vjp=True,
)
both_paths = lambda x, W, c: through_tanh(x, W, c) + c
hang("39", "= for +=", skip_connection, both_paths, through_tanh, x, W, c3)
hang("41", "repeated rows added once", looked_up, added, assigned, E, rows, C)


# %%
def layer_norm(x):
    return (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)


def norm_pullback(x, g):
    a = layer_norm(x)
    of_std = a * (g * a).mean(-1, keepdims=True)
    return centred_only(x, g) - of_std / x.std(-1, keepdims=True)


def centred_only(x, g):
    return (g - g.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)


def recurrent(w, X):
    h = 0 * w
    for x in X:
        h = np.tanh(w * h + x)
    return h.sum()


def states(w, X):
    hs = [0 * w]
    for x in X:
        hs.append(np.tanh(w * hs[-1] + x))
    return hs


def through_time(w, X, passed_back=1):
    hs = states(w, X)
    delta_h, grad = np.ones_like(w), 0 * w
    for h_prev, h in zip(hs[-2::-1], hs[:0:-1], strict=True):
        delta_z = delta_h * (1 - h**2)
        grad = grad + delta_z * h_prev
        delta_h = passed_back * delta_z * w
    return grad


hang("43", "normalisation: no path through std", layer_norm, norm_pullback, centred_only, Z, vjp=True)
hang("48", "no path back through time", recurrent, through_time, lambda w, X: through_time(w, X, 0), x, C)

# %% [markdown]
# ## Room 4: too small to be seen
#
# These are small at the point where they were tested, and matter elsewhere, or in the sum of a thousand steps.
#
# * [**13**](https://github.com/joelgrus/data-science-from-scratch/issues/31) The backward pass sees weights that one update has changed already. A small learning rate hides it.
# * [**24**](https://github.com/cs231n/cs231n.github.io/issues/253) The gradient of the penalty is forgotten. The test passed, since the penalty was $5 \cdot 10^{-6}$.
# * [**27**](https://github.com/keras-team/keras/issues/9664) Clipped logarithms: a neuron that is sure gets the gradient 0. Here it is sure and right, and the
#   truth is small, but not zero. (In the report it was sure and wrong.)
# * [**30**](https://github.com/harvard-edge/cs249r_book/pull/1399) The forward pass is one form of GELU, the backward pass the derivative of the other. The test writes the second form again.
# * [**32**](https://github.com/tenstorrent/tt-metal/issues/55349) $\tanh'$ from a table that ends at 0.9992, in float32.
# * [**40**](https://github.com/karpathy/micrograd/pull/102) The second call adds to what the first one left behind. Most checkers call only once.


# %%
def penalised(w, X, y):
    return ((X @ w - y) ** 2).mean() / 2 + 5e-6 / 2 * (w**2).sum()


def data_only(w, X, y):
    return X.T @ (X @ w - y) / len(y)


def grad_penalised(w, X, y):
    return data_only(w, X, y) + 5e-6 * w


def one_step_late(w, X, y):
    return grad_penalised(w - 1e-6 * grad_penalised(w, X, y), X, y)


def tanh_loss(z, c):
    return (c * np.tanh(z)).sum()


def grad_tanh(z, c):
    return c * (1 - np.tanh(z) ** 2)


def tanh_table(z, c):
    return c * np.minimum(1 - np.tanh(z) ** 2, z.dtype.type(0.9992))


left_behind = {}


def accumulates(z, y):
    left_behind["grad"] = left_behind.get("grad", 0) + a_minus_y(z, y)
    return left_behind["grad"]


# %%
from scipy.special import ndtr

ROOT = np.sqrt(2 / np.pi)


def gelu(z):
    return (z / 2 * (1 + np.tanh(ROOT * (z + 0.044715 * z**3)))).sum()


def grad_gelu(z):
    t = np.tanh(ROOT * (z + 0.044715 * z**3))
    return (1 + t) / 2 + z / 2 * (1 - t**2) * ROOT * (1 + 0.134145 * z**2)


def grad_other_gelu(z):
    return ndtr(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


retyped[gelu] = lambda z: jax.nn.gelu(z, approximate=False).sum()
y5, small = rng.normal(size=5), np.array([0.001, -0.002, 0.5, 1.0], np.float32)

hang("13", "weights already updated", penalised, grad_penalised, one_step_late, x, Z, y5)
hang("24", "penalty forgotten", penalised, grad_penalised, data_only, x, Z, y5)
sure = np.array([20.0, 18.0])
hang("27", "gradient dies when sure", cross_entropy, a_minus_y, lambda z, y: 0 * z, sure, np.ones(2))
hang("30", "GELU of two kinds", gelu, grad_gelu, grad_other_gelu, z)
hang("32", "a table's flat top, float32", tanh_loss, grad_tanh, tanh_table, small, np.float32(c))
hang("40", "second call adds", cross_entropy, a_minus_y, accumulates, z, y)

# %% [markdown]
# ## Verdicts
#
# Every checker sees every wrong gradient, and every right twin.


# %%
def ask(exhibit, claim):
    """Who accepts it? No checker sees what another left behind."""
    answers = []
    for says in checkers.values():
        left_behind.clear()
        answers.append(bool(says(exhibit.f, claim, copy.deepcopy(exhibit.args), exhibit.vjp)))
    return answers


accepts_wrong = np.array([ask(exhibit, exhibit.wrong) for exhibit in gallery])
accepts_right = np.array([ask(exhibit, exhibit.right) for exhibit in gallery])

print(f"{len(gallery)} wrong gradients, {len(gallery)} right twins")
for name, missed, accepted in zip(checkers, accepts_wrong.sum(0), accepts_right.sum(0), strict=True):
    print(f"{name:12} misses {missed} wrong ones, rejects {len(gallery) - accepted} right ones")

# %% [markdown]
# One row for each mistake, one column for each checker. A tick: the mistake is caught, and its right twin passes. A cross: it is
# missed. A zero: it is rejected, but so is its right twin. Whoever says no to both has noticed nothing.

# %%
import matplotlib.pyplot as plt
from matplotlib.colors import ListedColormap

plt.style.use("lecture.mplstyle")

MARKS, COLORS = ("\N{CHECK MARK}", "0", "\N{MULTIPLICATION SIGN}"), ("C0", "C4", "C1")
outcome = np.where(accepts_wrong, 2, np.where(accepts_right, 0, 1))
order = np.lexsort((np.arange(len(gallery)), -outcome.sum(1)))

fig, ax = plt.subplots(figsize=(7.5, 6.8))
ax.imshow(outcome[order], cmap=ListedColormap(COLORS), vmin=0, vmax=2, aspect="auto")
for (row, column), found in np.ndenumerate(outcome[order]):
    color = "black" if found == 1 else "white"
    ax.text(column, row, MARKS[found], ha="center", va="center", color=color, weight="bold")
ax.set_xticks(range(len(checkers)), checkers)
ax.set_yticks(range(len(gallery)), [f"{gallery[k].title}  {gallery[k].number:>2}" for k in order])
ax.set_xticks(np.arange(len(checkers) + 1) - 0.5, minor=True)
ax.set_yticks(np.arange(len(gallery) + 1) - 0.5, minor=True)
ax.grid(which="minor", color="white", lw=2)
ax.tick_params(which="both", length=0, labeltop=True, labelbottom=False)
ax.spines[:].set_visible(False)
plt.show()

# %% [markdown]
# Three things to see.
#
# * Most mistakes are caught by everybody, *if the point shows them*. A good check is first of all a good point: no square layers, no batch of
#   one, no upstream gradient of ones.
# * The misses have two reasons. Either the test asks too little (36, C1, 43: with $g = 1$ nothing is forgotten; 30: the other GELU was the
#   one that was differentiated; 40: one call). Or the tolerance is wider than the mistake (13, 24, 27, 32).
# * Look at row C1, the softmax backward that returns 0. With $g = 1$, scipy accepts it. The course rule and the three lines reject it, since to
#   them even rounding noise is not close to 0. So they reject the right one as well.
#
# On a larger corpus the picture is the same. `benchmarks/results/scoreboard.md` of this project has it for eight checkers: of the 981
# wrong gradients that it was asked about, torch's `gradcheck` missed 500, JAX's `check_grads` 378, scipy's `check_grad` 324, the three lines
# 189. autocheck missed 2 of 3634.

# %% [markdown]
# ## What it was
#
# A no is half an answer. autocheck makes known mistakes on purpose, until one of them gives exactly the gradient on trial.

# %%
for exhibit in gallery:
    report = reports[exhibit.f, exhibit.wrong]
    why = report.diagnosis.sentence if report.diagnosis else report.reasons[0]
    print(textwrap.fill(f"{exhibit.number:>2}  {why}", 100, subsequent_indent="    "))

# %% [markdown]
# ## What autocheck does not see
#
# A check at a point says nothing about the code that the point never reaches. Here only positive $z$ are tried, so the leaky half may hold
# anything. All five checkers accept it; autocheck adds a note.


# %%
def leaky_sum(z):
    return np.where(z > 0, z, 0.1 * z).sum()


def never_reached(z):
    return np.where(z > 0, 1.0, 7.0)


positive = np.array([0.5, 1.5, 2.0])
blind = Exhibit("", "the other half", leaky_sum, None, never_reached, (positive,))
print(dict(zip(checkers, ask(blind, never_reached), strict=True)))
print(autocheck.check_gradient(leaky_sum, never_reached, positive))

# %% [markdown]
# `explore=True` asks for points of autocheck's own, beside yours:

# %%
report = autocheck.check_gradient(leaky_sum, never_reached, positive, explore=True)
print(report.verdict)
print(textwrap.fill(report.reasons[0], 100))

# %% [markdown]
# ## Exercise
#
# Log-softmax, $a_n = z_n - \ln \sum_m e^{z_m}$, is one more layer whose backward pass was wrong in public ([number 4](https://github.com/mlpack/mlpack/pull/3469)). Its old test agreed with it,
# since the test copied the formula. Here is a first attempt. With $g = 1$ it would pass. Mend `your_backward`.


# %% tags=["exercise"]
def log_softmax(z):
    return z - np.log(np.exp(z).sum())


def your_backward(z, g):
    return g - z.size * softmax(z)


# %% tags=["judge"]
print(autocheck.check_vjp(log_softmax, your_backward, z))
accepted = three_lines_say(log_softmax, your_backward, (z,), True)
print("\nwith g = 1, three lines", "accept" if accepted else "reject", "it")

# %% [markdown]
# <details><summary>Solution</summary>
#
# Every output depends on every input: $\partial a_k / \partial z_n = 1_{k = n} - \text{softmax}(z)_n$. Weighted with $g_k$ and summed over $k$ that is
# $g_n - \text{softmax}(z)_n \sum_k g_k$. The attempt has the number of classes in the place of $\sum_k g_k$: right for ones, wrong for all else.
#
# ```python
# def log_softmax(z):
#     return z - np.log(np.exp(z).sum())
#
#
# def your_backward(z, g):
#     return g - g.sum() * softmax(z)
# ```
#
# </details>
