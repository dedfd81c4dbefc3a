"""What a person says about a file that the file does not say itself."""

import codecs
import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from books.fields import MEMBERS
from bookstore_project.api.suggestions import did_you_mean

REFUSE, IGNORE = "refuse", "ignore"

# Character sets of texts. Python has codecs for other things too, such as unicode_escape.
ENCODINGS = re.compile(
    "utf_?8(_sig)?|utf_?(16|32)(_?[lb]e)?|(cp|windows_?)(125[0-8]|874|932|936|949|950)"
    "|cp(437|737|775|85[0257]|86[0-69])|(iso_?8859_|latin_?)[0-9]{1,2}|koi8_[rut]"
    "|(mac_?|x_mac_)(roman|latin2|cyrillic|greek|turkish|iceland|croatian|romanian)|macintosh"
    "|shift_?jis|sjis|euc_(jp|kr)|iso_2022_(jp|kr)|gbk|gb2312|gb18030|big5(hkscs)?|tis_620|us_ascii"
    "|ascii"
)
# Names that browsers and Macs use, and Python does not know.
ALIASES = {"x_mac_roman": "mac_roman", "x_mac_cyrillic": "mac_cyrillic"}

# Parts of a date, for strptime(). A time of day is read and left out.
DIRECTIVES = frozenset("dmYybBHMSp%")
YEAR, MONTH, DAY = ("%Y", "%y"), ("%m", "%b", "%B"), ("%d",)
SAMPLE = datetime(2001, 2, 3)


class OptionError(Exception):
    """A value of the option `name` that can't be used. The detail says what to give instead."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How to read a file. Each option has the same name in the API, the command and the admin."""

    # The name of a character set, for files that are neither UTF-8 nor UTF-16 with a mark.
    encoding: str | None = None
    # Pairs of a column's header and the member that it gives.
    columns: tuple[tuple[str, str], ...] = ()
    # REFUSE or IGNORE: what to do with columns that nobody knows.
    unknown: str = REFUSE
    # The form of dates, for strptime().
    date_format: str | None = None
    # The name of a sheet in a workbook; the first one by default.
    sheet: str | None = None

    @property
    def ignores_unknown(self) -> bool:
        return self.unknown == IGNORE

    @classmethod
    def read(cls, texts: Mapping[str, str | None]) -> "FileOptions":
        """Return the options for texts, where an empty one is not given. Raises OptionError."""
        given = {name: text for name, text in texts.items() if text}
        return cls(
            encoding=_encoding(given.get("encoding")),
            columns=_columns(given.get("columns", "")),
            unknown=_unknown(given.get("unknown", REFUSE)),
            date_format=_date_format(given.get("date_format")),
            sheet=_sheet(given.get("sheet")),
        )


# A file that says everything itself.
PLAIN = FileOptions()

# The options, in the order in which forms show them, with what the documents say of them.
HELP = {
    "encoding": "The character set of the file, such as `windows-1252`, which many Windows "
    "programs write. UTF-8, and UTF-16 with a byte order mark, are recognised without it.",
    "columns": "Your names of columns, each with ours behind a colon: `Title:name,Cost:price` "
    "reads the column Title as the name of a book, and Cost as its price. Usual names are known.",
    "unknown": "If the file has columns that are not known: import nothing (`refuse`), or leave "
    "them out (`ignore`).",
    "date_format": "How the file writes dates, if not as 1985-06-01. %d is the day, %m the month "
    "and %Y the year: `%d.%m.%Y` reads 01.06.1985.",
    "sheet": "The name of the sheet in a workbook. Without it, the first one is read.",
}


def _encoding(name: str | None) -> str | None:
    if name is None:
        return None
    plain = re.sub("[-_ ]+", "_", name.strip().lower())
    if ENCODINGS.fullmatch(plain):
        plain = ALIASES.get(plain, plain)
        try:
            return codecs.lookup(plain).name
        except LookupError:
            pass
    raise OptionError("encoding", "Give a character set, such as utf-8, windows-1252 or utf-16-le.")


def _columns(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of `Title:name,"Author (Last, First):author"`. Raises OptionError."""
    try:
        cells = next(csv.reader([text], strict=True, skipinitialspace=True), [])
    except csv.Error:
        cells = [""]
    pairs = []
    for cell in cells:
        header, colon, member = (part.strip() for part in cell.rpartition(":"))
        if not (header and colon):
            raise OptionError("columns", "Give pairs such as Title:name,Cost:price.")
        if member not in MEMBERS:
            hint = did_you_mean(member, MEMBERS)
            raise OptionError("columns", f"There is no member {member[:100]!r}.{hint}")
        pairs.append((header, member))
    members = [member for _, member in pairs]
    twice = next((member for member in members if members.count(member) > 1), None)
    if twice is not None:
        raise OptionError("columns", f"Give one column for {twice}.")
    return tuple(pairs)


def _unknown(text: str) -> str:
    if text not in (REFUSE, IGNORE):
        raise OptionError("unknown", f"Give {REFUSE} or {IGNORE}.")
    return text


def _date_format(text: str | None) -> str | None:
    if text is None:
        return None
    directives = re.findall("%(.?)", text, re.DOTALL)
    has_year = any(year[1:] in directives for year in YEAR)
    if has_year and DIRECTIVES.issuperset(directives):
        try:
            datetime.strptime(SAMPLE.strftime(text), text)
        except (ValueError, re.error):
            pass
        else:
            return text
    raise OptionError(
        "date_format", "Give a form such as %d.%m.%Y, of %d, %m, %b, %B and %Y or %y."
    )


def _sheet(name: str | None) -> str | None:
    # XML has no NUL, and an argument of a process can't have one.
    if name is not None and "\0" in name:
        raise OptionError("sheet", "Give the name of a sheet, which has no NUL.")
    return name
