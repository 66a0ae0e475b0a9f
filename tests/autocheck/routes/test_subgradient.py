"""At kinks of several elements at once a claim must be the gradient of some way around them, not of each alone."""

from itertools import cycle

import numpy as np
import pytest

import autocheck


def pooled(x):
    return np.sum(np.array([3.0, 7.0]) * np.max(x.reshape(2, -1), axis=1))


def shared(x, weights):
    """The maximum's gradient, given to each of its equals in these shares."""
    rows = x.reshape(2, -1)
    ties = rows == np.max(rows, axis=1, keepdims=True)
    shares = np.zeros(rows.shape)
    for row, tie in zip(shares, ties, strict=True):
        row[np.flatnonzero(tie)] = weights[: tie.sum()] if tie.sum() == len(weights) else 1 / tie.sum()
    return (np.array([[3.0], [7.0]]) * shares).reshape(x.shape)


TIES = {
    2: np.array([1.0, 1.0, 0.2, 0.5, 2.0, 1.5]),
    3: np.array([0.5, 0.5, 0.5, 0.1, 2.0, 1.5]),
    "on float32": np.array([0.1, 0.1, 0.0, 0.5, 2.0, 1.5], np.float32),
}
RIGHT = {2: [(1, 0), (0, 1), (0.5, 0.5), (0.25, 0.75)], 3: [(1, 0, 0), (1 / 3, 1 / 3, 1 / 3), (0, 0.5, 0.5)]}
WRONG = {2: [(1, 1), (0, 0), (0.5, 0.25)], 3: [(1, 1, 1), (1, 1, 0), (0, 0, 0), (0.5, 0.5, 0.5)]}
MODES = {"exact": {}, "floats": {"budget": 0}}


def cases(shares):
    """(point, shares, mode), the modes in turn."""
    found = [(point, s) for point in TIES for s in shares[point if point in shares else 2]]
    return [(*case, mode) for case, mode in zip(found, cycle(MODES), strict=False)]


@pytest.mark.parametrize(
    ("point", "shares", "mode"),
    cases(RIGHT),
    ids=str,
)
def test_the_elements_of_a_tie_may_share_its_gradient_in_any_way(point, shares, mode):
    report = autocheck.check_gradient(pooled, lambda x: shared(x, shares), TIES[point], **MODES[mode])
    assert report.ok, report.to_text()


@pytest.mark.parametrize(
    ("point", "shares", "mode"),
    cases(WRONG),
    ids=str,
)
def test_together_they_get_it_once(point, shares, mode):
    report = autocheck.check_gradient(pooled, lambda x: shared(x, shares), TIES[point], **MODES[mode])
    assert report.verdict == "wrong"
    assert [n.id for n in report.notes if n.id == "no-subgradient"] == ["no-subgradient"], report.to_text()


def test_the_finding_names_who_moves_and_both_slopes():
    report = autocheck.check_gradient(pooled, lambda x: shared(x, (1, 1)), TIES[2])
    (note,) = (n for n in report.notes if n.id == "no-subgradient")
    assert note.text.startswith("each of x[0], x[1] lies between the slopes at its kink, together they do not")
    assert (
        "moved at once, by 1, 1, they change f with slope 3 at each of 64 points close by, the claim says 6"
        in note.text
    )


@pytest.mark.parametrize(("side", "mode"), [(2, "exact"), (3, "floats")])
def test_a_picture_of_nothing_but_ties_is_looked_at_part_by_part(side, mode):
    """Each window's maximum is its first element, all of them evenly, or (wrong) each of them wholly."""
    x, tile = np.zeros((3 * side, 3 * side)), np.zeros((side, side))
    tile[0, 0] = 1
    windows = lambda x: x.reshape(3, side, 3, side).transpose(0, 2, 1, 3).reshape(9, -1)  # noqa: E731
    claims = {"first": np.tile(tile, (3, 3)), "evenly": np.full(x.shape, side**-2.0), "wholly": np.ones(x.shape)}
    verdicts = {
        name: autocheck.check_gradient(
            lambda x: np.sum(np.max(windows(x), axis=1)), lambda x, g=g: g * np.ones_like(x), x, **MODES[mode]
        ).verdict
        for name, g in claims.items()
    }
    assert verdicts == {"first": "agrees", "evenly": "agrees", "wholly": "wrong"}


def hinges(x, signs):
    return np.sum(signs * np.maximum(x, 0))


@pytest.mark.parametrize("slopes", [(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 1)], ids=str)
@pytest.mark.parametrize("signs", [(1.0, 1.0), (1.0, -1.0), (-2.0, 3.0)], ids=str)
def test_kinks_that_have_nothing_to_do_with_each_other_keep_their_own_conventions(signs, slopes):
    signs, slopes, at_zero = np.array(signs), np.array(slopes), np.zeros(2)
    assert autocheck.check_gradient(hinges, lambda x, signs: signs * slopes, at_zero, signs).ok


def test_one_kink_seen_from_several_parameters_has_one_convention():
    f = lambda w, b: np.maximum(w @ np.array([1.0, -1.0]) + b, 0.0)  # noqa: E731
    gradient = lambda dw, db: lambda w, b: (dw * np.array([1.0, -1.0]), np.float64(db))  # noqa: E731
    w, b = np.array([2.0, 2.5]), 0.5
    verdicts = [
        autocheck.check_gradient(f, gradient(*slopes), w, b, argnums=(0, 1)).verdict
        for slopes in [(0, 0), (1, 1), (1, 0)]
    ]
    assert verdicts == ["agrees", "agrees", "wrong"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("dtype", "large"), [(np.float64, 3e13), (np.float32, 3e4), (np.float16, 300.0)])
def test_a_jump_that_drowns_in_the_rest_of_the_gradient_is_not_spoken_of(dtype, large, mode):
    x, c = np.array([1.0, 1.0, 0.2], dtype), (large * np.array([1.1, 1.3, 0.7])).astype(dtype)
    f = lambda x, c: np.sum(c * x) + np.max(x)  # noqa: E731
    third = lambda x, c: (c + np.array([1 / 3, 2 / 3, 0], x.dtype)).astype(x.dtype)  # noqa: E731
    assert autocheck.check_gradient(f, third, x, c, **MODES[mode]).verdict == "agrees"


def test_nothing_is_said_where_the_slopes_close_by_span_everything():
    f = lambda x: np.sqrt(np.sum(x**2))  # noqa: E731
    for claimed in (
        [0.0, 0.0],
        [0.3, -0.4],
        [0.9, 0.9],
    ):  # the last is none, but lies in the plane, which is all there is
        report = autocheck.check_gradient(f, lambda x, g=claimed: np.array(g), np.zeros(2))
        assert not any(n.id == "no-subgradient" for n in report.notes)
