# Yimen 一门. `make` lists what there is; `make demo` shows it all.

PYTHON ?= python3.11
BIN := .venv/bin
PY := $(BIN)/python
DEBIAN := rabbitmq-server softhsm2 libsofthsm2 openssl
# The browser that tests drive, with Chinese letters.
DEBIAN += chromium fonts-noto-cjk
DEBIAN += $(if $(shell command -v npm),,nodejs npm)
PROTOS := $(shell find protos/yimen -name '*.proto')
READY := .venv/.ready
GENERATED := protos/gen/.ready
PORTAL := gateway/portal
VENDOR := $(PORTAL)/static/vendor
WEB := $(VENDOR)/htmx.min.js
# Most of a test's time goes by waiting for a server. Each process of tests has servers of its own, and takes whole files.
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo up down status programme test test-fast check fix bench protos web texts baseline tenants setup clean

##@ The platform on this machine

demo: $(GENERATED) $(WEB)  ## Bring everything up and play a resident's whole way; ONCE=1 stops everything afterwards
	@$(PY) -m stack demo $(if $(filter-out 0,$(ONCE)),--once)

up: $(GENERATED) $(WEB)  ## Start everything under .stack/ and load the halls' data
	@$(PY) -m stack up

down: $(GENERATED)  ## End exactly what `up` or `demo` started
	@$(PY) -m stack down

status: $(GENERATED)  ## Every program: port, health, memory, queues
	@$(PY) -m stack status

programme: $(GENERATED)  ## Streamline 710 matters of the running platform, as Longgang did in 2014
	@$(PY) -m stack programme

##@ Checking

test: check $(WEB)  ## Everything: check, then all tests (about fifteen minutes on two cores)
	@$(PY) -m pytest $(SIDE_BY_SIDE) $(ARGS)

test-fast: $(GENERATED)  ## Only what needs no server: rules, data, configuration, structure
	@$(PY) -m pytest $(SIDE_BY_SIDE) -m "not platform and not broker and not store" $(ARGS)

check: $(GENERATED)  ## Lint, format, types, import contracts, protos, halls
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(PY) -m mypy
	@$(BIN)/lint-imports
	@$(BIN)/buf lint protos/gen/yimen.binpb
	@$(BIN)/buf breaking protos/gen/yimen.binpb --against protos/baseline.binpb
	@$(BIN)/buf format --diff --exit-code --path protos/yimen
	@$(PY) -m tenants check

fix: $(GENERATED)  ## Format, and mend what can be mended without judgement
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@$(BIN)/buf format --write --path protos/yimen

bench: $(GENERATED)  ## Measure calls a second, latencies and memory, beside a bare echo server
	@$(PY) -m bench $(ARGS)

##@ Contracts and data

protos: $(GENERATED)  ## Generate protos/gen: Python, types, the descriptors for Envoy and buf

web: $(WEB)  ## Fetch what the pages load in a browser

texts: $(GENERATED)  ## Renew the portal's catalogue, and name every text without English
	@$(PY) -m gateway.portal texts

baseline: $(GENERATED)  ## Make today's protos what `buf breaking` compares with (at a release)
	@$(PY) -m protos.baseline

tenants: $(READY)  ## Check the 118 halls against the standards of the five unifications
	@$(PY) -m tenants check

##@ Housekeeping

setup: $(GENERATED) $(WEB)  ## Install what is missing: Debian packages (as root or by sudo), .venv, generated code

clean:  ## Remove what was generated and installed here; the platform's data in .stack/ stay
	@rm -rf .venv protos/gen $(VENDOR) $(PORTAL)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

help:
	@awk 'BEGIN {FS = ":.*  ## "} \
		/^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
		/^[a-z-]+:.*  ## / {printf "  make \033[36m%-10s\033[0m %s\n", $$1, $$2}' Makefile
	@echo

# A virtual environment with everything that pyproject.toml pins, the repository and protos/gen on its path.
$(READY): pyproject.toml stack/debian.sh
	@stack/debian.sh $(DEBIAN) $(if $(shell $(PYTHON) -m ensurepip --version 2>/dev/null),,python3.11-venv)
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Python packages of pyproject.toml → .venv"
	@$(PY) -m pip install --disable-pip-version-check --progress-bar off --editable '.[stack,dev]'
	@touch $@

$(GENERATED): $(READY) $(PROTOS) protos/generate.py
	@$(PY) -m protos.generate
	@touch $@

# What pages load, as npm has it: copied, never built.
$(WEB): $(PORTAL)/package.json | $(READY)
	@echo "Front-end files of $< → $(VENDOR)"
	@npm install --prefix $(PORTAL) --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel error
	@mkdir -p $(VENDOR)
	@cp $(PORTAL)/node_modules/htmx.org/dist/htmx.min.js $@
	@touch $@
