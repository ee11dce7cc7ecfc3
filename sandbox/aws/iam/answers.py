"""A refusal in each service's own protocol and words."""

import json
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

StartResponse = Callable[..., Any]
_XML = "text/xml"
_ID = "00000000-0000-0000-0000-000000000000"
_QUERY = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message>"
    f"</Error><RequestId>{_ID}</RequestId></ErrorResponse>"
)
_EC2 = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{words}</Message></Error></Errors>"
    f"<RequestID>{_ID}</RequestID></Response>"
)
_S3 = (
    f"<Error><Code>{{code}}</Code><Message>{{words}}</Message><RequestId>{_ID}</RequestId></Error>"
)
_JSON = {"cloudwatch": "application/x-amz-json-1.0"}
#: What each service calls it; the others say `AccessDenied`.
DENIED = {
    "ec2": "UnauthorizedOperation",
    "kms": "AccessDeniedException",
    "secretsmanager": "AccessDeniedException",
}
_FORBIDDEN, _BAD, _MISSING = 403, 400, 404


def denied(service: str, words: str, start_response: StartResponse) -> list[bytes]:
    """AWS's answer to who may not."""
    if service == "ec2":
        words = f"You are not authorized to perform this operation. {words}"
    code = DENIED.get(service, "AccessDenied")
    # services that speak JSON say it with a 400
    status = _BAD if service in {"kms", "secretsmanager"} else _FORBIDDEN
    return _answer(service, status, code, words, start_response)


def unknown_key(service: str, start_response: StartResponse) -> list[bytes]:
    """AWS's answer to who is nobody."""
    json_too = service in {"kms", "secretsmanager"}
    code = "UnrecognizedClientException" if json_too else "InvalidClientTokenId"
    words = "The security token included in the request is invalid."
    if service == "s3":
        code = "InvalidAccessKeyId"
    return _answer(service, _FORBIDDEN, code, words, start_response)


def not_mapped(service: str, words: str, start_response: StartResponse) -> list[bytes]:
    """The sandbox's own answer, to whoever makes it call something new."""
    return _answer(service, _BAD, "SandboxDoesNotKnow", words, start_response)


def no_such_entity(arn: str, start_response: StartResponse) -> list[bytes]:
    """IAM's answer to a question about somebody who is not there."""
    words = f"The entity {arn} cannot be found."
    return _answer("iam", _MISSING, "NoSuchEntity", words, start_response)


def done(body: str, start_response: StartResponse) -> list[bytes]:
    """An answer in XML of whoever was allowed to ask."""
    text = body.encode()
    start_response("200 OK", [("Content-Type", _XML), ("Content-Length", str(len(text)))])
    return [text]


def _answer(
    service: str, status: int, code: str, words: str, start_response: StartResponse
) -> list[bytes]:
    if service in {"cloudwatch", "kms", "secretsmanager"}:
        body = json.dumps({"__type": code, "message": words}).encode()
        kind = _JSON.get(service, "application/x-amz-json-1.1")
    else:
        shape = {"ec2": _EC2, "s3": _S3}.get(service, _QUERY)
        body, kind = shape.format(code=code, words=escape(words)).encode(), _XML
    start_response(f"{status} {code}", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
