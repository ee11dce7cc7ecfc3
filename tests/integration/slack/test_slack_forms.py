"""People in modals, with an app on either transport: fill in, submit, errors, stacks, closing."""

import pytest
from slack_office import Office
from tiny_app import menu, text_input

from sandbox.slack.cast import RITA
from sandbox.slack.people import NotOnTheScreen, Person, Refused, visible_text


def in_form(office: Office, handle: str = "rita") -> Person:
    """A person with the form open."""
    person = office.person(handle)
    person.type("#migrations", "/migrate modal")
    person.wait_for_modal(saying="Form")
    assert office.app is not None
    office.app.forget()
    return person


def test_every_kind_of_input_reaches_the_app(staffed: Office) -> None:
    """What is filled in by label arrives in the shape that Slack has for each kind."""
    rita = in_form(staffed)
    rita.fill(
        {
            "What to do": "move it",
            "Class": "Large one",
            "Instance": "orders-eu",
            "Agreed": ["Small one", "Large one"],
            "One of": "Small one",
            "Seconds": 5,
            "Who": "adam",
            "Who else": ["anna", "@oscar"],
            "Where": "#general",
            "Day": "2030-01-02",
        }
    )
    outcome = rita.submit()

    assert outcome.closed
    body = staffed.seen[-1]
    assert body["type"] == "view_submission"
    assert body["user"]["id"] == "U0RITA00001"
    assert body["view"]["callback_id"] == "form"
    assert body["view"]["private_metadata"] == "kept"
    values = {name: entry["value"] for name, entry in body["view"]["state"]["values"].items()}
    text = {"type": "plain_text", "text": "Large one"}
    assert values["what"] == {"type": "plain_text_input", "value": "move it"}
    assert values["class"]["selected_option"] == {"text": text, "value": "large"}
    assert values["instance"]["selected_option"]["value"] == "id-orders-eu"
    assert [o["value"] for o in values["agreed"]["selected_options"]] == ["small", "large"]
    assert values["one"]["selected_option"]["value"] == "small"
    assert values["seconds"] == {"type": "number_input", "value": "5"}
    assert values["who"] == {"type": "users_select", "selected_user": "U0ADAM00001"}
    assert values["others"]["selected_users"] == ["U0ANNA00001", "U0OSCAR0001"]
    assert values["where"]["selected_channel"] == "C0GENERAL01"
    assert values["day"]["selected_date"] == "2030-01-02"


def test_what_is_left_empty_is_null(staffed: Office) -> None:
    """Inputs that nobody touched are there, and hold nothing."""
    rita = in_form(staffed)
    rita.fill({"What to do": "little"})
    rita.submit()

    values = staffed.seen[-1]["view"]["state"]["values"]
    assert values["class"]["value"] == {"type": "static_select", "selected_option": None}
    assert values["agreed"]["value"] == {"type": "checkboxes", "selected_options": []}


def test_slacks_own_form_looks_first(staffed: Office) -> None:
    """A missing or impossible value is refused without asking the app."""
    rita = in_form(staffed)
    rita.fill({"Seconds": 12})
    outcome = rita.submit()

    assert outcome.errors == {
        "What to do": "Please complete all required fields.",
        "Seconds": "Must be 9 or less",
    }
    assert not outcome.closed
    assert [body["type"] for body in staffed.seen] == []


def test_the_apps_errors_stand_under_their_inputs(staffed: Office) -> None:
    """Errors come by label, stay until the value changes, and the form can be sent again."""
    rita = in_form(staffed)
    rita.fill({"What to do": "bad"})
    outcome = rita.submit()
    assert outcome.errors == {"What to do": "That is no good."}
    assert outcome.view is not None
    assert outcome.view["errors"] == {"what": "That is no good."}

    rita.fill({"What to do": "good"})
    modal = rita.modal()
    assert modal is not None
    assert modal["errors"] == {}
    assert rita.submit().closed


@pytest.mark.parametrize(
    ("word", "error"),
    [("unknown block", "invalid_errors"), ("broken view", "invalid_arguments")],
)
def test_an_answer_of_no_use_shows_trouble(staffed: Office, word: str, error: str) -> None:
    """Errors for no input and views that are not valid leave the form open with Slack's words."""
    rita = in_form(staffed)
    rita.fill({"What to do": word})
    outcome = rita.submit()

    assert outcome.error == error
    assert outcome.view is not None
    assert outcome.view["notice"].startswith("We had some trouble connecting.")


def test_an_answer_may_update_the_modal(staffed: Office) -> None:
    """`update` shows other content in the same view."""
    rita = in_form(staffed)
    before = rita.wait_for_modal()
    rita.fill({"What to do": "update"})
    view = rita.submit().view

    assert view is not None
    assert (view["id"], view["title"]["text"]) == (before["id"], "Another")


def test_modals_stack_up_to_three(staffed: Office) -> None:
    """`push` puts a view on top, a fourth is refused, closing shows the one below."""
    rita = in_form(staffed)
    root = rita.wait_for_modal()
    for _ in range(2):
        rita.fill({"What to do": "push"})
        rita.submit()
    top = rita.wait_for_modal(saying="Another")
    assert top["root_view_id"] == root["id"]
    assert top["previous_view_id"] not in {None, root["id"]}

    rita.fill({"What to do": "push"})
    assert rita.submit().error == "push_limit_reached"
    rita.close()
    below = rita.wait_for_modal(saying="Another")
    assert below["previous_view_id"] == root["id"]
    rita.fill({"What to do": "done"})
    assert rita.submit().view is not None
    assert rita.wait_for_modal()["id"] == root["id"]


def test_an_answer_may_close_everything(staffed: Office) -> None:
    """`clear` leaves no modal."""
    rita = in_form(staffed)
    rita.fill({"What to do": "push"})
    rita.submit()
    rita.fill({"What to do": "clear"})

    assert rita.submit().closed


def test_the_app_hears_of_closing_if_it_asked(staffed: Office) -> None:
    """Cancel sends `view_closed` for one view, the cross for all, top first."""
    rita = in_form(staffed)
    rita.fill({"What to do": "push"})
    rita.submit()
    rita.close()
    last = staffed.seen[-1]
    assert (last["type"], last["is_cleared"]) == ("view_closed", False)
    assert last["view"]["title"]["text"] == "Another"
    rita.fill({"What to do": "push"})
    rita.submit()
    rita.close(everything=True)

    cleared = [b for b in staffed.seen if b["type"] == "view_closed" and b["is_cleared"]]
    assert [b["view"]["title"]["text"] for b in cleared] == ["Another", "Form"]
    assert rita.modal() is None


def test_buttons_in_a_modal_carry_the_view(staffed: Office) -> None:
    """An act in a modal names the view, its state and a new trigger, and no channel."""
    rita = in_form(staffed)
    rita.fill({"What to do": "seen"})
    assert rita.press_in_modal("Look again").error is None

    body = staffed.seen[-1]
    assert body["type"] == "block_actions"
    assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
    assert body["view"]["state"]["values"]["what"]["value"]["value"] == "seen"
    assert (body["actions"][0]["action_id"], body["actions"][0]["block_id"]) == ("again", "inside")
    assert "channel" not in body
    assert "response_url" not in body


def test_a_menu_asks_the_app_while_one_types(staffed: Office) -> None:
    """Choices come from the app, once enough letters are typed."""
    rita = in_form(staffed)
    assert rita.suggestions("Instance", "o") == []
    assert staffed.seen == []
    assert rita.suggestions("Instance", "orders") == ["orders", "orders-eu"]

    body = staffed.seen[-1]
    assert body["type"] == "block_suggestion"
    assert (body["value"], body["action_id"], body["block_id"]) == ("orders", "value", "instance")
    assert body["view"]["callback_id"] == "form"
    assert body["container"]["type"] == "view"


def test_choices_that_are_none_are_refused(staffed: Office) -> None:
    """An app's answer without valid options gives the person an error."""
    rita = in_form(staffed)
    with pytest.raises(Refused, match="invalid_options"):
        rita.suggestions("Instance", "wrong")


def test_people_see_only_what_is_there(staffed: Office) -> None:
    """Labels, choices and buttons that are not on the screen cannot be used."""
    rita = in_form(staffed)
    with pytest.raises(NotOnTheScreen, match="What to do"):
        rita.fill({"Name": "x"})
    with pytest.raises(NotOnTheScreen, match="Small one"):
        rita.fill({"Class": "Huge one"})
    with pytest.raises(NotOnTheScreen, match="no choice says 'nonesuch'"):
        rita.fill({"Instance": "nonesuch"})
    with pytest.raises(NotOnTheScreen, match="Look again"):
        rita.press_in_modal("Promote")
    rita.close()
    with pytest.raises(NotOnTheScreen, match="no modal"):
        rita.submit()


def test_a_modal_is_one_persons(staffed: Office) -> None:
    """Two people fill in the same form side by side."""
    rita, adam = in_form(staffed), in_form(staffed, "adam")
    rita.fill({"What to do": "bad"})
    adam.fill({"What to do": "fine"})

    assert adam.submit().closed
    assert rita.submit().errors == {"What to do": "That is no good."}
    assert "Form" in visible_text(rita.wait_for_modal())


def test_typing_is_quiet_until_it_is_announced(staffed: Office) -> None:
    """An input that announces itself does so when Enter is pressed, not at each letter."""
    rita = staffed.person("rita")
    loud = {**text_input("Loud", "loud"), "dispatch_action": True}
    view = {"type": "home", "blocks": [loud]}
    staffed.client.views_publish(user_id=RITA.id, view=view)
    home = rita.home()
    assert home is not None
    place = {"view_id": home["id"], "block_id": "loud", "action_id": "value", "value": "said"}
    staffed.wire.post("people/rita/act", **place, quiet=True)
    before = [body["type"] for body in staffed.seen]
    held = rita.home()
    staffed.wire.post("people/rita/act", **place)

    assert before == []
    assert held is not None
    assert held["state"]["values"]["loud"]["value"]["value"] == "said"
    assert [body["type"] for body in staffed.seen] == ["block_actions"]


def test_what_was_chosen_before_stays_choosable(staffed: Office) -> None:
    """Of a menu for several, whose choices come from the app, search by search."""
    rita = staffed.person("rita")
    many = menu("multi_external_select", "Many", "many", min_query_length=0)
    staffed.client.views_publish(user_id=RITA.id, view={"type": "home", "blocks": [many]})
    home = rita.home()
    assert home is not None
    place = {"view_id": home["id"], "block_id": "many", "action_id": "value"}
    for typed, chosen in (("bill", ["id-billing"]), ("eu", ["id-billing", "id-orders-eu"])):
        staffed.wire.post("people/rita/suggest", **place, value=typed)
        staffed.wire.post("people/rita/act", **place, value=chosen, quiet=True)
    held = rita.home()

    assert held is not None
    options = held["state"]["values"]["many"]["value"]["selected_options"]
    assert [one["value"] for one in options] == ["id-billing", "id-orders-eu"]
