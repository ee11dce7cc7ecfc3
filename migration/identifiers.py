"""AWS's rule for the identifiers of instances and clusters."""

LONGEST_IDENTIFIER = 63


def is_identifier(name: str) -> bool:
    """Whether RDS keeps an instance or a cluster under that name.

    1 to 63 lower-case letters, digits and single hyphens; a letter first, no hyphen last. RDS
    takes capitals too, and keeps small letters.
    """
    plain = name.replace("-", "")
    return (
        0 < len(name) <= LONGEST_IDENTIFIER
        and plain.isascii()
        and plain.isalnum()
        and name == name.lower()
        and name[0].isalpha()
        and not name.endswith("-")
        and "--" not in name
    )
