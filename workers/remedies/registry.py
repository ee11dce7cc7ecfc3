"""All menders, by the name of their remedy."""

from workers.remedies import (
    backups,
    drop_slots,
    enlarge_storage,
    reboot,
    replica_identity,
    set_logged,
)
from workers.remedies.mender import Mender

MENDERS: dict[str, Mender] = {
    mender.name: mender
    for mender in (
        replica_identity.MENDER,
        drop_slots.MENDER,
        set_logged.MENDER,
        backups.MENDER,
        enlarge_storage.MENDER,
        reboot.IN_WINDOW,
        reboot.NOW,
    )
}
