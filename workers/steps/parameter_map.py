"""Asks AWS for a source's parameters and Aurora's families, and has the rules decide."""

from collections.abc import Mapping

from migration.model import Options, WayBack
from workers.aws.rds import RdsGateway
from workers.aws.resources import Instance
from workers.steps.parameter_rules import Families, Row, Wanted, decide


def families(rds: RdsGateway, family: str) -> Families:
    """Aurora's defaults; raises what AWS raises."""
    return Families(
        rds.instance_parameters.defaults(family), rds.cluster_parameters.defaults(family)
    )


def rows_for(
    rds: RdsGateway,
    instance: Instance,
    aurora: Families,
    options: Options,
    in_force: Mapping[str, str],
) -> list[Row]:
    """What becomes of each; `in_force` are the source's standby settings, as far as known."""
    wanted_class = options.instance_class or instance.instance_class
    return decide(
        rds.instance_parameters.parameters(instance.parameter_group),
        aurora,
        Wanted(
            in_force=in_force,
            same_class=wanted_class == instance.instance_class,
            logical=_why_logical(options),
        ),
    )


def _why_logical(options: Options) -> str:
    """What needs it of the cluster from its creation on: it is static."""
    if options.way_back is not WayBack.NONE:
        return "the way back is a subscription to the target"
    if options.recreate_slots:
        return "consumers read changes from the target"
    return ""
