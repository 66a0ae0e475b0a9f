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
# # 7. Check your own gradient
#
# **Question.** You have derived a gradient. How do you put it on trial, in the language that you wrote it in, and how do you find the line that
# is wrong?
#
# | you have | you call |
# |---|---|
# | $J$ and its gradient | `check_gradient(J, gradient, *args, argnums=...)` |
# | a layer $a = f(z)$ and its backward pass | `check_vjp(f, backward, z)` |
# | a backward pass through many layers | `check_intermediates(J, backward, *args)` |
# | a `jax.custom_vjp` or a `torch.autograd.Function` | `check_rule(rule, *args)` |
#
# Each has a twin for tests: `assert_gradient`, `assert_vjp`, ...

# %% [markdown]
# ## The formula: a network with one hidden layer
#
# The five equations in vector form (slide *Backpropagation: Multi-Class Categorical Classification*), for a batch $X$ of $m$ rows:
#
# $$Z^0 = X W^0 + b^0, \quad A^0 = \tanh Z^0, \quad Z^1 = A^0 W^1 + b^1, \quad J = -\tfrac1m \sum Y \odot \ln \text{softmax}(Z^1)$$
#
# $$\delta^1 = \text{softmax}(Z^1) - Y, \qquad \delta^0 = \delta^1 (W^1)^t \odot h'(Z^0)$$
#
# $$\frac{\partial J}{\partial W^L} = \tfrac1m (A^{L-1})^t \delta^L, \qquad \frac{\partial J}{\partial b^L} = \tfrac1m \sum_{\text{rows}} \delta^L$$

# %%
import numpy as np


def softmax(z):
    a = np.exp(z - z.max(axis=1, keepdims=True))
    return a / a.sum(axis=1, keepdims=True)


def J(W0, b0, W1, b1, X, Y):
    A0 = np.tanh(X @ W0 + b0)
    Z1 = A0 @ W1 + b1
    return -(Y * np.log(softmax(Z1))).sum() / len(X)


# %% [markdown]
# And the gradient, as it was typed one evening:


# %%
def gradient(W0, b0, W1, b1, X, Y):
    m = len(X)
    Z0 = X @ W0 + b0
    A0 = np.tanh(Z0)
    delta1 = (softmax(A0 @ W1 + b1) - Y) / m
    delta0 = (delta1 @ W1.T) * (1 - Z0**2)
    return X.T @ delta0, delta0.sum(axis=0), A0.T @ delta1, delta1.sum(axis=0)


# %% [markdown]
# ## NumPy: one call
#
# Choose sizes that all differ (here 5 rows, 4 inputs, 3 hidden, 2 outputs), so that no transpose can hide. `argnums` says which
# arguments the gradient is for.

# %%
import autocheck

rng = np.random.default_rng(7)
X, Y = rng.normal(size=(5, 4)), np.eye(2)[[0, 1, 1, 0, 1]]
W0, b0, W1, b1 = (rng.normal(scale=0.5, size=shape) for shape in ((4, 3), 3, (3, 2), 2))

report = autocheck.check_gradient(J, gradient, W0, b0, W1, b1, X, Y, argnums=(0, 1, 2, 3))
print(report)

# %% [markdown]
# The output layer is fine, the hidden one is not. The diagnosis names the step.

# %% [markdown]
# ## Intermediates: where does it break?
#
# A long backward pass goes wrong at one place, and everything after it inherits the mistake. `tap` gives an intermediate value a name; it
# returns the value as it is. The backward pass then returns a dictionary, with its own intermediate gradients in it.

# %%
from autocheck import tap


def J_tapped(W0, b0, W1, b1, X, Y):
    Z0 = tap("Z0", X @ W0 + b0)
    A0 = tap("A0", np.tanh(Z0))
    Z1 = tap("Z1", A0 @ W1 + b1)
    return -(Y * np.log(softmax(Z1))).sum() / len(X)


def backward(W0, b0, W1, b1, X, Y, h_prime=lambda Z0: 1 - Z0**2):
    Z0 = X @ W0 + b0
    A0 = np.tanh(Z0)
    delta1 = (softmax(A0 @ W1 + b1) - Y) / len(X)
    dJ_dA0 = delta1 @ W1.T
    delta0 = dJ_dA0 * h_prime(Z0)
    upper = {"Z1": delta1, "W1": A0.T @ delta1, "A0": dJ_dA0}
    return upper | {"Z0": delta0, "W0": X.T @ delta0, "b0": delta0.sum(axis=0)}


found = autocheck.check_intermediates(J_tapped, backward, W0, b0, W1, b1, X, Y)
print(found)

# %% [markdown]
# From the loss down: $Z^1$, $W^1$ and $A^0$ are right, $Z^0$ is the first that is not, and $W^0$ and $b^0$ only inherit it. So the mistake
# stands in one line. $h' = 1 - \tanh^2 Z^0$ takes the *output* $A^0$, and got the pre-activation $Z^0$. Mended:


# %%
def mended(*args):
    return backward(*args, h_prime=lambda Z0: 1 - np.tanh(Z0) ** 2)


clean = autocheck.check_intermediates(J_tapped, mended, W0, b0, W1, b1, X, Y)
print(clean.verdict, "-", "the weakest of them to", int(clean.digits), "digits")

# %% [markdown]
# The same as a picture: to how many digits each gradient agrees with the definition, in the order of the backward pass.

# %%
import matplotlib.pyplot as plt

plt.style.use("lecture.mplstyle")

fig, ax = plt.subplots(figsize=(7, 3.2))
for name, judged, color, style in (("mended", clean, "C0", "o-"), ("as typed", found, "C1", "X--")):
    digits = [p.digits for p in judged.parameters]
    ax.plot(digits, style, color=color, ms=8)
    ax.text(len(digits) - 0.8, digits[-1], name, color=color, va="center")
ax.set_xticks(range(len(found.parameters)), [p.name for p in found.parameters])
ax.set(xlabel="gradient with respect to, from the loss down", ylabel="digits that agree")
ax.set(xlim=(-0.3, 6), ylim=(-4, 110))
plt.show()

# %% [markdown]
# ## In a test
#
# `assert_gradient` raises an `AssertionError` for every verdict but `agrees`, and its message is the report. So a test is one line. It goes into
# a file `test_gradients.py`, and pytest runs it. The fixture `gradcheck` does the same, and its checks are told in pytest's summary.
#
# ```python
# def test_the_gradient(gradcheck):
#     gradcheck(J, gradient, W0, b0, W1, b1, X, Y, argnums=(0, 1, 2, 3))
# ```


# %%
def test_the_gradient():
    autocheck.assert_gradient(J, gradient, W0, b0, W1, b1, X, Y, argnums=(0, 1, 2, 3))


def test_the_backward_pass():
    autocheck.assert_intermediates(J_tapped, mended, W0, b0, W1, b1, X, Y)


for test in (test_the_gradient, test_the_backward_pass):
    try:
        test()
        print("passed:", test.__name__)
    except AssertionError as error:
        print("FAILED:", test.__name__, "-", str(error).splitlines()[0])

# %% [markdown]
# ## JAX: `custom_vjp`
#
# JAX differentiates by itself. Still, people write a backward pass by hand where they know a more accurate one, or one that keeps less in memory:
# as a rule of two functions. `check_rule` needs nothing else, since the function that was decorated is what the rule stands for.
#
# $$a = \ln(1 + e^z), \qquad \frac{\partial a}{\partial z} = \frac{e^z}{1 + e^z} = \frac{1}{1 + e^{-z}}$$

# %%
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


@jax.custom_vjp
def softplus(z):
    return jnp.logaddexp(z, 0.0)


def forward_rule(z):
    a = softplus(z)
    return a, a  # what the backward rule gets


def backward_rule(a, g):
    return (g / (1 + jnp.exp(-a)),)


softplus.defvjp(forward_rule, backward_rule)

z = np.array([-2.0, 0.3, 1.5])
print(autocheck.check_rule(softplus, z))

# %% [markdown]
# All three elements are off. The forward rule hands over the output $a$, and the backward rule takes it for $z$. Mended, with the other form of
# the slope:


# %%
def backward_from_z(z, g):
    return (g * jnp.exp(z) / (1 + jnp.exp(z)),)


softplus.defvjp(lambda z: (softplus(z), z), backward_from_z)
print(autocheck.check_rule(softplus, z))

# %% [markdown]
# The formula is right. Is it accurate too? That depends on the point. At $z = 800$, $e^z$ is too large for float64:

# %%
wide = np.array([800.0, 0.3])
print(autocheck.check_rule(softplus, wide))

# %% [markdown]
# `inaccurate` says: the formula is right, what floating point makes of it is not. The last form of the slope has no such point:


# %%
def safe_backward(z, g):
    return (g / (1 + jnp.exp(-z)),)


softplus.defvjp(lambda z: (softplus(z), z), safe_backward)
print(autocheck.check_rule(softplus, wide))

# %% [markdown]
# ## torch: `autograd.Function`
#
# A torch Function runs in floating point only. Its own forward pass, differentiated by torch, is the witness; with `reference=`, the same function in NumPy, the
# formula is judged exactly too. This block needs torch, so it is shown with what it prints:
#
# ```python
# import torch
#
#
# class Swish(torch.autograd.Function):
#     @staticmethod
#     def forward(ctx, z):
#         ctx.save_for_backward(z)
#         return z * torch.sigmoid(z)
#
#     @staticmethod
#     def backward(ctx, g):
#         (z,) = ctx.saved_tensors
#         a = torch.sigmoid(z)
#         return g * a * (1 - a)  # the product rule needs a second term
#
#
# print(autocheck.check_rule(Swish, z))
# ```
#
# ```text
# wrong: the rule's derivative of Swish
#   diagnosis: the rule's derivative for z is cotangent * the derivative of the sigmoid at z: that is the derivative of another function than f has
#   evidence:  float, about 1e-08, at all 3 elements
#   z (3,) float64: wrong at all 3 elements; worst z[0] is -0.10827463, should be 0.093621257
#       hand               -0.10827463
#       definition          abstains: see the note
#       autodiff            0.093621257 +/- 4e-15
#       finite difference   0.093621257 +/- 4e-11
#       note: formula not judged: torch runs in floating point only; pass reference= for a verdict on the formula
#   judged: floating point only; seed 0
#   again:  autocheck.check_rule(Swish, z, seed=0)
# ```
#
# The right slope is $a + z a (1 - a)$.

# %% [markdown]
# ## Exercise
#
# A softmax with temperature $T$ softens the output: $a = \text{softmax}(z / T)$, with cross-entropy on top. The gradient is needed with respect to
# the logits $z$ *and* to $T$. Here is a first attempt. Read the verdict on each of the two, and mend `your_gradient`.


# %% tags=["exercise"]
def loss(z, T, y):
    return np.log(np.exp(z / T).sum()) - (y * z).sum() / T


def your_gradient(z, T, y):
    a = np.exp(z / T) / np.exp(z / T).sum()
    return a - y, -((a - y) * z).sum() / T


# %% tags=["judge"]
logits, target = np.array([1.0, -0.5, 2.0]), np.array([0.0, 0.0, 1.0])
print(autocheck.check_gradient(loss, your_gradient, logits, 1.7, target, argnums=(0, 1)))

# %% [markdown]
# <details><summary>Solution</summary>
#
# $J$ depends on $z$ through $z / T$ only. The chain rule gives $\partial J / \partial z = (a - y) / T$ and
# $\partial J / \partial T = -\sum (a - y) z / T^2$. Both gradients of the attempt lack one factor $1 / T$.
#
# ```python
# def loss(z, T, y):
#     return np.log(np.exp(z / T).sum()) - (y * z).sum() / T
#
#
# def your_gradient(z, T, y):
#     a = np.exp(z / T) / np.exp(z / T).sum()
#     return (a - y) / T, -((a - y) * z).sum() / T**2
# ```
#
# </details>
