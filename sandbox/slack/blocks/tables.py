"""Tables: rows of cells, and the tables that people can sort and leaf through."""

from sandbox.slack.blocks.checks import (
    Check,
    array,
    boolean,
    by_type,
    choice,
    every,
    fields,
    integer,
    number,
    string,
    typed,
)
from sandbox.slack.blocks.rich_text import RICH_TEXT
from sandbox.slack.blocks.texts import BLOCK_ID

CELLS: dict[str, Check] = {
    "raw_text": typed("raw_text", {"text": string(minimum=0)}),
    "raw_number": typed("raw_number", {"value": number}, {"text": string()}),
    "rich_text": RICH_TEXT,
}
_ROW = array(by_type(CELLS), 20)
_COLUMN = fields({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})

TABLE = typed(
    "table",
    {"rows": array(_ROW, 100)},
    {"block_id": BLOCK_ID, "column_settings": array(_COLUMN, 20)},
)
DATA_TABLE = every(
    typed(
        "data_table",
        {"rows": array(_ROW, 101), "caption": string()},
        {
            "block_id": BLOCK_ID,
            "column_settings": array(_COLUMN, 20),
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, 19),
        },
    ),
)
