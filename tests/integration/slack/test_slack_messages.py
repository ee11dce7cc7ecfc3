"""The Web API's messages: posting, editing, privacy, threads, metadata, and what is refused."""

from typing import Any

import pytest
from slack_office import Office, refused
from slack_sdk import WebClient
from tiny_app import section

from sandbox.slack.people import visible_text

HERE = "C0MIGRATION"


def test_tokens_are_checked(office: Office) -> None:
    """No token, an unknown one and one of the wrong kind are told apart."""
    url, tokens = office.workspace.api_url, office.workspace.tokens
    refused("not_authed", WebClient(base_url=url).auth_test)
    refused("invalid_auth", WebClient("xoxb-wrong", base_url=url).auth_test)
    refused("not_allowed_token_type", WebClient(tokens.app, base_url=url).auth_test)
    refused(
        "not_allowed_token_type",
        WebClient(base_url=url).apps_connections_open,
        app_token=tokens.bot,
    )


def test_auth_test_names_the_bot_and_its_scopes(office: Office) -> None:
    """The app learns who it is, and in a header what it may."""
    answer = office.client.auth_test()

    assert answer["user_id"] == "U0DAYBREAK1"
    assert answer["bot_id"] == "B0DAYBREAK"
    assert answer["team_id"] == "T0LOCAL0001"
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_unknown_methods_are_refused(office: Office) -> None:
    """A method that is not there is named as such."""
    refused("unknown_method", office.client.api_call, api_method="chat.whisper")


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "form"])
def test_arguments_come_as_a_form_or_as_json(office: Office, as_json: bool) -> None:
    """Both encodings give the same message."""
    arguments = {"channel": HERE, "text": "Grüße & <ok>", "blocks": [section("in *blocks*")]}
    if as_json:
        answer = office.client.api_call("chat.postMessage", json=arguments)
    else:
        answer = office.client.chat_postMessage(**arguments)

    message = office.person("rita").message(HERE, answer["ts"])
    assert message["text"] == "Grüße & <ok>"
    assert visible_text(message) == "in *blocks*"


def test_a_body_that_is_no_json_is_refused(office: Office) -> None:
    """A broken body is told apart from broken blocks."""
    refused(
        "invalid_blocks_format",
        office.client.api_call,
        api_method="chat.postMessage",
        params={"channel": HERE, "blocks": "[{"},
    )


def test_time_stamps_only_grow(office: Office) -> None:
    """No two messages share a time stamp, and their order is the order of posting."""
    stamps = [office.client.chat_postMessage(channel=HERE, text="x")["ts"] for _ in range(20)]

    assert stamps == sorted(set(stamps), key=float)


def test_a_channel_is_found_by_name_or_id_and_must_be_joined(office: Office) -> None:
    """The bot posts where it is a member, and nowhere else."""
    post = office.client.chat_postMessage
    assert post(channel="#migrations", text="by name")["channel"] == HERE
    refused("not_in_channel", post, channel="#general", text="x")
    refused("channel_not_found", post, channel="C0NOWHERE01", text="x")
    refused(
        "no_text", office.client.api_call, api_method="chat.postMessage", json={"channel": HERE}
    )


def test_a_persons_id_opens_direct_messages(office: Office) -> None:
    """A message to a person stands in their direct messages, which only the two see."""
    sent = office.client.chat_postMessage(channel="U0ADAM00001", text="a word")
    opened = office.client.conversations_open(users="U0ADAM00001")

    assert sent["channel"] == opened["channel"]["id"]
    assert [m["text"] for m in office.person("adam").messages("@daybreak")] == ["a word"]
    assert office.person("rita").messages("@daybreak") == []


def test_text_without_blocks_takes_the_blocks_away(office: Office) -> None:
    """An update with text alone removes blocks and marks the message as edited."""
    sent = office.client.chat_postMessage(channel=HERE, text="t", blocks=[section("b")])
    office.client.chat_update(channel=HERE, ts=sent["ts"], text="only words")

    message = office.person("rita").message(HERE, sent["ts"])
    assert "blocks" not in message
    assert message["text"] == "only words"
    assert message["edited"]["user"] == "U0DAYBREAK1"


def test_text_with_blocks_replaces_both_without_a_mark(office: Office) -> None:
    """An update with blocks shows no "(edited)"."""
    sent = office.client.chat_postMessage(channel=HERE, text="t", blocks=[section("b")])
    office.client.chat_update(channel=HERE, ts=sent["ts"], text="t2", blocks=[section("b2")])

    message = office.person("rita").message(HERE, sent["ts"])
    assert (message["text"], visible_text(message)) == ("t2", "b2")
    assert "edited" not in message


def test_an_update_keeps_metadata_unless_it_brings_some(office: Office) -> None:
    """Metadata stays through updates, is replaced when sent, and is shown only when asked for."""
    first = {"event_type": "run", "event_payload": {"id": "m-1", "rev": 1}}
    sent = office.client.chat_postMessage(channel=HERE, text="t", metadata=first)
    office.client.chat_update(channel=HERE, ts=sent["ts"], text="t2")

    def stored(asked: bool) -> Any:
        answer = office.client.conversations_history(channel=HERE, include_all_metadata=asked)
        return answer["messages"][0].get("metadata")

    assert stored(True) == first
    assert stored(False) is None
    second = {"event_type": "run", "event_payload": {"id": "m-1", "rev": 2}}
    office.client.chat_update(channel=HERE, ts=sent["ts"], text="t3", metadata=second)
    assert stored(True) == second


def test_updates_are_refused_as_slack_does(office: Office) -> None:
    """Unknown messages, other people's, too much text and nothing at all are refused."""
    update = office.client.chat_update
    sent = office.client.chat_postMessage(channel=HERE, text="t")
    said = office.person("rita").say("#migrations", "mine")
    refused("message_not_found", update, channel=HERE, ts="1.000001", text="x")
    refused("cant_update_message", update, channel=HERE, ts=said["ts"], text="x")
    refused("msg_too_long", update, channel=HERE, ts=sent["ts"], text="x" * 4001)
    bare = {"channel": HERE, "ts": sent["ts"]}
    refused("no_text", office.client.api_call, api_method="chat.update", json=bare)
    refused("cant_delete_message", office.client.chat_delete, channel=HERE, ts=said["ts"])


def test_a_deleted_message_is_gone(office: Office) -> None:
    """What is deleted can be neither read nor edited."""
    sent = office.client.chat_postMessage(channel=HERE, text="t")
    office.client.chat_delete(channel=HERE, ts=sent["ts"])

    assert office.person("rita").messages("#migrations") == []
    refused("message_not_found", office.client.chat_update, channel=HERE, ts=sent["ts"], text="x")


def test_ephemerals_are_private_and_not_in_history(office: Office) -> None:
    """A message for one is seen by one, and no API call finds or edits it."""
    sent = office.client.chat_postEphemeral(channel=HERE, user="U0RITA00001", text="psst")

    assert [m["text"] for m in office.person("rita").ephemerals("#migrations")] == ["psst"]
    assert office.person("adam").ephemerals("#migrations") == []
    assert office.client.conversations_history(channel=HERE)["messages"] == []
    stamp = sent["message_ts"]
    refused("message_not_found", office.client.chat_update, channel=HERE, ts=stamp, text="x")


def test_ephemerals_need_a_person_who_is_there(office: Office) -> None:
    """Who is not in the channel cannot be shown anything in it."""
    whisper = office.client.chat_postEphemeral
    direct = office.client.conversations_open(users="U0ADAM00001")["channel"]["id"]
    refused("user_not_in_channel", whisper, channel=direct, user="U0RITA00001", text="x")
    refused("user_not_found", whisper, channel=HERE, user="U0NOBODY001", text="x")


def test_threads_hang_under_their_root(office: Office) -> None:
    """A reply stands in the thread, counts at the root, and a reply to a reply joins it."""
    root = office.client.chat_postMessage(channel=HERE, text="root")["ts"]
    first = office.client.chat_postMessage(channel=HERE, text="one", thread_ts=root)["ts"]
    office.client.chat_postMessage(channel=HERE, text="two", thread_ts=first)

    rita = office.person("rita")
    assert [m["text"] for m in rita.messages("#migrations")] == ["root"]
    assert [m["text"] for m in rita.thread("#migrations", root)] == ["one", "two"]
    thread = office.client.conversations_replies(channel=HERE, ts=root)["messages"]
    assert [m["text"] for m in thread] == ["root", "one", "two"]
    assert thread[0]["reply_count"] == 2
    link = office.client.chat_getPermalink(channel=HERE, message_ts=first)["permalink"]
    assert f"thread_ts={root}" in link


def test_a_broadcast_reply_stands_in_both_places(office: Office) -> None:
    """`reply_broadcast` shows a reply in the channel too."""
    root = office.client.chat_postMessage(channel=HERE, text="root")["ts"]
    office.client.chat_postMessage(channel=HERE, text="look", thread_ts=root, reply_broadcast=True)

    shown = office.person("rita").messages("#migrations")
    assert [(m["text"], m.get("subtype")) for m in shown] == [
        ("root", None),
        ("look", "thread_broadcast"),
    ]


def test_a_reply_to_a_deleted_root_lands_in_the_channel(office: Office) -> None:
    """Slack does not refuse a reply whose root is gone: it posts to the channel, untold."""
    root = office.client.chat_postMessage(channel=HERE, text="root")["ts"]
    office.client.chat_delete(channel=HERE, ts=root)
    sent = office.client.chat_postMessage(channel=HERE, text="orphan", thread_ts=root)

    assert "thread_ts" not in sent["message"]
    assert [m["text"] for m in office.person("rita").messages("#migrations")] == ["orphan"]
    refused("thread_not_found", office.client.conversations_replies, channel=HERE, ts=root)


def test_history_comes_in_pages(office: Office) -> None:
    """Newest first, with a cursor; `oldest` and `latest` cut."""
    stamps = [office.client.chat_postMessage(channel=HERE, text=str(n))["ts"] for n in range(5)]
    history = office.client.conversations_history
    pages = [[m["text"] for m in page["messages"]] for page in history(channel=HERE, limit=2)]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    within = history(channel=HERE, oldest=stamps[1], latest=stamps[3])["messages"]
    assert [m["text"] for m in within] == ["2"]
    inclusive = history(channel=HERE, oldest=stamps[3], inclusive=True)["messages"]
    assert [m["text"] for m in inclusive] == ["4", "3"]
    refused("not_in_channel", history, channel="C0GENERAL01")
    refused("invalid_cursor", history, channel=HERE, cursor="nonsense")


def test_pins_and_reactions_are_kept_once(office: Office) -> None:
    """A second pin and a second reaction are refused, and so is the removal of none."""
    client = office.client
    stamp = client.chat_postMessage(channel=HERE, text="t")["ts"]
    client.pins_add(channel=HERE, timestamp=stamp)
    refused("already_pinned", client.pins_add, channel=HERE, timestamp=stamp)
    assert client.pins_list(channel=HERE)["items"][0]["message"]["ts"] == stamp
    client.pins_remove(channel=HERE, timestamp=stamp)
    refused("no_pin", client.pins_remove, channel=HERE, timestamp=stamp)
    client.reactions_add(channel=HERE, timestamp=stamp, name="eyes")
    refused("already_reacted", client.reactions_add, channel=HERE, timestamp=stamp, name="eyes")
    shown = office.person("rita").message(HERE, stamp)
    assert shown["reactions"] == [{"name": "eyes", "users": ["U0DAYBREAK1"], "count": 1}]
    client.reactions_remove(channel=HERE, timestamp=stamp, name="eyes")
    refused("no_reaction", client.reactions_remove, channel=HERE, timestamp=stamp, name="eyes")


def test_counts_and_log_tell_what_was_shown(office: Office) -> None:
    """The report's counters follow what succeeded; the log has the payloads."""
    before = office.wire.counts()
    stamp = office.client.chat_postMessage(channel=HERE, text="counted")["ts"]
    office.client.chat_update(channel=HERE, ts=stamp, text="again")
    office.client.chat_postEphemeral(channel=HERE, user="U0RITA00001", text="psst")
    bare = {"channel": HERE}
    refused("no_text", office.client.api_call, api_method="chat.postMessage", json=bare)

    after = office.workspace.counts()
    assert {name: after[name] - before[name] for name in after} == {
        "posted": 1,
        "updated": 1,
        "ephemeral": 1,
    }
    last = office.wire.traffic()[-1]
    assert last["kind"] == "chat.postMessage"
    assert last["answer"] == {"ok": False, "error": "no_text"}
    posts = [e["request"] for e in office.workspace.traffic() if e["kind"] == "chat.postMessage"]
    assert "counted" in [request.get("text") for request in posts]
