"""Rules that carry their own backward pass: `jax.custom_vjp`, `jax.custom_jvp` and `torch.autograd.Function`, as Claims.

The function that such a rule stands for needs no second definition: of JAX it is what was decorated, of torch its forward
pass, which torch can differentiate by itself. Neither framework is imported here before a rule of its own is handed over.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autocheck import tree
from autocheck.claim import BadClaim, Claim, as_array, is_float, name_of, names_of
from autocheck.forms import of_vjp
from autocheck.lifted.array import LiftedArray
from autocheck.lifted.run import CannotLift
from autocheck.precision import half_the_digits, unit_roundoff
from autocheck.words import called

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]


def of_rule(rule: Any, args: tuple[Any, ...], argnums: Any = None, **facts: Any) -> Claim:
    """The claim that a rule makes about its own function.

    Raises: BadClaim for what carries no backward pass.
    """
    facts.setdefault("check", "check_rule")
    args = tuple(tree.rebuild(a, as_array) for a in args)
    if is_jax_rule(rule):
        facts["again"] = ", ".join([called(rule, "rule"), *names_of(rule.fun, args)])
        return _of_jax(rule, args, argnums, facts)
    if is_torch_rule(rule):
        return _of_torch(rule, args, argnums, facts)
    kind = rule.__name__ if isinstance(rule, type) else type(rule).__name__
    raise BadClaim(
        f"check_rule: {kind} carries no derivative of its own, needs a jax.custom_vjp, a jax.custom_jvp or a "
        "torch.autograd.Function; for a function and its derivative apart use check_vjp"
    )


def is_jax_rule(rule: Any) -> bool:
    return type(rule).__name__ in ("custom_vjp", "custom_jvp") and type(rule).__module__.startswith("jax")


def is_torch_rule(rule: Any) -> bool:
    torch = sys.modules.get("torch")  # nobody has a rule of torch's without having imported it
    return torch is not None and isinstance(rule, type) and issubclass(rule, torch.autograd.Function)


def differentiable(args: tuple[Any, ...], but: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The arguments that hold floating-point numbers only."""
    leaves = [[leaf for _, leaf in tree.leaves(a)] for a in args]
    return tuple(n for n, found in enumerate(leaves) if found and all(map(is_float, found)) and n not in but)


def chosen(argnums: Any, among: tuple[int, ...]) -> Any:
    """The arguments asked for, else all that can be differentiated; one alone as a number."""
    if argnums is not None:
        return argnums
    return among[0] if len(among) == 1 else among


# --- JAX -------------------------------------------------------------------------------------------------------------


def _of_jax(rule: Any, args: tuple[Any, ...], argnums: Any, facts: dict[str, Any]) -> Claim:
    import jax

    numbers = chosen(argnums, differentiable(args, tuple(getattr(rule, "nondiff_argnums", ()))))
    asked = (numbers,) if isinstance(numbers, int) else tuple(numbers)

    def vjp(*given: Any) -> Any:
        *given, cotangent = given  # type: ignore[assignment]

        def of_asked(*moved: Any) -> Any:
            full = list(given)
            for n, value in zip(asked, moved, strict=True):
                full[n] = value
            return rule(*full)

        _, pullback = jax.vjp(of_asked, *(given[n] for n in asked))
        found = pullback(cotangent)
        return found[0] if isinstance(numbers, int) else found

    vjp.__name__ = f"jax.vjp({name_of(rule)})"
    facts["name"] = facts.get("name") or name_of(rule)
    return of_vjp(rule.fun, vjp, args, argnums=numbers, **facts)


def forward_differs(rule: Any, args: tuple[Any, ...]) -> str:
    """What the forward pass of a JAX rule returns where that is not what its function returns, else ""."""
    if not is_jax_rule(rule):
        return ""
    import jax

    args = tuple(tree.rebuild(a, as_array) for a in args)
    numbers = differentiable(args, tuple(getattr(rule, "nondiff_argnums", ())))

    def of_numbers(*moved: Any) -> Any:
        full = list(args)
        for n, value in zip(numbers, moved, strict=True):
            full[n] = value
        return rule(*full)

    passed, _ = jax.vjp(of_numbers, *(args[n] for n in numbers))
    pairs = zip(tree.leaves(passed), tree.leaves(rule.fun(*args)), strict=True)
    for (_, got), (_, need) in pairs:
        got, need = np.asarray(got), np.asarray(need)
        if got.shape != need.shape:
            return f"its forward pass returns shape {got.shape}, the function itself {need.shape}"
        half = half_the_digits(need.dtype) * unit_roundoff(need.dtype)
        largest = float(np.max(np.abs(need), initial=0.0, where=np.isfinite(need)))
        if not np.allclose(got, need, rtol=half, atol=half * largest, equal_nan=True):
            where = np.unravel_index(int(np.nanargmax(np.abs(got - need))), need.shape)
            return f"its forward pass returns {got[where]:.9g} where the function itself returns {need[where]:.9g}"
    return ""


# --- torch -----------------------------------------------------------------------------------------------------------


def _of_torch(rule: Any, args: tuple[Any, ...], argnums: Any, facts: dict[str, Any]) -> Claim:
    import torch

    numbers = chosen(argnums, differentiable(args))
    asked = (numbers,) if isinstance(numbers, int) else tuple(numbers)
    way_out = "" if facts.get("reference") else "; pass reference= for a verdict on the formula"
    why = f"torch runs in floating point only{way_out}"

    def tensors(given: Any, differentiated: bool) -> list[Any]:
        if any(isinstance(leaf, LiftedArray) for a in given for _, leaf in tree.leaves(a)):
            raise CannotLift(why)
        made = [
            tree.rebuild(a, lambda x: torch.as_tensor(x) if isinstance(x, (np.ndarray, np.generic)) else x)
            for a in given
        ]
        if differentiated:
            for n in asked:
                made[n].requires_grad_(True)
        return made

    def f(*given: Any) -> Any:
        with torch.no_grad():
            return tree.rebuild(rule.apply(*tensors(given, False)), _as_numpy)

    def pulled_back(outputs: Any, inputs: list[Any], cotangent: Any) -> list[Array]:
        outs = [leaf for _, leaf in tree.leaves(outputs)]
        weights = [torch.as_tensor(leaf) for _, leaf in tree.leaves(cotangent)]
        found = torch.autograd.grad(outs, inputs, weights, allow_unused=True)
        return [np.zeros(x.shape) if g is None else _as_numpy(g) for g, x in zip(found, inputs, strict=True)]

    def vjp(*given: Any) -> Any:
        made = tensors(given[:-1], True)
        found = pulled_back(rule.apply(*made), [made[n] for n in asked], given[-1])
        return found[0] if isinstance(numbers, int) else tuple(found)

    def own_autodiff(claim: Claim) -> tuple[Array, tuple[Array, ...]]:
        """torch's derivative of the forward pass itself, in float64."""
        wide = [tree.rebuild(a, lambda x: x.astype(np.float64) if is_float(x) else x) for a in claim.args]
        made = tensors(wide[:-1], True)
        outputs = forward_of(rule, made)
        value = sum(
            (leaf * torch.as_tensor(w)).sum()
            for (_, leaf), (_, w) in zip(tree.leaves(outputs), tree.leaves(wide[-1]), strict=True)
        )
        return np.asarray(_as_numpy(value)), tuple(pulled_back(outputs, [made[n] for n in asked], wide[-1]))

    facts["name"] = facts.get("name") or rule.__name__
    f.__name__, vjp.__name__ = rule.__name__, f"{rule.__name__}.backward"
    f.__signature__ = _signature(rule)  # type: ignore[attr-defined]
    facts["again"] = ", ".join([rule.__name__, *names_of(f, args)])
    return of_vjp(f, vjp, args, argnums=numbers, autodiff=own_autodiff, **facts)


def forward_of(rule: Any, given: list[Any]) -> Any:
    """The forward pass without the rule around it: old style with a context as its first argument, new style without."""
    if rule.setup_context is not sys.modules["torch"].autograd.Function.setup_context:
        return rule.forward(*given)
    return rule.forward(_Context(len(given)), *given)


class _Context:
    """What a forward pass may ask of its context; nothing of it is needed here."""

    def __init__(self, count: int) -> None:
        self.needs_input_grad = (True,) * count

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("save_for", "mark_", "set_")):
            return lambda *_, **__: None
        raise AttributeError(name)


def _as_numpy(value: Any) -> Any:
    return value.detach().numpy() if hasattr(value, "detach") else value


def _signature(rule: Any) -> inspect.Signature:
    given = list(inspect.signature(rule.forward).parameters.values())
    first = 0 if rule.setup_context is not sys.modules["torch"].autograd.Function.setup_context else 1
    return inspect.Signature([p.replace(annotation=p.empty) for p in given[first:]])
