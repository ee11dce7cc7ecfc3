"""Fills the databases of a whole cloud: one as large as asked, the others small."""

from concurrent.futures import ThreadPoolExecutor

from sandbox.aws.cloud import Cloud
from sandbox.settings import SOURCE, Options
from sandbox.workload.data import MIB, load

SMALL_MB, SMALL_ROWS = 10, 5000


def fill(cloud: Cloud, options: Options) -> float:
    """Load every instance; returns the size of the source's database in MiB."""

    def one(identifier: str) -> float:
        large = identifier == SOURCE
        data_mb = options.data_mb if large else SMALL_MB
        rows = options.rows if large else SMALL_ROWS
        return load(cloud.superuser_dsn(identifier), data_mb, rows)[0] / MIB

    names = [instance.identifier for instance in cloud.seed.instances]
    with ThreadPoolExecutor(max_workers=len(names)) as pool:
        sizes = dict(zip(names, pool.map(one, names), strict=True))
    return sizes.get(SOURCE, 0.0)
