"""Files: the SDK's upload in three steps, and the look at a file before blocks may show it."""

from dataclasses import replace

import httpx
from slack_office import HURRIED, Office, open_office, refused

HERE = "C0MIGRATION"
PICTURE = b"\x89PNG not really"


def test_an_upload_stands_in_the_thread(office: Office) -> None:
    """The SDK's upload posts one message with the file, where it was asked to."""
    root = office.client.chat_postMessage(channel=HERE, text="root")["ts"]
    office.client.files_upload_v2(
        channel=HERE,
        thread_ts=root,
        content=PICTURE,
        filename="lag.png",
        title="Lag",
        alt_txt="a line that falls",
        initial_comment="the lag",
    )

    [reply] = office.person("rita").thread("#migrations", root)
    assert reply["text"] == "the lag"
    [file] = reply["files"]
    assert (file["title"], file["size"], file["mimetype"]) == ("Lag", len(PICTURE), "image/png")
    assert file["alt_txt"] == "a line that falls"
    assert office.client.files_info(file=file["id"])["file"]["name"] == "lag.png"
    given = httpx.get(file["permalink"])
    assert (given.content, given.headers["content-disposition"]) == (PICTURE, "attachment")
    unknown = file["permalink"].replace(file["id"], "F0NOSUCH")
    assert httpx.get(unknown).status_code == 404


def test_a_file_is_looked_at_before_a_block_shows_it() -> None:
    """Right after the upload a file has no type, and a block with it is refused."""
    office = open_office(timings=replace(HURRIED, file_scan=60.0))
    try:
        upload = office.client.files_upload_v2(content=PICTURE, filename="lag.png")
        file_id = upload["file"]["id"]
        assert office.client.files_info(file=file_id)["file"]["mimetype"] == ""
        block = {"type": "image", "alt_text": "lag", "slack_file": {"id": file_id}}
        body = refused(
            "invalid_blocks",
            office.client.chat_postMessage,
            channel=HERE,
            text="t",
            blocks=[block],
        )
    finally:
        office.workspace.stop()

    assert "invalid slack file" in body["errors"][0]


def test_a_file_that_was_looked_at_can_be_shown(office: Office) -> None:
    """Once its type is known, blocks may carry the file."""
    upload = office.client.files_upload_v2(content=PICTURE, filename="lag.png")
    block = {"type": "image", "alt_text": "lag", "slack_file": {"id": upload["file"]["id"]}}

    assert office.client.chat_postMessage(channel=HERE, text="t", blocks=[block])["ok"]


def test_unknown_and_unfinished_files_are_not_there(office: Office) -> None:
    """A file exists from its completion on."""
    client = office.client
    refused("file_not_found", client.files_info, file="F0NOWHERE01")
    announced = client.files_getUploadURLExternal(filename="a.txt", length=3)
    refused("file_not_found", client.files_info, file=announced["file_id"])
    refused(
        "file_not_found",
        client.files_completeUploadExternal,
        files=[{"id": announced["file_id"]}],
    )
