"""Training: it learns real digits, goes on where it stopped, and never leaves half a file behind."""

import itertools
import re
import sys

import numpy as np
import pytest

from handgrad import training
from handgrad.data import accuracy, digits
from handgrad.network import Gradients, Network, Parameters, initial_parameters
from handgrad.shapes import ShapeError
from handgrad.training import History, descent, load, save, step, train

NETWORK = Network.named("tanh", "softmax", loss="categorical_cross_entropy", l2=1e-3)
SETTINGS = {"batch_size": 4, "learning_rate": 0.05, "momentum": 0.9}


@pytest.fixture
def problem(rng):
    return initial_parameters((3, 5, 2), seed=1), rng.normal(size=(18, 3)), np.eye(2)[rng.integers(0, 2, 18)]


def arrays(history):
    return [*history.parameters.W, *history.parameters.b, *history.velocity.W, *history.velocity.b]


def assert_same_bits(one, other):
    assert (one.network, one.seed, one.losses) == (other.network, other.seed, other.losses)
    for mine, theirs in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(mine, theirs, strict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_small_network_learns_real_digits(dtype):
    """The bar is 97 % of the held-out fifth."""
    pytest.importorskip("sklearn")
    data = digits(dtype)
    network = Network.named("relu", "softmax", loss="categorical_cross_entropy", l2=1e-4)
    history = train(network, initial_parameters((64, 64, 10), dtype=dtype), data.X, data.Y, epochs=30, seed=0)
    assert accuracy(network, history.parameters, data.X_held_out, data.Y_held_out) >= 0.97
    assert history.losses[-1] < history.losses[0] / 10


def test_the_digits_are_scaled_one_hot_and_a_fifth_of_them_held_out():
    pytest.importorskip("sklearn")
    data, again, other = digits(np.float32), digits(np.float32), digits(np.float32, seed=1)
    assert (data.X.shape, data.X_held_out.shape) == ((1438, 64), (359, 64))
    assert (data.Y.shape, data.Y_held_out.shape) == ((1438, 10), (359, 10))
    assert (data.X.min(), data.X.max(), data.X.dtype) == (0, 1, np.float32)
    assert np.all(data.Y.sum(axis=1) == 1)
    assert np.array_equal(data.X, again.X)
    assert not np.array_equal(data.X, other.X)
    rows = {row.tobytes() for row in np.concatenate([data.X, data.X_held_out])}
    assert len(rows) == 1797  # no image is in both parts


def test_a_step_of_momentum_worked_by_hand():
    theta, velocity = Parameters(([[1.0]],), ([2.0],)), Parameters(([[0.5]],), ([-1.0],))
    gradients = Gradients((np.array([[4.0]]),), (np.array([2.0]),))
    theta, velocity = step(theta, velocity, gradients, learning_rate=0.25, momentum=0.5)
    assert (velocity.W[0].item(), velocity.b[0].item()) == (0.25 - 1.0, -0.5 - 0.5)
    assert (theta.W[0].item(), theta.b[0].item()) == (0.25, 1.0)


def test_training_changes_neither_the_data_nor_the_parameters_that_it_starts_from(problem):
    theta, X, Y = problem
    before = [v.copy() for v in (*theta.W, *theta.b, X, Y)]
    train(NETWORK, theta, X, Y, epochs=2, **SETTINGS)
    for now, then in zip((*theta.W, *theta.b, X, Y), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("stop", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_run_taken_up_from_its_file_ends_with_the_same_bits(problem, tmp_path, stop, dtype):
    theta, X, Y = problem
    theta, X, Y = initial_parameters((3, 5, 2), 1, dtype), X.astype(dtype), Y.astype(dtype)
    whole = train(NETWORK, theta, X, Y, epochs=5, seed=11, **SETTINGS)
    train(NETWORK, theta, X, Y, epochs=stop, seed=11, save_to=tmp_path / "run.npz", **SETTINGS)
    resumed = train(NETWORK, load(tmp_path / "run.npz"), X, Y, epochs=5, **SETTINGS)
    assert_same_bits(resumed, whole)
    assert whole.epoch == 5


def test_what_was_saved_is_what_is_loaded(problem, tmp_path):
    history = train(NETWORK, *problem, epochs=2, seed=4, **SETTINGS)
    save(tmp_path / "run", history)
    assert_same_bits(load(tmp_path / "run"), history)
    with np.load(tmp_path / "run", allow_pickle=False) as file:
        assert all(array.dtype != object for array in file.values())


def test_the_generator_and_the_function_go_the_same_way(problem):
    steps = list(itertools.islice(descent(NETWORK, *problem, seed=3, **SETTINGS), 3))
    assert [history.epoch for history in steps] == [1, 2, 3]
    assert_same_bits(steps[-1], train(NETWORK, *problem, epochs=3, seed=3, **SETTINGS))


def test_the_seed_decides_the_order_of_the_examples(problem):
    one, other = (train(NETWORK, *problem, epochs=1, seed=seed, **SETTINGS) for seed in (0, 1))
    assert not np.array_equal(one.parameters.W[0], other.parameters.W[0])


def test_a_run_that_is_long_enough_already_is_given_back_as_it_is(problem):
    history = train(NETWORK, *problem, epochs=3, **SETTINGS)
    assert train(NETWORK, history, *problem[1:], epochs=2, **SETTINGS) is history


def test_the_network_learns_what_it_is_shown(problem):
    _, X, _ = problem
    Y = np.eye(2)[(X[:, 0] > 0).astype(int)]
    history = train(NETWORK, problem[0], X, Y, epochs=60, **SETTINGS)
    assert accuracy(NETWORK, history.parameters, X, Y) == 1.0


SENSELESS = {
    "batch_size": ({"batch_size": 0}, "train: batch_size is 0, needs a whole number from 1 up."),
    "learning_rate": ({"learning_rate": -1.0}, "needs a finite learning_rate above 0"),
    "learning_rate, nan": ({"learning_rate": np.nan}, "needs a finite learning_rate above 0"),
    "momentum": ({"momentum": 1.0}, "a momentum in [0, 1)"),
    "epochs": ({"epochs": -1}, "train: epochs is -1"),
}


@pytest.mark.parametrize(("setting", "message"), SENSELESS.values(), ids=SENSELESS)
def test_a_senseless_setting_is_refused(problem, setting, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        train(NETWORK, *problem, **setting)


def test_data_that_do_not_fit_are_refused_before_the_first_step(problem):
    theta, X, Y = problem
    with pytest.raises(ShapeError, match="train: X has shape"):
        train(NETWORK, theta, X, Y[:5])
    with pytest.raises(ShapeError, match="train: X has shape"):
        train(NETWORK, theta, X[:0], Y[:0])
    X[-1, 0] = np.nan
    with pytest.raises(ValueError, match=r"train: X\[17, 0\] is nan"):
        train(NETWORK, theta, X, Y)


def test_targets_outside_the_domain_are_refused_before_the_first_step(problem):
    theta, X, Y = problem
    Y[-1] = [-1.0, 2.0]
    with pytest.raises(ValueError, match="-1"):
        next(descent(NETWORK, theta, X, Y, **SETTINGS))


def test_a_run_that_diverges_says_so_once(problem):
    network = Network.named("relu", "identity", loss="half_squared_error")
    with pytest.raises(FloatingPointError, match=r"train: the run diverges in epoch .* Try a smaller learning_rate"):
        train(network, *problem, epochs=2000, learning_rate=1e3)


def test_a_history_of_another_network_or_seed_is_refused(problem):
    theta, X, Y = problem
    history = train(NETWORK, theta, X, Y, epochs=1, seed=5, **SETTINGS)
    with pytest.raises(ValueError, match="the history is of the network 'tanh -> softmax"):
        train(Network.named("relu", "softmax", loss="categorical_cross_entropy"), history, X, Y)
    with pytest.raises(ValueError, match="seed is 6, the history began with 5"):
        train(NETWORK, history, X, Y, seed=6)


@pytest.fixture
def saved(problem, tmp_path):
    path = tmp_path / "run.npz"
    save(path, train(NETWORK, *problem, epochs=1, **SETTINGS))
    return path


@pytest.mark.parametrize("failing", ["savez", "replace"])
def test_a_failure_while_saving_leaves_the_old_file_and_no_other(problem, saved, monkeypatch, failing):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    before = saved.read_bytes()
    monkeypatch.setattr(np if failing == "savez" else training.os, failing, fail)
    with pytest.raises(OSError, match=r"save: can't write .*run.npz: No space left on device"):
        save(saved, train(NETWORK, *problem, epochs=2, **SETTINGS))
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_place_that_can_not_be_written_to_is_named(problem, tmp_path):
    history = train(NETWORK, *problem, epochs=1, **SETTINGS)
    with pytest.raises(FileNotFoundError, match=r"save: can't write .*nowhere.run.npz: No such file or directory"):
        save(tmp_path / "nowhere" / "run.npz", history)
    with pytest.raises(OSError, match="save: can't write"):
        save(tmp_path, history)
    assert list(tmp_path.iterdir()) == []


def altered(path, **changes):
    with np.load(path, allow_pickle=False) as file:
        contents = {**file, **changes}
    np.savez(path, **{name: array for name, array in contents.items() if array is not None})


FOREIGN = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("epoch 1\n"),
    "one array": lambda path: path.write_bytes(b"\x93NUMPY\x01\x00"),
    "another archive": lambda path: np.savez(path, W=np.ones(3)),
    "another version": lambda path: altered(path, format="handgrad training 99"),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "one byte changed": lambda path: path.write_bytes(
        path.read_bytes().replace(b"tanh", b"tanj").replace(b"t\0", b"u\0")
    ),
    "no velocity": lambda path: altered(path, velocity_W0=None),
    "no layers": lambda path: altered(path, parameters_W0=None, parameters_W1=None),
    "pickled objects": lambda path: altered(path, parameters_W0=np.array([{}], dtype=object)),
    "layers that do not meet": lambda path: altered(path, parameters_W1=np.ones((9, 2))),
    "a velocity of other layers": lambda path: altered(path, velocity_W0=np.ones((9, 5))),
    "nan": lambda path: altered(path, parameters_b0=np.full(5, np.nan)),
}


@pytest.mark.parametrize("spoil", FOREIGN.values(), ids=FOREIGN)
def test_a_file_that_is_not_ours_or_was_damaged_is_refused_in_one_sentence(saved, spoil):
    spoil(saved)
    with pytest.raises(
        ValueError, match=r"load: .*run.npz is not a training file of handgrad, or was damaged"
    ) as caught:
        load(saved)
    assert "\n" not in str(caught.value)


def test_a_file_that_can_not_be_read_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"load: can't read .*none.npz: No such file or directory"):
        load(tmp_path / "none.npz")
    with pytest.raises(IsADirectoryError, match="load: can't read"):
        load(tmp_path)


def test_a_missing_scikit_learn_is_named_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "handgrad\[digits\]"'):
        digits()


def test_accuracy_is_the_share_of_right_answers_and_refuses_what_does_not_fit():
    network = Network.named("softmax", loss="categorical_cross_entropy")
    theta = Parameters((np.eye(2),), (np.zeros(2),))
    X, Y = np.array([[1.0, 0], [0, 1], [2, 1], [1, 3]]), np.eye(2)[[0, 1, 1, 1]]
    assert accuracy(network, theta, X, Y) == 0.75
    with pytest.raises(ShapeError, match=r"accuracy: Y has shape \(4,\)"):
        accuracy(network, theta, X, np.array([0, 1, 1, 1]))


def test_no_bar_is_drawn_where_nobody_looks(problem, capfd):
    train(NETWORK, *problem, epochs=1, **SETTINGS)
    train(NETWORK, *problem, epochs=1, progress=False, **SETTINGS)
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_drawn_when_asked_for(problem, capfd):
    pytest.importorskip("rich")
    train(NETWORK, *problem, epochs=2, progress=True, **SETTINGS)
    out, err = capfd.readouterr()
    assert out == ""
    assert "epoch" in err
    assert "2/2" in err


def test_without_rich_the_run_is_silent_but_the_same(problem, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    quiet = train(NETWORK, *problem, epochs=1, **SETTINGS)
    assert capfd.readouterr() == ("", "")
    assert isinstance(quiet, History)
