"""Search queries: words that are known to be slow for some engine, and a generated mix."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from books.api.filter_fields import ORDERINGS

from .invention import PRICES, Inventor
from .stores import Store

ORDERS = [name for name, _ in ORDERINGS]

# In a store of a million books, `war` is in 12,000 names and `кобы` in 4,500.
NAMED = {
    "no hit": ("xqzjv", "zz", "c++", "%%%"),
    "frequent": ("the", "a", "press", "of and"),
    "other scripts": ("война", "の", "平和", "كتاب", "και"),
    "short": ("и", "平", "ba", "q"),
    "rare": ("кобы", "grabakervi", "война мир", "verlag the"),
    "part of an ISBN": ("978014", "978-0-14"),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """Query parameters. `owner` selects an owner by position, as a fraction of all owners."""

    kind: str
    parameters: dict[str, str] = field(hash=False)
    owner: float | None = None

    def parameters_for(self, store: Store) -> dict[str, str]:
        if self.owner is None:
            return self.parameters
        owners = store.owners
        return {**self.parameters, "owner": owners[int(len(owners) * self.owner)]}


def named_questions() -> Iterator[Question]:
    for kind, texts in NAMED.items():
        for text in texts:
            for order in ORDERS:
                yield Question(kind=kind, parameters={"q": text, "ordering": order})


def mixed_questions(number: int, *, seed: int) -> list[Question]:
    """Return this number of questions, the same for the same seed."""
    mixer = _Mixer(seed)
    return [mixer.question() for _ in range(number)]


class _Mixer:
    """Generates search terms, most of which match or almost match."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        inventor = Inventor(1)
        self.vocabularies = inventor.words
        self.shares = inventor.shares
        invented = inventor.books()
        self.books = [next(invented) for _ in range(1_000)]

    def question(self) -> Question:
        text = self.rng.choice((self._word, self._part, self._words, self._number))
        return Question(
            kind="mix",
            parameters={"q": text(), "ordering": self.rng.choice(ORDERS), **self._prices()},
            # The first owners have the most books.
            owner=self.rng.random() ** 3 if self.rng.random() < 0.3 else None,
        )

    def _word(self) -> str:
        """Return a word of a language, with frequencies spread evenly on a logarithmic scale."""
        [words] = self.rng.choices(self.vocabularies, cum_weights=self.shares)
        return words[int(len(words) ** self.rng.random()) - 1]

    def _part(self) -> str:
        word = self._word()
        length = self.rng.randint(1, 5)
        start = self.rng.randint(0, max(0, len(word) - length))
        return word[start : start + length]

    def _words(self) -> str:
        """Return two or three words, in half of the cases from one book."""
        if self.rng.random() < 0.5:
            return " ".join(self._word() for _ in range(self.rng.randint(2, 3)))
        book = self.rng.choice(self.books)
        words = f"{book['name']} {book['author']} {book['publisher']}".split()
        return " ".join(self.rng.sample(words, k=min(len(words), self.rng.randint(2, 3))))

    def _number(self) -> str:
        """Return a complete ISBN, its beginning or its end, or the name of a book."""
        book = self.rng.choice(self.books)
        isbn = book["isbn"] or "9780141439549"
        return self.rng.choice((isbn, isbn[: self.rng.randint(5, 10)], isbn[6:], book["name"]))

    def _prices(self) -> dict[str, str]:
        chance = self.rng.random()
        low = self.rng.choice(PRICES)
        if chance < 0.1:
            return {"price_min": low, "price_max": low}
        if chance < 0.2:
            return {"price_min": low, "price_max": f"{float(low) + 1:.2f}"}
        if chance < 0.3:
            return {"price_min": str(self.rng.randint(1, 190))}
        return {}
