"""Generates books from a seed: titles in several scripts, with a few very frequent words.

The words of a language follow Zipf's law: the second most frequent occurs half as often as
the first, the thousandth a thousandth as often.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stdnum import ean

PRICES = ("4.99", "9.99", "12.50", "14.99", "19.99", "24.90")
FIRST_DAY = date(1800, 1, 1)
DAYS = 82_000
PUBLISHERS = 3_000
AUTHORS = 40_000


@dataclass(frozen=True, kw_only=True)
class Language:
    """The words of titles: the most frequent ones, and syllables for generating the others."""

    share: int
    frequent: str
    syllables: str
    vocabulary: int = 20_000
    gap: str = " "

    def words(self, rng: random.Random) -> list[str]:
        """Return the vocabulary, the most frequent word first."""
        syllables = self.syllables.split()
        invented = (
            "".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(self.vocabulary)
        )
        return list(dict.fromkeys([*self.frequent.split(), *invented]))


LANGUAGES = (
    Language(
        share=40,
        frequent="the of and a in to war history life love house city",
        syllables="ba ker lin mo ran ti son der wil har ton es gra pel vi us",
    ),
    Language(
        share=20,
        frequent="la de le les café été forêt mémoire château Straße über für",
        syllables="é cha pré lou mè rie nou för grü ßen çon tê vi dá ñol mar",
    ),
    Language(
        share=15,
        frequent="и в война мир на о история жизнь город дом",
        syllables="ко ра ни сто вол ге ми до ше лья бы кру ван рё тин ой",
    ),
    Language(
        share=7,
        frequent="και η ο το της ιστορία Οδύσσεια πόλη",
        syllables="κα λο μή τρα νι σος πέ δη φω χι ρα ντο",
    ),
    Language(
        share=10,
        frequent="の 戦争 平和 と 物語 歴史 红楼 日本 世界 ガラス",
        syllables="山 川 海 空 花 鳥 風 月 春 夏 秋 冬 東 西 南 北 心 夢 光 影 雪 雨 石 林 星 竹",
        gap="",
    ),
    Language(
        share=8,
        frequent="في من تاريخ كتاب الحرب والسلام ألف ليلة",
        syllables="مح سل كر دي نو با را شم قل هو فا تي",
    ),
)


class Inventor:
    """Generates books one after another."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # nothing here is secret
        self.words = [language.words(self.rng) for language in LANGUAGES]
        self.weights = [_zipf(len(words)) for words in self.words]
        self.rarer = [words[12:5_000] for words in self.words]
        self.shares = list(itertools.accumulate(language.share for language in LANGUAGES))
        self.authors = [self._name(2) for _ in range(AUTHORS)]
        self.author_weights = _zipf(AUTHORS)
        self.publishers = [
            self._name(1) + self.rng.choice((" Press", " & Co.", " Verlag", ""))
            for _ in range(PUBLISHERS)
        ]
        self.publisher_weights = _zipf(PUBLISHERS)

    def books(self) -> Iterator[dict[str, Any]]:
        """Yield books without end; no two have the same name and author."""
        seen: set[int] = set()
        number = -1
        while True:
            number += 1
            book = self._book(number)
            key = hash((book["name"], book["author"]))
            if key in seen:
                book["name"] += f" ({number})"
            seen.add(key)
            yield book

    def _book(self, number: int) -> dict[str, Any]:
        rng = self.rng
        [author] = rng.choices(self.authors, cum_weights=self.author_weights)
        [publisher] = rng.choices(self.publishers, cum_weights=self.publisher_weights)
        return {
            "name": self._title(),
            "author": author,
            "publisher": publisher,
            "price": self._price(),
            "isbn": _isbn(number) if rng.random() < 0.8 else None,
            "published_on": self._day(),
        }

    def _title(self) -> str:
        language = self._language()
        count = self.rng.randint(1, 7)
        words = self.rng.choices(self.words[language], cum_weights=self.weights[language], k=count)
        title = LANGUAGES[language].gap.join(words)
        return title[0].upper() + title[1:]

    def _name(self, count: int) -> str:
        """Return a name of words that are not the most frequent."""
        language = self._language()
        words = self.rng.choices(self.rarer[language], k=count)
        return " ".join(word.capitalize() for word in words)

    def _price(self) -> Decimal | None:
        chance = self.rng.random()
        if chance < 0.1:
            return None
        if chance < 0.5:
            return Decimal(self.rng.choice(PRICES))
        return Decimal(self.rng.randint(100, 20_000)) / 100

    def _day(self) -> date | None:
        if self.rng.random() < 0.15:
            return None
        return FIRST_DAY + timedelta(days=int(DAYS * self.rng.random() ** 0.3))

    def _language(self) -> int:
        [language] = self.rng.choices(range(len(LANGUAGES)), cum_weights=self.shares)
        return language


def _zipf(count: int) -> list[float]:
    return list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))


def _isbn(number: int) -> str:
    # Spread over all valid numbers, without duplicates.
    digits = f"978{number * 7_919_993 % 999_999_937:09d}"
    return digits + ean.calc_check_digit(digits)
