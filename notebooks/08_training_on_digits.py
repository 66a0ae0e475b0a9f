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
# # 8. Training on digits
#
# **Question.** A network learns with gradients that were derived by hand. Does it go the same way as with JAX's gradients, step by step? And would
# we notice if one of them were wrong?
#
# The network is the one of the slides *Backpropagation: Multi-Class Categorical Classification*: one hidden layer, softmax, categorical
# cross-entropy. The data are 1,797 real handwritten digits.

# %%
import matplotlib.pyplot as plt
import numpy as np

import handgrad

plt.style.use("lecture.mplstyle")

data = handgrad.digits(seed=0)
print("to train on:", data.X.shape, " held out:", data.X_held_out.shape)

# %%
fig, axes = plt.subplots(1, 8, figsize=(7, 1.3))
for ax, pixels, y in zip(axes, data.X[:8], data.Y[:8], strict=True):
    ax.imshow(pixels.reshape(8, 8), cmap="gray_r")
    ax.set(xticks=[], yticks=[], xlabel=f"y = {y.argmax()}")
    ax.spines[:].set_visible(True)
plt.show()

# %% [markdown]
# ## The formula
#
# The five equations give the gradient of a minibatch of $m$ images: $\delta^H = a^H - y$ at the output, Eqn 3 down to the hidden layer, Eqn 4 and 5 for the
# parameters. Then one step downhill, with momentum $\mu$ and learning rate $\eta$:
#
# $$v \leftarrow \mu v - \eta \frac{\partial J}{\partial W}, \qquad W \leftarrow W + v$$

# %%
network = handgrad.Network.named("tanh", "softmax", loss="categorical_cross_entropy")
start = handgrad.initial_parameters((64, 16, 10), seed=0)


def by_hand(parameters, X, Y):
    return handgrad.loss_and_gradients(network, parameters, X, Y)


# %% [markdown]
# ## The same in JAX
#
# Written separately, from the textbook. JAX has `log_softmax`, and derives the gradient by itself.

# %%
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


@jax.jit
@jax.value_and_grad
def in_jax(layers, X, Y):
    (W0, W1), (b0, b1) = layers
    z = jnp.tanh(X @ W0 + b0) @ W1 + b1
    return -(Y * jax.nn.log_softmax(z)).sum() / len(X)


def by_jax(parameters, X, Y):
    J, (W, b) = in_jax((parameters.W, parameters.b), X, Y)
    return float(J), handgrad.Gradients(tuple(map(np.asarray, W)), tuple(map(np.asarray, b)))


# %% [markdown]
# ## Step by step
#
# One loop, which asks for its gradients whom you like.


# %%
def training(gradients_of, epochs=15, batch=32):
    """Yields the loss and the parameters after every step."""
    parameters = start
    velocity = handgrad.Parameters(tuple(map(np.zeros_like, start.W)), tuple(map(np.zeros_like, start.b)))
    for epoch in range(epochs):
        order = np.random.default_rng([0, epoch]).permutation(len(data.X))
        for first in range(0, len(order) - batch + 1, batch):
            rows = order[first : first + batch]
            J, gradients = gradients_of(parameters, data.X[rows], data.Y[rows])
            parameters, velocity = handgrad.step(parameters, velocity, gradients, 0.1, momentum=0.9)
            yield float(J), parameters


def distance(one, other):
    """The largest difference between any two of their numbers."""
    return max(abs(p - q).max() for p, q in zip((*one.W, *one.b), (*other.W, *other.b), strict=True))


hand, automatic = list(training(by_hand)), list(training(by_jax))
apart = [distance(one, other) for (_, one), (_, other) in zip(hand, automatic, strict=True)]

print(len(hand), "steps each")
print("first step:   parameters differ by less than 1e-15:", apart[0] < 1e-15)
print("all steps:    parameters differ by less than 1e-10:", max(apart) < 1e-10)


# %%
def held_out(parameters):
    return handgrad.accuracy(network, parameters, data.X_held_out, data.Y_held_out)


for name, run in (("by hand", hand), ("by JAX", automatic)):
    print(f"{name}: {held_out(run[-1][1]):.1%} of the held-out digits are read")

# %% [markdown]
# The two runs are one. In the picture, the loss of each minibatch (two lines that cover each other), and how far the two networks are
# apart: it begins at the rounding of one number, and is still there at the end.

# %%
fig, (above, below) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
above.semilogy([J for J, _ in automatic], color="C4", lw=3)
above.semilogy([J for J, _ in hand], color="C0", lw=0.8)
above.text(150, 1.2, "by hand", color="C0")
above.text(270, 1.2, "by JAX", color="C4")
above.set(ylabel="loss J")
below.semilogy(apart, color="C1", lw=1)
below.set(xlabel="step", ylabel="largest difference\nof a parameter", ylim=(1e-17, 1e-13))
plt.show()

# %% [markdown]
# ## Verdict
#
# Two programs that agree could share a mistake. So autocheck judges the hand gradient by the definition of the derivative, on a minibatch of eight
# images, before and after training.

# %%
import autocheck

X, Y = data.X[:8], data.Y[:8]


def J(W0, b0, W1, b1):
    return handgrad.loss(network, handgrad.Parameters((W0, W1), (b0, b1)), X, Y)


def gradient(W0, b0, W1, b1):
    parameters = handgrad.Parameters((W0, W1), (b0, b1))
    _, g = handgrad.loss_and_gradients(network, parameters, X, Y)
    return g.W[0], g.b[0], g.W[1], g.b[1]


def layers(parameters):
    (W0, W1), (b0, b1) = parameters.W, parameters.b
    return W0, b0, W1, b1


for when, parameters in (("before", start), ("after", hand[-1][1])):
    report = autocheck.check_gradient(J, gradient, *layers(parameters), argnums=(0, 1, 2, 3))
    print(f"{when} training: {report.verdict}; more than 80 digits: {report.digits > 80}; {report.mode}")

# %% [markdown]
# ## A falling loss proves nothing
#
# Now leave $h'(z^0)$ out of Eqn 3, a mistake that people have published. Everything else stays.


# %%
def without_h_prime(parameters, X, Y):
    trace = handgrad.forward(network, parameters, X)
    delta1 = (trace.a[1] - Y) / len(X)
    delta0 = delta1 @ parameters.W[1].T  # times h'(z), says Eqn 3
    W = X.T @ delta0, trace.a[0].T @ delta1
    b = delta0.sum(axis=0), delta1.sum(axis=0)
    return handgrad.mean_loss(network, parameters, trace, Y), handgrad.Gradients(W, b)


mistaken = list(training(without_h_prime))
for name, run in (("right gradient", hand), ("wrong gradient", mistaken)):
    print(f"{name}: {held_out(run[-1][1]):.1%} of the held-out digits are read")

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for name, run, style in (("right gradient", hand, "C0o-"), ("wrong gradient", mistaken, "C1X--")):
    epochs = np.reshape([J for J, _ in run], (15, -1)).mean(axis=1)
    ax.semilogy(range(1, 16), epochs, style)
    ax.text(15.3, epochs[-1], name, color=style[:2], va="center")
ax.set(xlabel="epoch", ylabel="loss J, mean of the epoch", xlim=(0.5, 19), xticks=[1, 5, 10, 15])
plt.show()

# %% [markdown]
# Seen alone, the dashed curve looks healthy: it falls, and most digits are read. What the mistake costs is seen beside the other curve, and who has
# that? autocheck needs no training:


# %%
def wrong_gradient(W0, b0, W1, b1):
    _, g = without_h_prime(handgrad.Parameters((W0, W1), (b0, b1)), X, Y)
    return g.W[0], g.b[0], g.W[1], g.b[1]


report = autocheck.check_gradient(J, wrong_gradient, *layers(start), argnums=(0, 1, 2, 3))
for parameter in report.parameters:
    print(f"{parameter.name}: {parameter.verdict}")

# %% [markdown]
# The output layer agrees, the hidden layer does not. So the mistake lies on the way from one to the other, and that is Eqn 3.
#
# ## Exercise
#
# Large weights overfit, so one adds a penalty to the loss: $J + \tfrac{\lambda}{2} \sum W^2$. Here it is for a single softmax layer and six images. The
# first attempt at the gradient has the penalty in it, but not quite. Mend `your_gradient`.

# %% tags=["exercise"]
images, targets = data.X[:6], data.Y[:6]


def penalised(W, b):
    z = images @ W + b
    losses = np.log(np.exp(z).sum(axis=1)) - (targets * z).sum(axis=1)
    return losses.mean() + 0.01 / 2 * (W**2).sum()


def your_gradient(W, b):
    z = images @ W + b
    a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    delta = a - targets
    return (images.T @ delta + 0.01 * W) / len(images), delta.mean(axis=0)


# %% tags=["judge"]
W, b = handgrad.initial_parameters((64, 10), seed=1).W[0], np.zeros(10)
print(autocheck.check_gradient(penalised, your_gradient, W, b, argnums=(0, 1)))

# %% [markdown]
# <details><summary>Solution</summary>
#
# The mean is over the losses of the images. The penalty stands outside of it, so its gradient $\lambda W$ is not divided by the number of images.
#
# ```python
# images, targets = data.X[:6], data.Y[:6]
#
#
# def penalised(W, b):
#     z = images @ W + b
#     losses = np.log(np.exp(z).sum(axis=1)) - (targets * z).sum(axis=1)
#     return losses.mean() + 0.01 / 2 * (W**2).sum()
#
#
# def your_gradient(W, b):
#     z = images @ W + b
#     a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
#     delta = a - targets
#     return images.T @ delta / len(images) + 0.01 * W, delta.mean(axis=0)
# ```
#
# </details>
