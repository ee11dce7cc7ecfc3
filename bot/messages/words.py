"""What steps, gates and checks are called when people read of them."""

from bot.messages.text import safe

LONGEST_NAME = 80

STEPS = {
    "check_source": "Check the source",
    "enable_backups": "Enable backups",
    "check_network": "Check the network",
    "copy_parameters": "Copy the parameters",
    "take_safety_snapshot": "Take a safety snapshot",
    "create_replica": "Create the replica cluster",
    "watch_lag": "Watch the lag",
    "validate_target": "Validate the target",
    "cut_over": "Cut over",
    "protect_target": "Protect the target",
    "keep_way_back": "Keep the way back",
    "retire_source": "Retire the source",
    # In no plan's order, but a job that can be stuck.
    "roll_back": "Roll back",
    "clear_way": "Clear the way",
    "freeze": "Freeze the source",
    "take_snapshot": "Take the snapshot",
    "restore_snapshot": "Restore the snapshot",
    "validate_copy": "Validate the copy",
}


def named(identifier: str) -> str:
    """An identifier as words."""
    return identifier.replace("_", " ").replace("-", " ")


def step_title(step: str) -> str:
    """The same for mrkdwn: a plan is data, and its names are no more to be trusted than others."""
    return safe(step_name(step), LONGEST_NAME)


def step_name(step: str) -> str:
    """A step's name; plans of another version may hold steps that are not known here."""
    return STEPS.get(step) or named(step).capitalize()
