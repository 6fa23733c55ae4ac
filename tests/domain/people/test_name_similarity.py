"""Names as terminals show them, and whose they may be."""

import random
import time

import pytest

from attendance_devices.domain.people.name_similarity import (
    LEAST,
    LONE_WORD,
    NameIndex,
    may_be_cut,
    name_similarity,
    words_of,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Priya  NAIR", ("priya", "nair")),
        ("PriyaNair", ("priya", "nair")),
        ("Søren Ångström-Łoś", ("soren", "angstrom", "los")),
        ("nair, priya (2)", ("nair", "priya")),
        ("sana.qureshi_7", ("sana", "qureshi")),
        ("Straße", ("strasse",)),
        ("محمد علي", ("محمد", "علي")),
        ("  12 -- ", ()),
        ("", ()),
    ],
)
def test_a_name_is_its_words_without_case_accents_signs_and_numbers(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("PRIYA NAIR", "Priya Nair"),
        ("Nair Priya", "Priya Nair"),
        ("Soren Lokken", "Søren Løkken"),
        ("PRIYANAIR", "Priya Nair"),
    ],
)
def test_the_same_name_in_another_spelling_is_nearly_the_same(shown: str, name: str) -> None:
    assert name_similarity(shown, name) >= 0.99


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("Priya Na", "Priya Nair"),
        ("PriyaNai", "Priya Nair"),
        ("PRIYANAI", "Priya Nair"),
        ("Nair Pri", "Priya Nair"),
        ("Sana Qur", "Sana Qureshi"),
        ("Abdul Ra", "Abdul Rahman Siddiqui"),
    ],
)
def test_a_name_that_was_cut_at_eight_letters_is_still_told(shown: str, name: str) -> None:
    assert may_be_cut(shown)
    assert 0.8 <= name_similarity(shown, name) < 1


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("Mohamad Ali", "Muhammad Ali"),
        ("Priya Nayr", "Priya Nair"),
        ("P Nair", "Priya Nair"),
        ("Jon Smith", "John Smith"),
    ],
)
def test_a_letter_more_or_less_costs_a_little(shown: str, name: str) -> None:
    assert 0.75 <= name_similarity(shown, name) < 0.99


@pytest.mark.parametrize(
    ("shown", "name"),
    [("Bilal Khan", "Priya Nair"), ("Ali", "Muhammad Usman"), ("", "Priya Nair"), ("Priya Nair", ""), ("7", "Asha 7")],
)
def test_another_name_is_none(shown: str, name: str) -> None:
    assert name_similarity(shown, name) < LEAST


def test_a_first_name_alone_says_less_than_a_whole_name() -> None:
    assert name_similarity("Priya", "Priya Nair") <= LONE_WORD < name_similarity("Priya Na", "Priya Nair")
    assert name_similarity("Muhammad", "Muhammad Ali") <= LONE_WORD, "eight letters, and a whole first name"


def test_the_best_comes_first_and_a_person_goes_by_several_names() -> None:
    people = {1: ["Priya Nair", "pnair"], 2: ["Priya Menon", "priya.menon"], 3: ["", "bilal.khan"], 4: [""]}
    found = NameIndex(people).like("Priya Na")
    assert [one.key for one in found] == [1, 2]
    assert found[0].score > found[1].score
    assert [one.key for one in NameIndex(people).like("Khan Bil")] == [3]
    assert not (*NameIndex(people).like("Xx"), *NameIndex({}).like("Priya"), *NameIndex(people).like(""))


def test_no_more_are_named_than_asked_for() -> None:
    people = {number: [f"Priya Nair{'x' * number}"] for number in range(9)}
    assert len(NameIndex(people).like("Priya Nair", most=4)) == 4
    assert NameIndex(people).like("Priya Nair")[0].per_cent == 100


def test_who_is_found_by_pieces_is_who_is_found_by_comparing_everybody() -> None:
    chance = random.Random(7)
    syllables = ["pri", "ya", "na", "ir", "mo", "ham", "ad", "ali", "khan", "sa", "ra", "bi", "lal", "us", "man", "qur"]
    names = [
        " ".join("".join(chance.choices(syllables, k=chance.randint(1, 3))) for _ in range(chance.randint(1, 3)))
        for _ in range(300)
    ]
    people = NameIndex({number: [name] for number, name in enumerate(names)})
    for _ in range(40):
        shown = chance.choice(names)[: chance.choice([5, 8, 24])]
        best = max(name_similarity(shown, name) for name in names)
        found = people.like(shown, most=1)
        assert best < LEAST or found[0].score == pytest.approx(best), shown


def test_of_many_namesakes_the_same_are_named_as_by_comparing_everybody() -> None:
    chance = random.Random(11)
    names = ["Priya Nair", "Priya Nayar", "Nair Priya", "Priya", "Bilal Khan", "pnair"]
    people = {number: chance.sample(names, k=chance.randint(1, 2)) for number in range(60)}
    for shown in ("Priya Nair", "PRIYA NA", "Khan", "pnair"):
        scores = {key: max(name_similarity(shown, name) for name in called) for key, called in people.items()}
        best = sorted((key for key in people if scores[key] >= LEAST), key=lambda key: (-scores[key], str(key)))
        for most in (1, 3, 8, 100):
            found = NameIndex(people).like(shown, most)
            assert [(one.key, one.score) for one in found] == [(key, scores[key]) for key in best[:most]]


def test_a_hundred_names_among_a_thousand_people_are_quick() -> None:
    chance = random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(4, 9))) for _ in range(600)]
    people = {number: [f"{chance.choice(words)} {chance.choice(words)}".title()] for number in range(1_000)}
    shown = [people[chance.randrange(1_000)][0][:8] for _ in range(100)]
    begun = time.process_time()
    names = NameIndex(people)
    found = [names.like(one) for one in shown]
    assert time.process_time() - begun < 2, "a tenth of that on an idle machine"
    assert sum(bool(one) for one in found) >= 95
