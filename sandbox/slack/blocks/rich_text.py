"""Rich text: sections, lists, quotes and preformatted pieces, and the words in them."""

from sandbox.slack.blocks.checks import (
    Check,
    array,
    boolean,
    by_type,
    choice,
    fields,
    integer,
    string,
    typed,
)
from sandbox.slack.blocks.texts import BLOCK_ID, URL

_STYLE = fields({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_MENTION_STYLE = fields(
    {},
    dict.fromkeys(
        ("bold", "italic", "strike", "highlight", "client_highlight", "unlink", "underline"),
        boolean,
    ),
)
_ID = string(255)

WORDS: dict[str, Check] = {
    "text": typed("text", {"text": string()}, {"style": _STYLE}),
    "link": typed(
        "link", {"url": URL}, {"text": string(minimum=0), "unsafe": boolean, "style": _STYLE}
    ),
    "emoji": typed(
        "emoji",
        {"name": _ID},
        {"unicode": string(), "skin_tone": integer(1, 6), "style": _STYLE},
    ),
    "user": typed("user", {"user_id": _ID}, {"style": _MENTION_STYLE}),
    "usergroup": typed("usergroup", {"usergroup_id": _ID}, {"style": _MENTION_STYLE}),
    "channel": typed("channel", {"channel_id": _ID}, {"style": _MENTION_STYLE}),
    "broadcast": typed(
        "broadcast", {"range": choice("here", "channel", "everyone")}, {"style": _STYLE}
    ),
    "date": typed(
        "date",
        {"timestamp": integer(0), "format": string()},
        {"url": URL, "fallback": string(), "style": _STYLE},
    ),
    "color": typed("color", {"value": string()}, {"style": _STYLE}),
}

_SECTION = typed("rich_text_section", {"elements": array(by_type(WORDS), minimum=0)})
_BORDER: dict[str, Check] = {"border": integer(0, 1)}

PIECES: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": typed(
        "rich_text_list",
        {
            "style": choice("bullet", "ordered"),
            "elements": array(by_type({"rich_text_section": _SECTION})),
        },
        {**_BORDER, "indent": integer(0, 8), "offset": integer(0)},
    ),
    "rich_text_preformatted": typed(
        "rich_text_preformatted",
        {"elements": array(by_type({name: WORDS[name] for name in ("text", "link")}))},
        {**_BORDER, "language": string(50)},
    ),
    "rich_text_quote": typed("rich_text_quote", {"elements": array(by_type(WORDS))}, _BORDER),
}

RICH_TEXT = typed("rich_text", {"elements": array(by_type(PIECES))}, {"block_id": BLOCK_ID})
