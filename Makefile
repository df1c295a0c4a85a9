# One command each. Every environment below is made when it is needed, from exact versions with hashes,
# and made again only when its lock changes. Needs Python 3.13 and nothing else; uses uv where it is installed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.13 || command -v python3)
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
ASSETS := functions/console/static/vendor/.ready
READY := .venv/.ready .venv/.installed .emulator/.ready .runtime/.ready $(ASSETS)

ifeq ($(UV),)
  new_env = $(PYTHON) -m venv $(1)
  install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check
else
  new_env = $(UV) venv --quiet --allow-existing --python 3.13 $(1)
  install = $(UV) pip install --quiet --python $(1)/bin/python
endif

.PHONY: help setup up down demo test test-unit nightly lint bench screens assets build deploy lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## make the environments (every other target does it by itself)

up: $(READY) ## run the whole hub on this laptop and stay; Ctrl-C stops it
	@$(BIN)/hub up $(ARGS)

down: $(READY) ## stop whatever `up` left running
	@$(BIN)/hub down $(ARGS)

demo: $(READY) ## run the hub, play the story of 40 orders, check the books, stop
	@$(BIN)/hub demo $(ARGS)

test: lint $(READY) ## everything that must pass: lint, types, unit, contract, workflow, integration, scenario
	@$(BIN)/python -m pytest tests --ignore=tests/bench -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

test-unit: $(READY) ## the quick ones: no emulator
	@$(BIN)/python -m pytest $(wildcard tests/architecture tests/unit tests/contract tests/workflow) $(ARGS)

nightly: $(READY) ## what takes too long for every change: 50,000 stories of waybills against the carrier's truth, every crash point between parcels
	@WAYBILL_STORIES=50000 CRASH_EVERY=1 $(BIN)/python -m pytest tests/unit/test_waybill_track_model.py \
	  tests/integration/test_parcels_crash.py tests/integration/test_address_change_crash.py $(ARGS)

lint: $(READY) ## style, types, template
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy & types=$$!; trap 'kill $$types 2>/dev/null || true' EXIT; \
	  $(BIN)/cfn-lint template.yaml; \
	  SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(BIN)/sam validate --lint --template template.yaml; \
	  wait $$types

bench: $(READY) ## measure; ONLY=name measures one; the last line is one JSON document
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

screens: $(READY) ## photograph every page of the console, on a hub in the middle of a day, into build/screens
	@$(BIN)/python -m local.screens

assets: $(ASSETS) ## the console's front-end files, from npm packages

build: $(READY) ## what `deploy` uploads: SAM's build, compiled, so that a cold start does not compile
	@SAM_CLI_TELEMETRY=0 $(BIN)/sam build --template template.yaml
	@$(BIN)/python -m compileall -q -j 0 --invalidation-mode unchecked-hash .aws-sam/build

deploy: build ## deploy to AWS (your credentials; ARGS="--stack-name … --region …")
	@SAM_CLI_TELEMETRY=0 $(BIN)/sam deploy --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --resolve-s3 $(ARGS)

lock: .venv/.ready ## choose exact versions anew; UPGRADE="boto3 …" or UPGRADE=--all moves them
	@$(BIN)/python local/lock.py $(UPGRADE)

clean: ## remove the environments and everything generated
	@rm -rf .venv .emulator .runtime .aws-sam build functions/console/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Develop, test, run the laptop's hub. The project itself is editable, so `hub` always runs this tree.
.venv/.ready: local/requirements/dev.txt
	@echo "making .venv" >&2
	@$(call new_env,.venv)
	@$(call install,.venv) --require-hashes -r $<
	@touch $@

.venv/.installed: pyproject.toml .venv/.ready
	@$(call install,.venv) --no-deps --no-build-isolation -e .
	@touch $@

# The emulator pins its own botocore, so it lives apart.
.emulator/.ready: local/requirements/emulator.txt
	@echo "making .emulator" >&2
	@$(call new_env,.emulator)
	@$(call install,.emulator) --require-hashes -r $<
	@touch $@

# What a function finds on AWS besides its layers: boto3 and the runtime client. Nothing more.
.runtime/.ready: local/requirements/runtime.txt
	@echo "making .runtime" >&2
	@$(call new_env,.runtime)
	@$(call install,.runtime) --require-hashes -r $<
	@touch $@

# What pages load in a browser: from npm packages, by a lock with hashes, never in git.
$(ASSETS): local/assets/package-lock.json local/build_assets.py .venv/.installed
	@$(BIN)/python -m local.build_assets
	@touch $@
