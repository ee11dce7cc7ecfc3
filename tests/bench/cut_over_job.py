"""A worker's process for the benchmarks: carries out the cut-overs that its input names.

As RQ's work-horse it is warm; unlike it, nobody queues what follows a cut-over.
"""

import sys

from workers.runner import StepRunner
from workers.tasks import workbench

runner = StepRunner(workbench())
print("ready", flush=True)
for line in sys.stdin:
    migration_id, step, version = line.split()
    runner.run(migration_id, step, int(version))
    print("done", flush=True)
