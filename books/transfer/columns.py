"""Decides which columns of a file give which members of a book."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from books.fields import MEMBERS, REQUIRED, SETTABLE
from bookstore_project.api.suggestions import did_you_mean, nearest_of

from .dialects.cells import Convert
from .dialects.dialect import Dialect, heading
from .dialects.general import ORDER, OWN, USUAL, converter_of
from .dialects.known import OWN as OWN_NAME
from .dialects.known import SPREADSHEET, dialect_of
from .errors import FileError, RowError
from .option_names import option
from .options import IGNORE, FileOptions

# Errors of one header that are listed, and characters of a name that an error repeats.
MAXIMUM_ERRORS = 50
MAXIMUM_NAME = 100

# Members that only our own files may give: other programs number their books too. A currency is no
# such number, and tells what a price means.
IDENTITY = frozenset(MEMBERS).difference(SETTABLE, {"currency"})


@dataclass(frozen=True)
class Source:
    """A column that gives a member. `place` is its number in the row, from 0."""

    place: int
    header: str
    member: str
    convert: Convert


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a file."""

    # The name of the dialect in reports.
    name: str
    # The other program's dialect; None for spreadsheets and for our own format.
    dialect: Dialect | None
    # For each member, its columns; the first one counts that has a value in the row.
    sources: Mapping[str, Sequence[Source]]
    # Headers that are left out, and headers that nobody knows.
    left: Sequence[str] = ()
    unknown: Sequence[str] = ()
    # Whether all known columns have our own names.
    is_ours: bool = False

    @property
    def taken(self) -> list[tuple[str, str]]:
        """Return the pairs of header and member, in the order of the file."""
        sources = [source for each in self.sources.values() for source in each]
        sources.sort(key=lambda source: source.place)
        return [(source.header, source.member) for source in sources]

    def at(self, place: int) -> list[tuple[str, Source]]:
        """Return the members that a column gives."""
        pairs = [(member, source) for member, each in self.sources.items() for source in each]
        return [(member, source) for member, source in pairs if source.place == place]


def columns_of(header: Sequence[str], options: FileOptions) -> Columns:
    """Return the columns of a header, whether or not the file may have them."""
    names = _names(header)
    keys = [heading(name) for name in names]
    places = {place: key for place, key in enumerate(keys) if names[place]}
    dialect = dialect_of(frozenset(keys))
    sources = _by_hand(names, options)
    if dialect is not None:
        sources += _of_dialect(names, _rest(places, sources), dialect)
    given = {source.member for source in sources}
    usual, is_ours = _usual(names, _rest(places, sources), dialect, given)
    is_mapped = bool(sources)
    sources += usual
    others = [names[place] for place in _rest(places, sources)]
    is_lenient = dialect is not None or options.ignores_unknown
    unknown = [] if is_lenient else [name for name in others if not _is_known(heading(name))]
    return Columns(
        name=dialect.name if dialect else OWN_NAME if is_ours and not is_mapped else SPREADSHEET,
        dialect=dialect,
        sources=_by_member(sources),
        left=[name for name in others if name not in unknown],
        unknown=unknown,
        is_ours=is_ours,
    )


def _names(header: Sequence[str]) -> list[str]:
    return [cell.strip().strip("\ufeff").strip() for cell in header]


def _rest(places: Mapping[int, str], sources: Sequence[Source]) -> dict[int, str]:
    """Return the columns that give no member yet."""
    taken = {source.place for source in sources}
    return {place: key for place, key in places.items() if place not in taken}


def require_columns(
    header: Sequence[str], columns: Columns, options: FileOptions, *, line: int = 1
) -> None:
    """Raise FileError with everything that is wrong with a header."""
    names = _names(header)
    errors = [
        *_not_in_file(names, options, line),
        *_unknown(columns, line),
        *_twice(names, columns, line),
        *_missing(columns, line),
    ]
    if errors:
        raise FileError.of(errors)


def _is_known(key: str) -> bool:
    return key in OWN or key in USUAL


def _by_hand(names: Sequence[str], options: FileOptions) -> list[Source]:
    """Return the columns that the client mapped. The exact header wins over the same words."""
    found = []
    for header, member in options.columns:
        places = [place for place, name in enumerate(names) if name == header] or [
            place for place, name in enumerate(names) if name and heading(name) == heading(header)
        ]
        found += [Source(place, names[place], member, converter_of(member)) for place in places[:1]]
    return found


def _of_dialect(names: Sequence[str], places: Mapping[int, str], dialect: Dialect) -> list[Source]:
    by_key = {key: place for place, key in reversed([*places.items()])}
    found = []
    for take in dialect.takes:
        place = by_key.get(heading(take.header))
        if place is not None:
            found.append(Source(place, names[place], take.member, take.convert))
    return found


def _usual(
    names: Sequence[str], places: Mapping[int, str], dialect: Dialect | None, given: set[str]
) -> tuple[list[Source], bool]:
    """Return the columns with our own or usual names, and whether all of them are our own.

    Beside a dialect's columns and those that were mapped by hand, a usual word counts only for a
    member that has none yet.
    """
    found = []
    for place, key in sorted(places.items(), key=lambda each: ORDER.get(each[1], 0)):
        if dialect is not None and key in dialect.leaves:
            continue
        if key in OWN:
            found.append(Source(place, names[place], OWN[key], converter_of(OWN[key])))
        elif key in USUAL:
            take = USUAL[key]
            found.append(Source(place, names[place], take.member, take.convert))
    is_ours = dialect is None and all(heading(source.header) in OWN for source in found)
    kept = [
        source
        for source in found
        if source.member not in given and (is_ours or source.member not in IDENTITY)
    ]
    return kept, is_ours


def _by_member(sources: Sequence[Source]) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = {}
    for source in sources:
        found.setdefault(source.member, []).append(source)
    return found


def _error(name: str, code: str, detail: str, line: int) -> RowError:
    pointer = f"#/{name[:MAXIMUM_NAME]}"
    return RowError(line=line, pointer=pointer, code=code, detail=detail)


def _advice(name: str) -> str:
    text = _("Name its member, as in %(columns)s, or leave it out with %(unknown)s.")
    return text % {
        "columns": option("columns", f"{name}:publisher"),
        "unknown": option("unknown", IGNORE),
    }


def _unknown(columns: Columns, line: int) -> list[RowError]:
    errors = []
    for name in columns.unknown[:MAXIMUM_ERRORS]:
        free = set(MEMBERS) - columns.sources.keys()
        # Without a near name, the hint would have all of them, once for each column.
        hint = did_you_mean(name, free) if nearest_of(name, free) else ""
        detail = _("There is no such column.") + f"{hint} {_advice(name[:MAXIMUM_NAME])}"
        errors.append(_error(name, "unknown_column", detail, line))
    others = len(columns.unknown) - len(errors)
    if others:
        errors.append(
            _error(
                "",
                "unknown_column",
                _("So are %(others)s other columns.") % {"others": f"{others:,}"},
                line,
            )
        )
    return errors


def _twice(names: Sequence[str], columns: Columns, line: int) -> list[RowError]:
    """Return an error for each column that counts and occurs twice."""
    counts = Counter(heading(name) for name in names)
    taken = dict.fromkeys(header for header, _ in columns.taken)
    detail = _("The column occurs twice.")
    return [
        _error(header, "duplicate_column", detail, line)
        for header in {heading(header): header for header in taken}.values()
        if counts[heading(header)] > 1
    ]


def _missing(columns: Columns, line: int) -> list[RowError]:
    """Return an error for each required member without a column.

    Another program has the columns that it has: its rows say what they lack.
    """
    wanted = [] if columns.dialect else [m for m in REQUIRED if m not in columns.sources]
    detail = _("The column is missing. The first line must name the columns.")
    return [_error(member, "missing_column", detail, line) for member in wanted]


def _not_in_file(names: Sequence[str], options: FileOptions, line: int) -> list[RowError]:
    keys = {heading(name) for name in names if name}
    detail = _("%(option)s names this column, and the file does not have it.") % {
        "option": option("columns")
    }
    return [
        _error(header, "missing_column", detail, line)
        for header, _ in options.columns
        if heading(header) not in keys
    ]
