# Everything a user needs is `make demo`; everything a developer needs is `make help`.
# On the machine: Python 3.11 or newer, make, and a way to the package registries.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
ARGS ?=
WORKERS ?= 3
SPREAD := --numprocesses $(WORKERS) --dist loadfile
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links

# A test run starts hundreds of processes: none compiles anew what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup kafka promtool browser desk-shots desk-pictures warm test test-fast demo run check format lint types imports deps lock \
  lock-jars golden bench bench-check faults db-check clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv with exactly the locked packages (PYTHON=python3.12 picks another)

# The scripts in .venv name its folder, and so does the stamp: a clone that was moved or copied, and
# one whose setup was cut short, begins anew.
SET_UP_IN := $(shell cat $(STAMP) 2>/dev/null || echo nowhere)
ifneq ($(SET_UP_IN),$(CURDIR))
$(STAMP): FORCE
endif

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Tongxin needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Name another one: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once, about a minute)"
	@rm -f $@; case "$(SET_UP_IN)" in ""|"$(CURDIR)") \
	  $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null;; \
	  *) false;; esac || $(PYTHON) -m venv --clear $(VENV) || { \
	  echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "  packages, each checked against its locked hash"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off \
	  --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --no-index --editable .
	@echo "$(CURDIR)" > $@

FORCE:

kafka: $(STAMP)  ## fetch the embedded broker's jars into the user's cache (nothing to do after once)
	@test -n "$$TONGXIN_KAFKA" || $(BIN)/python -m services.machine.embedded fetch

promtool: $(STAMP)  ## fetch what proves the alerts into the user's cache, where the machine has none
	-@$(BIN)/python -m tests.support.promtool

browser: $(STAMP)  ## fetch what looks at pages into the user's cache: npm's packages, a Chromium
	@$(BIN)/python -m tests.support.browser

desk-shots: browser  ## draw every page of the desk into build/desk (ARGS="sign-in" draws some)
	@$(BIN)/python -m tests.support.browser.shots $(ARGS)

desk-pictures: browser  ## draw the pictures of docs/desk anew (ARGS="list case" draws some)
	@$(BIN)/python -m tests.support.browser.doc_pictures $(ARGS)

warm: kafka  ## record once an archive that halves the embedded broker's start (65 MB of cache)
	@$(BIN)/python -m services.machine.embedded warm

test: warm promtool browser  ## run every test on a real Kafka, three at a time (ARGS="-k router -x" goes to pytest)
	@$(BIN)/python -m pytest $(SPREAD) $(ARGS)

test-fast: $(STAMP) promtool browser  ## run the tests that need no broker
	@$(BIN)/python -m pytest $(SPREAD) -m "not kafka" $(ARGS)

demo: kafka  ## see the services at work on a simulated city
	@$(BIN)/tongxin demo $(ARGS)

run: kafka  ## run all services with the embedded broker and SQLite
	@$(BIN)/tongxin run $(ARGS)

check: $(STAMP)  ## every gate, changing nothing: format, lint, types, imports
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory lint types imports

format: $(STAMP)  ## format the code and apply safe lint fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

lint: $(STAMP)  ## ruff, all rules
	@$(BIN)/ruff check .

types: $(STAMP)  ## mypy, strict
	@$(BIN)/mypy

imports: $(STAMP)  ## the rooms' doors: who may import whom
	@$(BIN)/lint-imports

deps: $(STAMP)  ## what is declared is imported, and the other way round
	@$(BIN)/deptry services schemas

lock: $(STAMP)  ## recompile both requirement locks from pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) $(ARGS) pyproject.toml --output-file requirements.lock
	@$(COMPILE) $(ARGS) --extra dev --constraint requirements.lock pyproject.toml \
	  --output-file requirements-dev.lock

lock-jars: $(STAMP)  ## resolve the embedded broker's jars again and lock their hashes
	@$(BIN)/python -m services.machine.embedded lock

golden: $(STAMP)  ## write the golden files anew (read the diff: it is a change of contract)
	@$(BIN)/python -m tests.support.golden

bench: kafka  ## measure the product and its peers, alone on the machine (half an hour; ARGS="latency")
	@$(BIN)/python -m bench.city $(ARGS)
	@test -n "$(ARGS)" || $(BIN)/python -m bench.peers

bench-check: kafka  ## see that the benchmarks still run, in a minute; no number is judged
	@$(BIN)/python -m bench.city life --quick --sqlite | tee /dev/stderr | tr -s '[:space:]' ' ' \
	  | grep -q '0 open'

faults: kafka  ## break a real house row by row, long form, and judge it (ARGS="--rows R-01 --seed 7")
	@$(BIN)/python -m tests.faults --long $(ARGS)
	@test -n "$(ARGS)" || $(BIN)/python -m tests.faults.bad_builds

db-check: $(STAMP)  ## models equal revisions, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest -q tests/use_cases/kit/test_tables.py

clean:  ## remove .venv and every cache in this folder (the per-user jar cache stays)
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
