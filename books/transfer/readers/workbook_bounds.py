"""Bounds a workbook before it is opened: an .xlsx file is a zip archive of XML.

A zip archive can expand to a thousand times its size, and a sheet with two cells can be a table of
17,000 million cells. The reader of workbooks bounds neither.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

from books.transfer.errors import FileError, TooLargeError

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# XML takes about this many times as many bytes as the same table in CSV.
XML_PER_CSV = 8
# Entries of the archive. A workbook with a hundred sheets has some three hundred.
MAXIMUM_ENTRIES = 2_000
# A sheet may span one cell for so many bytes of a text file, and never more than the command has
# memory for: each cell of the table around all cells of a sheet takes 32 bytes while it is read.
BYTES_PER_CELL = 4
MAXIMUM_CELLS = 32_000_000
# The last row and column of Excel. The reader counts through empty rows before the first.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
# Bytes of a workbook's parts, which are in memory while it is read, for the command too.
MAXIMUM_BYTES = 512 * 2**20
# Others need a dictionary of any size that the file names.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BLOCK = 65_536

BOOK = "xl/workbook.xml"
# Parts of a workbook that have no cells.
WITHOUT_CELLS = ("docProps/", "xl/drawings/", "xl/charts/", "xl/theme/", "xl/media/", "customXml/")


def gettext_noop(text: str) -> str:
    """Mark a text for translation. It is translated by the process that has Django."""
    return text


def workbook_error(detail: str) -> FileError:
    return FileError(line=1, code="invalid_workbook", detail=detail)


def bounded(file: IO[bytes], *, maximum: int) -> io.BytesIO:
    """Return a workbook as an archive that is not compressed, with the parts that have cells.

    `maximum` is the number of bytes of a text file. The bytes are counted as they are unpacked,
    because an archive may say of an entry that it is shorter than it is. Raises TooLargeError, and
    FileError (`invalid_workbook`).
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _copied(
                archive,
                maximum=min(maximum * XML_PER_CSV, MAXIMUM_BYTES),
                maximum_cells=min(maximum // BYTES_PER_CELL, MAXIMUM_CELLS),
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise workbook_error(
            gettext_noop("The workbook is cut off or damaged. Save it again.")
        ) from error
    except RuntimeError as error:
        raise workbook_error(
            gettext_noop("The workbook is encrypted. Save it without a password.")
        ) from error


def _copied(archive: zipfile.ZipFile, *, maximum: int, maximum_cells: int) -> io.BytesIO:
    parts = [info for info in archive.infolist() if _has_cells(info.filename)]
    names = {info.filename for info in archive.infolist()}
    if BOOK not in names:
        raise workbook_error(_what_it_is(names))
    if any(info.compress_type not in METHODS for info in parts):
        raise workbook_error(
            gettext_noop("The workbook is compressed in an unusual way. Save it again.")
        )
    if len(parts) > MAXIMUM_ENTRIES or sum(info.file_size for info in parts) > maximum:
        raise TooLargeError(f"The workbook has more than {maximum:,} bytes when it is unpacked.")
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as unpacked:
        for name in dict.fromkeys(info.filename for info in parts):
            # ZipFile reads no more than the size that it was asked for above.
            content = archive.read(name)
            # Any part may be a sheet, whatever its name is.
            _require_few_cells(content, maximum=maximum_cells)
            unpacked.writestr(name, content)
    copy.seek(0)
    return copy


def _has_cells(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels")) and not name.startswith(WITHOUT_CELLS)


def _what_it_is(names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return gettext_noop("This is a binary workbook (.xlsb). Save it as .xlsx or as CSV.")
    if "content.xml" in names:
        return gettext_noop("This is an OpenDocument spreadsheet. Save it as .xlsx or as CSV.")
    return gettext_noop("This is a zip archive and no workbook. Send the file that is in it.")


class _Extent:
    """The first and the last row and column with a cell, as the XML names them."""

    def __init__(self) -> None:
        self._row = self._column = 0
        self._top = self._left = 1 << 62
        self._bottom = self._right = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element.

        Raises ValueError for a place that is none, and TooLargeError for one beyond the last.
        """
        if name == "c" or name.endswith(":c"):
            self._cell(attributes.get("r"))
        elif name == "row" or name.endswith(":row"):
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0

    def _cell(self, reference: str | None) -> None:
        """Note a cell. One without a reference is behind the one before it."""
        self._column += 1
        if reference is not None:
            letters = reference.rstrip("0123456789")
            self._row, self._column = int(reference[len(letters) :]), column_of(letters)
        self._top, self._bottom = min(self._top, self._row), max(self._bottom, self._row)
        self._left, self._right = min(self._left, self._column), max(self._right, self._column)
        if self._row > LAST_ROW or self._column > LAST_COLUMN:
            raise TooLargeError(
                "A sheet has a cell beyond the last row or column of Excel. Delete the cells that "
                "are far from the others."
            )

    @property
    def cells(self) -> int:
        height, width = self._bottom - self._top + 1, self._right - self._left + 1
        return max(0, height) * max(0, width)


@lru_cache(maxsize=20_000)
def column_of(letters: str) -> int:
    """Return the number of a column such as `AB`, from 1. Raises ValueError."""
    column = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(letters)
        column = column * 26 + ord(letter) - 64
    return column


def _require_few_cells(sheet: bytes, *, maximum: int) -> None:
    """Raise TooLargeError if a sheet is too wide and too long a table, empty cells included."""
    extent = _Extent()
    parser = expat.ParserCreate()
    parser.StartElementHandler = extent.begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for block in _blocks(sheet):
            parser.Parse(block)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise workbook_error(
            gettext_noop("A sheet of the workbook is damaged. Save it again.")
        ) from error
    if extent.cells > maximum:
        raise TooLargeError(
            f"A sheet spans more than {maximum:,} cells, with empty ones. Delete the cells "
            "that are far from the others."
        )


def _blocks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), BLOCK):
        yield content[start : start + BLOCK]


def _refuse_doctype(*arguments: Any) -> None:
    raise workbook_error(gettext_noop("A sheet of the workbook is damaged. Save it again."))
