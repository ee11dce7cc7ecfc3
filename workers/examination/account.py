"""AWS: whose credentials these are, whether RDS answers, and whether each action is allowed."""

from collections.abc import Iterator, Sequence

from migration.errors import DaybreakError
from migration.examination import Finding, failure, good, warning
from workers.aws.errors import AwsRefused
from workers.aws.identity import Caller, IdentityGateway, Question
from workers.aws.rds import RdsGateway
from workers.aws.resources import Instance
from workers.examination import rights
from workers.examination.rights import Situation
from workers.settings import RECORD, WorkerSettings

NAME = "AWS"
IDENTITY, RDS = f"{NAME} identity", f"{NAME} RDS"
# An account may have hundreds of instances, and each is another fifty questions.
MOST_SOURCES = 5
_RECORDS = "Name an instance that is there in DAYBREAK_ROUTE53_RECORDS."
_CREDENTIALS = "Give the workers' processes a role or keys (docs/iam/README.md)."
_SOURCES = "Make one, or see that AWS_REGION is its Region."


def findings(
    gateway: IdentityGateway, rds: RdsGateway, settings: WorkerSettings
) -> Iterator[Finding]:
    """The identity first: the rest rests on it."""
    try:
        caller = gateway.caller()
    except DaybreakError as error:
        yield failure(IDENTITY, str(error), _CREDENTIALS)
        return
    yield good(IDENTITY, caller.arn)
    try:
        sources = [one for one in rds.instances() if not one.cluster]
    except DaybreakError as error:
        yield failure(RDS, "the instances can't be listed", str(error))
        return
    yield good(RDS, f"answers; {len(sources)} instances that could be moved")
    yield from _permissions(gateway, caller, sources, settings)


def _permissions(
    gateway: IdentityGateway, caller: Caller, sources: Sequence[Instance], settings: WorkerSettings
) -> Iterator[Finding]:
    found = situations(caller, sources, settings)
    if not found:
        yield warning(rights.NAME, "not looked at: there is no source to ask about", _SOURCES)
        return

    def denied(question: Question) -> Sequence[str]:
        return gateway.denied(caller.policies_of, question)

    named = (rights.ROUTE53,) if settings.traffic == "route53" else ()
    if named and "ZONE_ID" not in found[0].words:
        named = ()
        yield warning(
            f"{rights.NAME}, {rights.ROUTE53}", "not looked at: no record's source", _RECORDS
        )
    kept = (rights.AUDITOR,) if settings.audit_bucket else ()
    needed = (*rights.NEEDED, *named, *(kept if settings.audit_retention_days else ()))
    for document in dict.fromkeys((*needed, *kept, *rights.CHOSEN)):
        try:
            yield from rights.of_document(document, found, denied, needed=document in needed)
        except AwsRefused as error:
            remedy = f"{error} (docs/iam/doctor.json; a role with a path is not found.)"
            yield warning(rights.NAME, "not looked at: IAM was not to be asked", remedy)
            return


def situations(
    caller: Caller, sources: Sequence[Instance], settings: WorkerSettings
) -> list[Situation]:
    """Of the sources those about which most can be asked: with a key, with a record."""
    every = [_situation(caller, one, settings) for one in sources]
    most = max((len(one.words) for one in every), default=0)
    return [one for one in every if len(one.words) == most][:MOST_SOURCES]


def _situation(caller: Caller, source: Instance, settings: WorkerSettings) -> Situation:
    """What an operator puts for the words of docs/iam, as far as this installation has it."""
    words = {"REGION": settings.aws_region, "ACCOUNT": caller.account, "SOURCE": source.id}
    if source.kms_key:
        words["KEY_ID"] = source.kms_key.rpartition("/")[2]
    for text in settings.route53_records:
        if (record := RECORD.fullmatch(text)) and record["source"] == source.id:
            words |= {"ZONE_ID": record["zone"], "RECORD": record["name"].lower()}
    if settings.audit_bucket:
        words["AUDIT_BUCKET"] = settings.audit_bucket
    return Situation(words, f"{source.id}-aurora")
