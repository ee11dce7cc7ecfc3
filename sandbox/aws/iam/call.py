"""A request to AWS as IAM sees it: who, which service, which action, and the parameters."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/[^/]+/(?P<service>[^/]+)/aws4_request")
# The names that signatures and policies have for a service differ.
_PREFIXES = {"monitoring": "cloudwatch"}
_ROUTE53 = (
    ("POST", re.compile(r"/hostedzone/(?P<HostedZoneId>[^/]+)/rrset"), "ChangeResourceRecordSets"),
    ("GET", re.compile(r"/hostedzone/(?P<HostedZoneId>[^/]+)/rrset"), "ListResourceRecordSets"),
    ("GET", re.compile(r"/change/(?P<Id>[^/]+)"), "GetChange"),
)
_OBJECT = re.compile(r"/(?P<Bucket>[^/]+)/(?P<Key>.+)")
_OF_OBJECTS = {"GET": "GetObject", "PUT": "PutObject"}
#: A header of S3's, as WSGI has it: the object is to be held for a time.
_HELD = ("HTTP_X_AMZ_OBJECT_LOCK_MODE", "HTTP_X_AMZ_OBJECT_LOCK_RETAIN_UNTIL_DATE")
_NAMES = ".//{*}ResourceRecordSet/{*}Name"


@dataclass(frozen=True)
class Call:
    """One request; the parameters as the service's protocol has them."""

    key: str
    service: str
    action: str
    parameters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The action that a policy allows for the call itself."""
        return f"{self.service}:{self.action}"

    def text(self, parameter: str) -> str:
        """A parameter's text; empty where it was not given."""
        return str(self.parameters.get(parameter) or "")


def read(environ: dict[str, Any]) -> Call:
    """The call that a request makes; its body can be read again afterwards."""
    signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, service = (signed["key"], signed["service"]) if signed else ("", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    action, parameters = _asked(environ, service, body)
    return Call(key, _PREFIXES.get(service, service), action, parameters)


def _asked(environ: Mapping[str, Any], service: str, body: bytes) -> tuple[str, dict[str, Any]]:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2], json.loads(body or b"{}")
    if service == "route53":
        return _of_route53(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), body)
    if service == "s3":
        return _of_s3(environ)
    parameters: dict[str, Any] = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return parameters.pop("Action", ""), parameters


def _of_route53(method: str, path: str, body: bytes) -> tuple[str, dict[str, Any]]:
    for wanted, pattern, action in _ROUTE53:
        found = pattern.search(path)
        if method == wanted and found:
            parameters: dict[str, Any] = dict(found.groupdict())
            if action == "ChangeResourceRecordSets":
                # our own clients' XML, on the loopback interface
                names = ET.fromstring(body).findall(_NAMES)  # noqa: S314
                parameters["Names"] = [name.text or "" for name in names]
            return action, parameters
    return f"{method} {path}", {}


def _of_s3(environ: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The two calls on a whole object; a query makes another call of them."""
    method, path, query = (
        environ["REQUEST_METHOD"],
        environ.get("PATH_INFO", ""),
        environ.get("QUERY_STRING"),
    )
    found = _OBJECT.fullmatch(path)
    if not found or query or method not in _OF_OBJECTS:
        return f"{method} {path}?{query}", {}
    held = any(environ.get(name) for name in _HELD)
    return _OF_OBJECTS[method], {**found.groupdict(), "Held": held}
