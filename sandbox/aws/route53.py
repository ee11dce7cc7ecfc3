"""Route 53's conditional changes: all of a batch or none of it, and DELETE by exact values only.

moto carries a batch out change by change and deletes by name: a client that relies on AWS's rules
would not be tried.
"""

import threading
from types import ModuleType
from typing import Any

from moto.route53 import urls
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import RecordSet, Route53Backend, route53_backends

Key = tuple[str, str]


class Backend(Route53Backend):
    """moto's Route 53 with AWS's rules for a change batch (simple records)."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._changing = threading.Lock()

    @property
    def _url_module(self) -> ModuleType:
        # moto looks for `urls` beside the class; ours live elsewhere.
        return urls

    def change_resource_record_sets(self, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        """Carry all of it out, or say what is in the way and do nothing."""
        zone = self.get_hosted_zone(zoneid)
        with self._changing:
            records: dict[Key, RecordSet] = {_key(one): one for one in zone.rrsets}
            for change in change_list:
                _apply(records, change["Action"], _record(change["ResourceRecordSet"]))
            zone.rrsets = list(records.values())


def _record(asked: dict[str, Any]) -> RecordSet:
    values = [one["Value"] for one in asked.get("ResourceRecords", [])]
    name = asked["Name"].rstrip(".") + "."
    return RecordSet({**asked, "Name": name, "ResourceRecords": values})


def _key(record: RecordSet) -> Key:
    return str(record.name).lower(), str(record.type)


def _apply(records: dict[Key, RecordSet], action: str, record: RecordSet) -> None:
    there = records.get(_key(record))
    what = f"resource record set [name='{record.name}', type='{record.type}']"
    if action == "CREATE" and there is not None:
        raise _refused(f"Tried to create {what} but it already exists")
    if action == "DELETE":
        if there is None:
            raise _refused(f"Tried to delete {what} but it was not found")
        if (str(there.ttl), there.records) != (str(record.ttl), record.records):
            raise _refused(
                f"Tried to delete {what} but the values provided do not match the current values"
            )
        del records[_key(record)]
    else:
        records[_key(record)] = record


def _refused(words: str) -> Route53ClientError:
    return Route53ClientError("InvalidChangeBatch", f"[{words}]")


def install() -> None:
    """Put it into moto's place for its Route 53."""
    route53_backends.clear()
    route53_backends.backend = Backend


def uninstall() -> None:
    """Give moto its own Route 53 back."""
    route53_backends.clear()
    route53_backends.backend = Route53Backend
