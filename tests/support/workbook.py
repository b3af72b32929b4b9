"""A workbook as a spreadsheet program saves it, down to the parts that a reader needs."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook has no zones


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Return an .xlsx with these sheets: text, numbers, booleans, datetimes, None for no cell."""
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": _types(numbers),
        "_rels/.rels": _links({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": _book(sheets),
        "xl/_rels/workbook.xml.rels": _links(
            {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in numbers}
            | {"rId99": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    parts |= {
        f"xl/worksheets/sheet{n}.xml": _sheet(rows)
        for n, rows in zip(numbers, sheets.values(), strict=True)
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return made.getvalue()


def _types(numbers: Sequence[int]) -> str:
    kinds = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
    kinds |= {f"/xl/worksheets/sheet{n}.xml": "worksheet" for n in numbers}
    told = "".join(
        f'<Override PartName="{name}" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in kinds.items()
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="{rels}"/>{told}</Types>'
    )


def _links(targets: dict[str, tuple[str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="{id_}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for id_, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _book(names: Mapping[str, Sequence[Sequence[object]]]) -> str:
    told = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, start=1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{told}</sheets></workbook>'


def _sheet(rows: Sequence[Sequence[object]]) -> str:
    told = "".join(
        f'<row r="{number}">{"".join(map(_cell, _places(number), cells))}</row>'
        for number, cells in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{told}</sheetData></worksheet>'


def _places(row: int) -> list[str]:
    return [f"{letter}{row}" for letter in "ABCDEFGHIJ"]


def _cell(place: str, value: object) -> str:
    match value:
        case None:
            cell = ""
        case bool():
            cell = f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case datetime():
            days = (value - _EPOCH).total_seconds() / 86_400
            cell = f'<c r="{place}" s="1"><v>{days}</v></c>'
        case int() | float():
            cell = f'<c r="{place}"><v>{value}</v></c>'
        case _:
            cell = f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
    return cell
