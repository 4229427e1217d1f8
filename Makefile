# Everything runs in the project's folder: .venv (one in policies/ and local/ too), .toolchain (uv, the engine) and .local (the local cloud's state).
SHELL := /bin/sh
.DEFAULT_GOAL := help
python := .venv/bin/python
local_cloud := local/bin/local-cloud
# Programs start again and again: what is imported is compiled once.
unexport PYTHONDONTWRITEBYTECODE
# The exports of `make env`, in the shell of one recipe line; the second one starts the local cloud if it does not run.
in_local_env = exports="$$($(local_cloud) env)" && eval "$$exports" &&
in_local_cloud = exports="$$($(local_cloud) env --start)" && eval "$$exports" &&
stack_file = "$${PULUMI_BACKEND_URL\#file://}/.pulumi/stacks/durable-functions/local.json"
# Selected when it is made, and left to whoever selects another one after that.
local_stack = { test -f $(stack_file) || pulumi stack select --create local >/dev/null 2>&1 || pulumi stack select local >/dev/null; } &&

# The engine that is built here runs a policy pack as an executable only.
policy_pack = $(if $(wildcard .toolchain/bin/pulumi),policies/pack,policies)

.PHONY: help setup up down example example-down new env prune drain replay-check test test-pages unit mutants differential bench check audit docs site pictures release format

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## Install the virtual environments and, if there is no pulumi, build one
	@tools/setup

up: setup ## Deploy the order workflow to the local cloud, run it and show what happened
	@$(in_local_cloud) $(local_stack) \
	pulumi up --stack local --yes --skip-preview --suppress-outputs --policy-pack $(policy_pack) --policy-pack-config policies/dev.json && \
	pulumi stack output --stack local --json | $(python) -m functions.demo

down: setup ## Destroy what `make up` made and stop the local cloud
	@# The cloud is needed only if the stack has something in it. Its state is removed next, so a checkpoint after each step
	@# is not.
	@$(in_local_env) if grep -qs '"type": *"aws:' $(stack_file); then \
	echo "Ending the executions in flight and destroying the stack, then stopping the local cloud" && \
	$(local_cloud) start && \
	END_EXECUTIONS_OF=all PULUMI_SKIP_CHECKPOINTS=true \
	pulumi destroy --stack local --run-program --skip-preview --suppress-outputs --yes; \
	else echo "Nothing is deployed"; fi
	@$(local_cloud) stop --wipe

# Which example the commands below are for.
NAME ?= hello
in_example = $(in_local_cloud) cd "examples/$(NAME)" && pulumi stack select --create local >/dev/null &&

example: setup ## Deploy one of examples/ to the local cloud and run it: make example NAME=hello
	@test -f "examples/$(NAME)/demo.sh" || { echo "error: NAME=$(NAME) is no example; there are:" $$(cd examples && ls -d */ | tr -d /) >&2; exit 2; }
	@# The cloud may have been wiped since it was deployed, so what is there is looked at first.
	@$(in_example) pulumi up --refresh --yes --skip-preview && sh -ex demo.sh

example-down: setup ## Destroy what `make example` made; `make down` stops the local cloud
	@$(in_example) END_EXECUTIONS_OF=all pulumi destroy --run-program --skip-preview --yes

new: setup ## Make a project of your own, beside this one: make new NAME=../shop
	@tools/new "$(if $(filter command line,$(origin NAME)),$(NAME))"

env: setup ## Print the exports for working by hand: eval "$(make env)"
	@$(local_cloud) env

test: setup ## Run every test, unit and end-to-end: about 13 minutes on two cores
	@# The end-to-end tests first, in their order: the last ones to run are short.
	@$(python) -m pytest --numprocesses 6 --dist loadfile --no-loadscope-reorder tests/e2e tests/policy tests/unit
	@cd local && .venv/bin/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

test-pages: setup ## Test the pages that commands write in a real browser: Chromium or Chrome, on PATH or as CHROMIUM
	@$(python) -m pytest tests/pages

unit: setup ## Run the fast tests only, of the components, the policies and the local cloud
	@$(python) -m pytest tests/unit tests/policy
	@cd local && .venv/bin/python -m pytest tests/unit

# How many mutants `make mutants` makes, and which: another SEED makes others, ONLY="components/guard" those of a part.
COUNT ?= 40
SEED ?= 1
ONLY ?=

mutants: setup ## Change the components a little, and show which changes no unit test notices: make mutants COUNT=40 SEED=1
	@$(python) -m tests.mutants --count "$(COUNT)" --seed "$(SEED)" $(ONLY)

differential: setup ## Compare the local cloud's provider with Terraform's, which has to be there: make differential ONLY=sqs KEEP=judged.json
	@cd local && PYTHONPATH=.:..:tests:tests/e2e .venv/bin/python -m differential $(if $(KEEP),--keep "$(abspath $(KEEP))") "$(ONLY)"

# What `make bench` measures, and how often: `make bench PART=gateway RUNS=5`; RECORD=1 writes docs/performance.md.
PART ?=
RUNS ?= 3

bench: setup ## Measure everything, side by side with what it is compared to, for about an hour: make bench PART=packaging
	@$(python) -m bench $(PART) --runs $(RUNS) $(if $(RECORD),--record)

check: setup ## Check style, types and the lock files
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy .
	@cd local && ../.venv/bin/mypy --python-executable .venv/bin/python .
	@.venv/bin/uv lock --check --quiet
	@.venv/bin/uv lock --check --quiet --project policies
	@.venv/bin/uv lock --check --quiet --project local
	@$(python) docs/generate.py --check
	@if command -v go >/dev/null; then for module in tools/*/; do (cd $$module && go mod verify >/dev/null) || exit 1; done; fi

audit: setup ## Look up known vulnerabilities of everything in the lock files; needs the internet
	@tools/audit

prune: setup ## Show which versions of the local stack nobody needs, and delete them after asking
	@$(in_local_env) $(python) -m cli prune --stack local

replay-check: setup ## Replay the local stack's executions on the code that the next deployment would bring
	@$(in_local_env) $(python) -m cli replay-check --stack local --ended

drain: setup ## Wait until no execution of the local stack is in flight
	@$(in_local_env) $(python) -m cli drain --stack local

docs: setup ## Write the pages of docs/ and the schema that are generated from the code
	@$(python) docs/generate.py

# Where `make site` builds to.
SITE ?= $(CURDIR)/site

docs/browser/node_modules: docs/browser/package-lock.json
	@npm ci --prefix docs/browser --silent --ignore-scripts --no-audit --no-fund
	@touch $@

site: setup docs/browser/node_modules ## Build the documentation as a site into site/, and check its links
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet --site-dir "$(SITE)"
	@echo "$(SITE)/index.html"

pictures: setup ## Record the pictures of docs/ again, on the local stack that `make up` has deployed
	@$(in_local_env) $(python) docs/record.py

release: setup ## Make a release of the Unreleased section of CHANGELOG.md: make release VERSION=0.2.0
	@tools/release "$(VERSION)"

format: setup ## Format the code and fix what can be fixed automatically
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .
