"""Codes: the lecture's four, what can be read back and what can't, and Huffman's against every other code there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from handgrad import codes
from handgrad.codes import AUSTRALIA, BEST, FIRST_TRY, INDIA, TWO_BITS
from handgrad.information import entropy

TIMES = 1000  # the slides send a thousand names


def random_codes(rng: np.random.Generator, count: int) -> list[dict[str, str]]:
    words = ["".join(w) for n in (1, 2, 3, 4) for w in itertools.product("01", repeat=n)]
    return [dict(zip("abcd", rng.choice(words, 4), strict=True)) for _ in range(count)]


@pytest.mark.parametrize(
    ("code", "talk", "symbols"), [(TWO_BITS, INDIA, 2000), (BEST, INDIA, 1750), (BEST, AUSTRALIA, 2625)]
)
def test_a_thousand_names_take_what_the_slides_say(code, talk, symbols: int) -> None:
    assert codes.message_length(code, {name: TIMES * share for name, share in talk.items()}) == symbols
    assert codes.average_message_length(code, talk) == symbols / TIMES


def test_the_first_try_can_not_be_read_back_and_the_two_others_can() -> None:
    found = codes.ambiguity(FIRST_TRY)
    assert found is not None
    assert codes.encode(FIRST_TRY, found.one) == codes.encode(FIRST_TRY, found.other) == found.message
    assert found.one != found.other
    assert codes.ambiguity(TWO_BITS) is codes.ambiguity(BEST) is None
    assert (codes.kraft_sum(FIRST_TRY), codes.kraft_sum(TWO_BITS), codes.kraft_sum(BEST)) == (1.5, 1, 1)


def test_the_message_of_the_slide_has_the_two_readings_that_it_names() -> None:
    six, five = ("Sachin",) * 6 + ("Bradman",), ("Sachin",) * 5 + ("Kapil",)
    assert set(codes.readings(FIRST_TRY, "0000001", most=10)) == {six, five}
    with pytest.raises(ValueError, match="can be read as"):
        codes.decode(FIRST_TRY, "0000001")


def test_the_test_of_sardinas_and_patterson_is_what_trying_all_messages_says(rng: np.random.Generator) -> None:
    """Every row of up to five names of four hundred random codes: two rows with one message, or none."""
    seen = set()
    for code in random_codes(rng, 400):
        rows = [row for n in range(1, 6) for row in itertools.product(code, repeat=n)]
        messages = [codes.encode(code, row) for row in rows]
        found = codes.ambiguity(code)
        if found is None:
            assert len(set(messages)) == len(rows), code
            assert codes.kraft_sum(code) <= 1
        else:
            assert codes.encode(code, found.one) == codes.encode(code, found.other) == found.message
            assert found.one != found.other
            shorter = [m for m in messages if len(m) < len(found.message) and messages.count(m) > 1]
            assert not shorter, code
        seen.add((found is None, codes.prefix_clash(code) is None))
    assert seen == {(True, True), (True, False), (False, False)}  # a prefix code can always be read back


def test_a_code_without_the_prefix_property_is_read_back_from_its_end() -> None:
    code = {"a": "0", "b": "01", "c": "11"}
    assert codes.prefix_clash(code) == ("a", "b")
    names = ("a", "c", "c", "b", "c")
    assert codes.decode(code, codes.encode(code, names)) == names


def test_a_long_message_is_read_back(rng: np.random.Generator) -> None:
    names = tuple(rng.choice(list(BEST), 20_000))
    assert codes.decode(BEST, codes.encode(BEST, names)) == names


def test_the_best_code_of_the_slides_is_huffmans() -> None:
    assert {name: len(word) for name, word in codes.huffman(INDIA).items()} == {n: len(w) for n, w in BEST.items()}


def test_no_code_that_can_be_read_back_is_shorter_than_huffmans(rng: np.random.Generator) -> None:
    """Against every choice of lengths up to 5 that Kraft allows."""
    lengths = [n for n in itertools.product(range(1, 6), repeat=4) if sum(2.0**-k for k in n) <= 1]
    for p in rng.dirichlet(np.ones(4), 50):
        talk = dict(zip("abcd", p.tolist(), strict=True))
        code = codes.huffman(talk)
        mean = codes.average_message_length(code, talk)
        assert codes.prefix_clash(code) is None
        assert mean <= min(np.dot(n, p) for n in lengths) + 1e-15  # one rounding of a sum
        assert entropy(p) - 1e-15 <= mean < entropy(p) + 1


def test_huffman_gives_one_name_a_word_that_can_be_read() -> None:
    assert codes.huffman({"Sachin": 1.0}) == {"Sachin": "0"}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: codes.decode(BEST, "11"), "no row of words"),
        (lambda: codes.encode(BEST, ["Gavaskar"]), "'Gavaskar' has no word; known: Sachin"),
        (lambda: codes.kraft_sum({}), "there is no word"),
        (lambda: codes.ambiguity({"a": ""}), "'a' has an empty word"),
        (lambda: codes.huffman({"a": 0.5, "b": 0.6}), "p is no distribution"),
        (lambda: codes.message_length(BEST, {"Sachin": 3}), "stands on one side only"),
    ],
)
def test_what_can_not_be_coded_is_refused_in_words(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_two_names_with_one_word_can_not_be_told_apart() -> None:
    assert codes.ambiguity({"a": "0", "b": "0"}) == ("0", ("a",), ("b",))
