"""Who is in the workspace: people, a group and channels, before anybody says a word."""

from dataclasses import dataclass, field

TEAM_ID = "T0LOCAL0001"
TEAM_NAME = "Local simulator"
TEAM_DOMAIN = "local-simulator"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Member:
    """A person, or an app's bot user."""

    id: str
    handle: str
    real_name: str
    part: str = ""
    email: str = ""
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    team_id: str = TEAM_ID


@dataclass(frozen=True)
class Group:
    """A user group: a name that stands for several people."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True)
class Room:
    """A channel and the handles of those who are in it."""

    id: str
    name: str
    members: tuple[str, ...]
    is_private: bool = False


@dataclass(frozen=True)
class Cast:
    """Everybody and every place."""

    members: tuple[Member, ...]
    bot: Member
    groups: tuple[Group, ...]
    rooms: tuple[Room, ...]
    app_id: str = "A0DAYBREAK"
    bot_id: str = "B0DAYBREAK"
    slackbot: Member = field(
        default=Member(SLACKBOT, "slackbot", "Slackbot", email="", is_bot=False)
    )


RITA = Member("U0RITA00001", "rita", "Rita Request", "requester", "rita@example.com")
ADAM = Member("U0ADAM00001", "adam", "Adam Approve", "approver", "adam@example.com")
ANNA = Member("U0ANNA00001", "anna", "Anna Approve", "second approver", "anna@example.com")
OSCAR = Member("U0OSCAR0001", "oscar", "Oscar Outside", "outsider", "oscar@example.com")
BOT = Member("U0DAYBREAK1", "daybreak", "Daybreak", is_bot=True)
DBA_ONCALL = Group("S0DBAONCALL", "dba-oncall", "DBA on call", (ADAM.id, ANNA.id))


def default_cast(*more: Member) -> Cast:
    """A requester, two approvers in `dba-oncall`, an outsider, the bot, and two channels."""
    people = (RITA, ADAM, ANNA, OSCAR, *more)
    handles = tuple(person.handle for person in people)
    return Cast(
        members=people,
        bot=BOT,
        groups=(DBA_ONCALL,),
        rooms=(
            Room("C0MIGRATION", "migrations", (*handles, BOT.handle)),
            Room("C0GENERAL01", "general", handles),
        ),
    )
