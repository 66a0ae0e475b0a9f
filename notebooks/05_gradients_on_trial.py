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
# # 5. Gradients on trial
#
# **Question.** Somebody hands you a derivative. How can a machine tell that it is right?
#
# Four ways are tried here: finite differences, the complex step, automatic differentiation, and the definition of the
# derivative in 100 digits. Each of them gives a number. Only one of them gives a verdict.

# %% [markdown]
# ## The formula on trial
#
# One neuron decides between yes and no (slide *Choice of Loss Function for Classification Network*). Its pre-activation is
# $z$, its output $a = 1 / (1 + e^{-z})$, the target is $y$, and the loss is binary cross-entropy:
#
# $$J = -y \ln a - (1 - y) \ln(1 - a) = \ln(1 + e^z) - y z .$$
#
# The claim is the short formula that ends the slides *Backpropagation: Multi-Class Categorical Classification*:
#
# $$\delta = \frac{\partial J}{\partial z} = a - y .$$

# %%
import numpy as np


def J(z, y):
    return np.log(1 + np.exp(z)) - y * z


def delta(z, y):
    a = 1 / (1 + np.exp(-z))
    return a - y


print(f"delta = {delta(0.7, 1.0):.6f}")

# %% [markdown]
# ## First witness: finite differences
#
# The derivative is the limit of a quotient. The simplest test takes a small step $h$ and hopes that it is small enough:
#
# $$\frac{J(z + h) - J(z)}{h} = \delta + \underbrace{\tfrac{h}{2} J''}_{\text{step too long}} + \underbrace{\text{about } \frac{\varepsilon |J|}{h}}_{\text{rounding, step too short}}$$
#
# $\varepsilon$ is the spacing of the floating-point numbers. A long step leaves the curve. A short step subtracts two numbers
# that are almost equal, and keeps only their rounding. So the error has the shape of a V, and its foot is near
# $h = \sqrt{\varepsilon}$.

# %%
for dtype in (np.float16, np.float32, np.float64):
    epsilon = float(np.finfo(dtype).eps)
    print(f"{dtype.__name__}: epsilon {epsilon:.1e}, so the best step is near {np.sqrt(epsilon):.0e}")


# %%
def forward(z, y, h):
    return (J(z + h, y) - J(z, y)) / h


def relative_error(estimate, z, y):
    truth = delta(float(z), float(y))
    return abs(float(estimate) - truth) / abs(truth)


def errors(dtype, steps):
    z, y = dtype(0.7), dtype(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([relative_error(forward(z, y, dtype(h)), z, y) for h in steps])


# %% [markdown]
# The same two lines of code, in three precisions. Read from right to left: at first a smaller step helps, then it hurts.

# %%
import matplotlib.pyplot as plt

plt.style.use("lecture.mplstyle")

fig, ax = plt.subplots(figsize=(7, 4))
for dtype, color, mark, shortest, label_at in (
    (np.float64, "C0", "o", 50, (2e-13, 2e-6)),
    (np.float32, "C2", "s", 30, (2e-7, 2e-2)),
    (np.float16, "C1", "^", 14, (4e-3, 2.5)),
):
    steps = 2.0 ** -np.arange(shortest)
    ax.loglog(steps, errors(dtype, steps), f"{mark}-", ms=4, lw=1, color=color)
    ax.text(*label_at, dtype.__name__, color=color)
ax.set(xlabel="step h", ylabel="relative error", xlim=(1e-15, 3), ylim=(1e-10, 30))
plt.show()

# %% [markdown]
# No step serves all three. In float16 the best one leaves an error of about a hundredth: such a test can't tell $a - y$ from
# $1.01 (a - y)$. And you never see this picture in a test: you see the one number at the one step that you chose.

# %% [markdown]
# ## Second witness: the complex step
#
# The left arm comes from the subtraction. A step into the imaginary direction needs none:
#
# $$J(z + ih) = J(z) + ih J'(z) - \tfrac{h^2}{2} J''(z) - \dots \qquad\Rightarrow\qquad
# \frac{\operatorname{Im} J(z + ih)}{h} = \delta + O(h^2)$$


# %%
def complex_step(z, y, h):
    return np.imag(J(z + 1j * h, y)) / h


print(f"h = 1e-200: {complex_step(0.7, 1.0, 1e-200):.12f}")
print(f"a - y:      {delta(0.7, 1.0):.12f}")

# %% [markdown]
# Twelve digits, with a step of $10^{-200}$. But every line of the code must be an analytic function. An absolute value is not,
# nor is a comparison, and nothing warns you:

# %%
slope = np.imag(np.abs(3.0 + 1e-200j)) / 1e-200
print("the complex step says that |z| has the slope", slope, "at z = 3")

# %% [markdown]
# ## Third witness: automatic differentiation
#
# JAX knows the derivative of each elementary function and applies the chain rule to them. There is no step at all.

# %%
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


def J_in_jax(z, y):
    return jnp.log(1 + jnp.exp(z)) - y * z


print(f"jax.grad: {jax.grad(J_in_jax)(0.7, 1.0):.12f}")

# %% [markdown]
# A good witness, with two weak points. It must be told the function again, in its own language: a second chance for a slip. And
# where a function has a corner it follows a convention. Here are two ways to write the same function, and two slopes at 0:

# %%
print("slope of jnp.maximum(z, 0) at 0:", jax.grad(lambda z: jnp.maximum(z, 0.0))(0.0))
print("slope of jax.nn.relu(z)    at 0:", jax.grad(jax.nn.relu)(0.0))

# %% [markdown]
# ## Fourth witness: the definition itself
#
# $$\delta = \lim_{h \to 0} \frac{J(z + h) - J(z)}{h}$$
#
# The left arm of the V stands where the digits run out. So take more digits. `arb` of the package python-flint is a number of
# any length that also knows its own error. NumPy hands `np.exp` and `np.log` on to it: the *same* functions `J` and `forward` run on it,
# unchanged.

# %%
import flint

flint.ctx.dps = 100  # decimal digits
z, y = flint.arb(0.7), 1

for k in (20, 60, 100, 140):
    h = flint.arb(2) ** -k
    error = (J(z + h, y) - J(z, y)) / h - delta(z, y)
    print(f"h = 2^-{k:<3}  error {float(error):.1e}")

# %% [markdown]
# The error shrinks with the step, and goes on shrinking. The three witnesses that take a step, in one picture:

# %%
truth = delta(z, y)


def exact_error(h):
    return float(abs((forward(z, y, h) - truth) / truth))


def machine_errors(witness, steps):
    found = [relative_error(witness(0.7, 1.0, h), 0.7, 1.0) for h in steps]
    return np.maximum(found, 2.0**-53)  # an error of 0 is drawn at the rounding of one number


machine_steps, small_steps = 10.0 ** -np.arange(0, 15.1, 0.25), 10.0 ** -np.arange(0, 40.1, 1)

fig, ax = plt.subplots(figsize=(7, 4.4))
ax.loglog(machine_steps, machine_errors(forward, machine_steps), "o-", ms=3, lw=1, color="C0")
ax.loglog(small_steps, machine_errors(complex_step, small_steps), "s-", ms=3, lw=1, color="C2")
ax.loglog(small_steps, [exact_error(flint.arb(h)) for h in small_steps], "^-", ms=4, lw=1, color="C1")
for text, at, color in (
    ("forward difference,\nfloat64", (1e-25, 1e-3), "C0"),
    ("complex step, float64", (1e-39, 1e-14), "C2"),
    ("the definition,\n100 digits", (1e-24, 1e-31), "C1"),
):
    ax.text(*at, text, color=color)
ax.set(xlabel="step h", ylabel="relative error", xlim=(1e-41, 5), ylim=(1e-42, 50))
plt.show()

# %% [markdown]
# The line with the triangles is the V without its left arm. (With 100 digits that arm begins near $h = 10^{-50}$. The number knows its
# own error, so autocheck sees it coming and takes more digits.) The complex step and `jax.grad` end where float64 ends, near $10^{-16}$.

# %% [markdown]
# ## Why tolerances lie
#
# A test needs a verdict, not a number. The usual rule: take a central difference with $h = 10^{-5}$ and ask whether it is *close*.


# %%
def usual_rule(claim, z, y):
    h = z.dtype.type(1e-5)
    difference = (J(z + h, y) - J(z - h, y)) / (2 * h)
    return "accepts" if np.allclose(claim(z, y), difference) else "rejects"


# %% [markdown]
# Four claims. Two are right: $a - y$ in float64, and the very same line in float32. Two are wrong: one has lost its sixth digit,
# and one says 0 where the neuron is sure and right, so that the truth is small. (That is what a clipped logarithm does: its gradient dies.)


# %%
def lost_a_digit(z, y):
    return delta(z, y) * (1 + 5e-6)


def dies(z, y):
    return 0 * z


single, double = np.float32, np.float64
claims = [
    ("right, float64", delta, double(0.7)),
    ("right, float32", delta, single(0.7)),
    ("sixth digit off", lost_a_digit, double(0.7)),
    ("always 0", dies, double(20.0)),
]

# %%
import autocheck

print(f"{'claim':18}{'usual rule':12}autocheck")
for name, claim, at in claims:
    y = type(at)(1)
    report = autocheck.check_gradient(J, claim, at, y)
    print(f"{name:18}{usual_rule(claim, at, y):12}{report.verdict}")

# %% [markdown]
# The rule is wrong three times out of four. It rejects a right gradient, since float32 can't take that step. It accepts a wrong
# one, since its tolerance is wider than the mistake. It accepts *zero*, since "close" includes everything below $10^{-8}$. Another
# tolerance would only move the mistakes to other places.

# %% [markdown]
# ## Verdict: converging, not close
#
# autocheck has no tolerance. It looks at the error of the claim at two steps, $h$ and $h' = h / 2^{40}$, far below what floats can see:
#
# $$\frac{|e(h')|}{|e(h)|} \approx 2^{-40} \text{ for the derivative,} \qquad \approx 1 \text{ for any other number.}$$
#
# The distance between the two answers is enormous. Nothing has to be chosen.

# %%
z, y = flint.arb(0.7), 1
h, shorter = flint.arb(2) ** -120, flint.arb(2) ** -160


def shrinks_to(claimed):
    return float(abs((forward(z, y, shorter) - claimed) / (forward(z, y, h) - claimed)))


print(f"a - y:                     {shrinks_to(delta(z, y)):.1e}     (2^-40 is {2.0**-40:.1e})")
print(f"wrong in the sixth digit:  {shrinks_to(lost_a_digit(z, y)):.1e}")
print(f"wrong in the 30th digit:   {shrinks_to(delta(z, y) + flint.arb(10) ** -30):.1e}")

# %% [markdown]
# In the report this stands as a number of digits. For the right claim and for the one with the lost digit:

# %%
flint.ctx.dps = 15  # flint's own default
print(autocheck.check_gradient(J, delta, 0.7, 1.0))
print()
print(autocheck.check_gradient(J, lost_a_digit, 0.7, 1.0))

# %% [markdown]
# ## Exercise
#
# GELU is the activation of many language models. In its usual form
#
# $$h(z) = \tfrac12 z \left(1 + \tanh u\right), \qquad u = c (z + 0.044715 z^3), \qquad c = \sqrt{2 / \pi}.$$
#
# Here is a first attempt at $h'(z)$. The usual rule accepts it. autocheck does not. Read the verdict, find the mistake, mend
# `your_h_prime` and run the two cells again. (`rows=True`: each $z$ has an $h(z)$ of its own.)


# %% tags=["exercise"]
def gelu(z):
    u = np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)
    return 0.5 * z * (1 + np.tanh(u))


def your_h_prime(z):
    c = 0.79788
    t = np.tanh(c * (z + 0.044715 * z**3))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * c * (1 + 0.134145 * z**2)


# %% tags=["judge"]
z = np.array([-1.5, 0.3, 2.0])
print(autocheck.check_gradient(gelu, your_h_prime, z, rows=True))

difference = (gelu(z + 1e-5) - gelu(z - 1e-5)) / 2e-5
print("\nthe usual rule", "accepts" if np.allclose(your_h_prime(z), difference) else "rejects", "it")

# %% [markdown]
# <details><summary>Solution</summary>
#
# The forward pass uses $\sqrt{2/\pi} = 0.797884560\dots$, the attempt uses 0.79788. So it is the derivative of another function,
# one that differs in the sixth digit. ($3 \cdot 0.044715 = 0.134145$ is fine.)
#
# ```python
# def gelu(z):
#     u = np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)
#     return 0.5 * z * (1 + np.tanh(u))
#
#
# def your_h_prime(z):
#     c = np.sqrt(2 / np.pi)
#     t = np.tanh(c * (z + 0.044715 * z**3))
#     return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * c * (1 + 0.134145 * z**2)
# ```
#
# </details>
