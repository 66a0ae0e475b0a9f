"""What a person at a terminal sees, and what everybody else gets: the same words."""

from __future__ import annotations

import io
import re
import sys

import pytest

from autocheck.render.terminal import COLOURS, is_dressed, set_in, tell

TEXT = """\
wrong: the gradient of loss
  diagnosis: the path through `w ** 2` (homework.py:3) is left out: add what comes back along that path
  evidence:  exact, 42 digits
  w (3,) float64: wrong at all 3 elements; worst w[0] is 1, should be 2
      definition          2 +/- 4e-16
  b (3,) float64: agrees (formula to 91 digits)
  judged: exact, element by element; seed 0
  again:  autocheck.check_gradient(loss, gradient, w, b, a_very_long_name, another_very_long_name, seed=0)"""
DRESSING = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def told(monkeypatch):
    """What `tell` writes to a terminal, or to another file."""
    for name in ("NO_COLOR", "TERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")

    def written(file, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        tell(TEXT, file)
        return file.getvalue()

    return written


def undressed(text: str) -> str:
    return " ".join(DRESSING.sub("", text).replace("±", "+/-").replace("…", "...").split())


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["with NO_COLOR", "on a dumb terminal"]
)
def test_plain_ascii_is_left_as_it_is(told, environment):
    assert told(Terminal(), **environment) == f"{TEXT}\n"


def test_plain_ascii_goes_into_a_pipe(told):
    assert told(io.StringIO()) == f"{TEXT}\n"


def test_a_terminal_of_another_encoding_gets_plain_ascii(told):
    file = Terminal()
    file.encoding = "ascii"
    assert told(file) == f"{TEXT}\n"


def test_the_signs_of_mathematics_go_into_a_pipe_as_they_are_typed():
    pipe = io.StringIO()
    tell("d²J/dz², -Σ p log₂ q ≠ ½, ∂J/∂W = a δᵗ: Σ_m δ_m", pipe)
    assert pipe.getvalue() == "d^2J/dz^2, -sum p log2 q != 1/2, dJ/dW = a delta^T: sum_m delta_m\n"


def test_a_file_that_can_not_hold_a_letter_gets_its_number(tmp_path):
    with open(tmp_path / "told", "w", encoding="ascii") as file:
        tell("wrong: the gradient of größe", file)
    assert (tmp_path / "told").read_text() == "wrong: the gradient of gr\\xf6\\xdfe\n"


def test_without_rich_nothing_is_missing(told, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    assert told(Terminal()) == f"{TEXT}\n"


def test_a_terminal_gets_the_same_words_in_colour(told):
    pytest.importorskip("rich")
    shown = told(Terminal())
    assert undressed(shown) == undressed(TEXT)
    assert "\x1b[1;31mwrong\x1b[0m: the gradient" in shown
    assert "float64: \x1b[1;32magrees" in shown
    assert "± 4e-16" in shown


def test_no_sentence_is_wider_than_the_terminal_and_a_command_stays_in_one_line(told):
    pytest.importorskip("rich")
    *sentences, again = DRESSING.sub("", told(Terminal())).splitlines()
    assert all(len(line) <= 80 for line in sentences)
    assert again.endswith("seed=0)")
    assert len(again) > 80


def test_a_row_of_a_table_is_never_broken():
    assert set_in("agrees        homework.py  " + "word " * 40, 60) == ["agrees        homework.py  " + "word " * 40]


def test_every_verdict_has_a_colour():
    from autocheck.cli import EXIT_CODES

    assert set(COLOURS) == set(EXIT_CODES)


def test_standard_output_of_a_test_is_no_terminal(capsys):
    assert not is_dressed(sys.stdout)
