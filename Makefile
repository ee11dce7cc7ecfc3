# Every target works as the first command in a fresh clone: `venv` makes what is missing.
PYTHON ?= python3
VENV := .venv/bin
# Whole files to each of so many processes, in the order of tests/longest_first.py.
AT_ONCE := 2
IN_PARALLEL = -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help venv demo sandbox stop test test-all chaos check newcomer bench gallery page clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done

venv: ## .venv from requirements.lock, with the project in it (every other target does this first)
	@$(PYTHON) scripts/venv

# A variable given to make reaches the recipes as an environment variable of the same name.
demo: venv ## a whole migration, unattended, with a report (DATA_MB=, WRITERS=, METHOD=, REPORT=, SCENARIO=; ROLLBACK=1 goes back)
	@$(VENV)/python -m sandbox demo

sandbox: venv ## a cloud and a workspace on this machine that stay up (WITHOUT=slack,aws,...; SCENARIO=)
	@$(VENV)/python -m sandbox up

stop: venv ## end the sandbox of this checkout, and what a kill left of it
	@$(VENV)/python -m sandbox stop

test: venv ## the tests, with the slice of the large tables that this commit selects (ARGS= for pytest)
	@$(VENV)/python -m pytest $(IN_PARALLEL) $(ARGS)

# Most of its rows wait for a lease most of the time.
test-all: AT_ONCE := 3
test-all: venv ## the tests, with every row of the large tables
	@DAYBREAK_TABLES=all $(VENV)/python -m pytest $(IN_PARALLEL) $(ARGS)

chaos: venv ## cut-overs and roll backs struck by chance: N= cases (100), SEED= to draw the same ones, CASE= one of them again
	@$(VENV)/python tests/integration/crashes/chaos.py

check: venv ## lint, format, types and import rules
	@$(VENV)/ruff check . scripts/venv
	@$(VENV)/ruff format --check . scripts/venv
	@$(VENV)/mypy
	@$(VENV)/lint-imports

newcomer: ## demo and test in a bare Debian 12, as an ordinary user and as root (needs root, debootstrap)
	@scripts/newcomer

bench: venv ## the benchmarks, tests/bench/bench_*.py (BENCH= for a part of the name)
	@files=$$(find tests/bench -name 'bench_*$(BENCH)*.py' 2>/dev/null | sort); \
	if [ -z "$$files" ]; then echo "There is no benchmark tests/bench/bench_*.py$(if $(BENCH), with '$(BENCH)' in its name)." >&2; exit 1; fi; \
	$(VENV)/python -m pytest -s $$files

gallery: venv ## every message, modal and Home that the tests know, as pictures in build/gallery
	@$(VENV)/python tests/gallery/gallery.py

page: ## the local workspace's page, built anew from its source (needs node and npm)
	@scripts/page

clean: ## remove what the other targets made in this clone (stop a running sandbox first)
	rm -rf .venv .sandbox build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
