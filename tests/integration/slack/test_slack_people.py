"""Who is there: users, groups, channels, as the Web API shows them."""

from slack_office import Office, refused


def test_users_show_what_authority_rests_on(office: Office) -> None:
    """Whether somebody is a bot, a guest or gone is told."""
    info = office.client.users_info
    rita = info(user="U0RITA00001")["user"]
    assert (rita["name"], rita["profile"]["email"]) == ("rita", "rita@example.com")
    assert (rita["is_bot"], rita["deleted"], rita["is_restricted"]) == (False, False, False)
    assert info(user="U0DAYBREAK1")["user"]["is_bot"]
    assert info(user="U0GUEST0001")["user"]["is_restricted"]
    assert info(user="U0GONE00001")["user"]["deleted"]
    refused("user_not_found", info, user="rita")


def test_people_are_listed_and_found_by_address(office: Office) -> None:
    """Everybody is listed, in pages; an address finds who is still there."""
    pages = [[m["name"] for m in page["members"]] for page in office.client.users_list(limit=5)]
    assert [len(page) for page in pages] == [5, 3]
    assert {"rita", "adam", "anna", "oscar", "daybreak", "slackbot"} <= {*pages[0], *pages[1]}
    found = office.client.users_lookupByEmail(email="Adam@example.com")
    assert found["user"]["id"] == "U0ADAM00001"
    refused("users_not_found", office.client.users_lookupByEmail, email="gone@example.com")


def test_a_group_stands_for_its_people(office: Office) -> None:
    """The group of approvers can be listed and looked into."""
    groups = office.client.usergroups_list(include_users=True)["usergroups"]
    assert [(g["handle"], g["users"]) for g in groups] == [
        ("dba-oncall", ["U0ADAM00001", "U0ANNA00001"])
    ]
    users = office.client.usergroups_users_list(usergroup="S0DBAONCALL")["users"]
    assert users == ["U0ADAM00001", "U0ANNA00001"]
    refused("no_such_subteam", office.client.usergroups_users_list, usergroup="S0NOBODY")


def test_channels_say_whether_the_bot_is_in(office: Office) -> None:
    """The bot is in one of two channels."""
    channels = office.client.conversations_list()["channels"]
    assert {c["name"]: c["is_member"] for c in channels} == {"migrations": True, "general": False}
    info = office.client.conversations_info(channel="C0GENERAL01")["channel"]
    assert info["is_channel"]
    members = office.client.conversations_members(channel="C0MIGRATION")["members"]
    assert {"U0RITA00001", "U0DAYBREAK1"} <= set(members)
    refused("channel_not_found", office.client.conversations_info, channel="C0NOWHERE01")
    refused("invalid_types", office.client.conversations_list, types="secret")
