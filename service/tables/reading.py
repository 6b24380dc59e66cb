"""Reading a file of tables, whatever kind it is: what it begins with tells, and nobody is believed who says so."""

from events.rejection import RejectionCode
from service.tables.csv_sheet import read_csv
from service.tables.sheet import Sheet, SheetError, SheetLimits
from service.tables.xlsx_sheet import SIGNATURE, read_xlsx

_OLD_SPREADSHEET = b"\xd0\xcf\x11\xe0"


def read_sheet(content: bytes, sheet: str | None, limits: SheetLimits) -> Sheet:
    """Read a file; `sheet` names one of a spreadsheet, None for the first.

    Raises:
        SheetError: it cannot be read, or has more than the limits allow.
    """
    if len(content) > limits.bytes:
        message = f"the file has {len(content)} bytes, at most {limits.bytes} allowed"
        raise SheetError(message, code=RejectionCode.LIMIT_EXCEEDED)
    if content.startswith(SIGNATURE):
        return read_xlsx(content, sheet, limits)
    if content.startswith(_OLD_SPREADSHEET):
        raise SheetError("an old or an encrypted spreadsheet: save it as XLSX, without a password")
    if sheet is not None:
        raise SheetError("only a spreadsheet has sheets")
    return read_csv(content, limits)
