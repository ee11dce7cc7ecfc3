"""Events and replays on either transport."""

from slack_office import Office


def test_the_app_hears_that_its_home_was_opened(staffed: Office) -> None:
    """An event reaches the app, which publishes a home tab for that person."""
    rita = staffed.person("rita")
    rita.open_home()

    rita.wait_until(rita.home, what="a home tab")
    body = staffed.seen[0]
    assert body["type"] == "event_callback"
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["user_id"] == "U0DAYBREAK1"
    assert body["event"]["type"] == "app_home_opened"
    assert (body["event"]["user"], body["event"]["tab"]) == ("U0RITA00001", "home")
    assert staffed.person("adam").home() is None


def test_words_are_events_only_if_asked_for(staffed: Office) -> None:
    """An app that subscribed to no messages hears none."""
    staffed.person("rita").say("#migrations", "hello <@U0DAYBREAK1>")
    staffed.person("rita").type("#migrations", "/migrate nothing")

    assert [body.get("command") for body in staffed.seen] == ["/migrate"]


def test_the_same_request_can_come_twice(staffed: Office) -> None:
    """A replay is the earlier request to the byte, trigger and all; the app runs it again."""
    rita = staffed.person("rita")
    rita.type("#migrations", "/migrate hello")
    again = rita.replay()

    assert again["error"] is None
    first, second = staffed.seen
    assert first == second
    texts = [message["text"] for message in rita.ephemerals("#migrations")]
    assert texts == ["you said hello"] * 2
