# make chat, make test: each sets up what it needs. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# What is imported stays compiled, so that programs start in half the time.
unexport PYTHONDONTWRITEBYTECODE

# Installs the extra $(2) into the environment $(1): by uv, which takes seconds where pip takes a minute, or else by pip.
define install
	@echo "Setting up (once) ..." >&2
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv \
		&& $(1)/bin/python -m uv pip install --quiet --python $(1)/bin/python --constraint constraints.txt --editable ".[$(2)]" \
		|| $(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable ".[$(2)]"
endef

# Aegra needs Python 3.12 or newer, and has an environment of its own. SERVE_PYTHON chooses the interpreter.
SERVE_VENV ?= .venv-serve
SERVE_PYTHON ?= $(shell for each in $(PYTHON) python3.14 python3.13 python3.12 $(wildcard $(HOME)/.pyenv/versions/3.1[2-9].*/bin/python); do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && { echo $$each; break; }; done)
HOST ?= 127.0.0.1
PORT ?= 2026

.PHONY: help chat web screenshots studio serve setup-serve notebooks notebooks-run test test-slow test-live evaluate bench lint docs clean

help:
	@echo "make chat       talk to the assistant in this terminal"
	@echo "make web        talk to the assistant on a page in the browser"
	@echo "make studio     open the graphs in LangGraph Studio"
	@echo "make serve      serve the graphs from PostgreSQL: DATABASE_URL, and REDIS_URL for several instances"
	@echo "make notebooks  open the notebooks in JupyterLab"
	@echo "make test       run the tests, but for the slow ones"
	@echo "make test-slow  run the slow tests"
	@echo "make test-live  run the contract tests on the HubSpot account of HUBSPOT_ACCESS_TOKEN"
	@echo "make evaluate   measure how often a model leaves the CRM in the right state"
	@echo "make bench      measure what a turn costs, beside a bare create_agent"
	@echo "make lint       check style, format, types, imports and dependencies"
	@echo "make docs       write the generated parts of the documentation"
	@echo "make screenshots  take the pictures of the page"

chat: $(VENV)/.chat
	@$(BIN)/hubspot-agent chat $(ARGS)

web: $(VENV)/.web
	@$(BIN)/hubspot-agent web $(ARGS)

studio: $(VENV)/.studio
	LANGGRAPH_CLI_NO_ANALYTICS=1 $(BIN)/langgraph dev $(ARGS)

# Instances share the work and HubSpot's limits by way of Redis; one alone needs PostgreSQL only.
serve: export HUBSPOT_AGENT_SHARED_LIMITS ?= $(or $(REDIS_URL),$(DATABASE_URL))
serve: export REDIS_BROKER_ENABLED ?= $(if $(REDIS_URL),true,false)
serve: setup-serve
	@test -n "$$DATABASE_URL" || { echo "DATABASE_URL is not set, for example to postgresql://user:password@host/database"; exit 1; }
	@exec $(SERVE_VENV)/bin/aegra serve --host $(HOST) --port $(PORT) --config langgraph.json

setup-serve: $(SERVE_VENV)/.serve

notebooks: $(VENV)/.notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks $(ARGS)

# Runs them without keys and keeps what they show in the files, for readers.
notebooks-run: $(VENV)/.dev
	$(BIN)/python notebooks/execute.py $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(ARGS)

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow $(ARGS)

# For example: make evaluate ARGS="--model gpt-5.4-mini --repeat 3". The demo model needs no key.
evaluate: $(VENV)/.evals
	@$(BIN)/hubspot-agent evaluate $(or $(ARGS),--model demo)

# In one process, which keeps the account's limits.
test-live: $(VENV)/.dev
	$(BIN)/python -m pytest --live --numprocesses=0 tests/integration/test_contract.py tests/integration/test_contract_open.py $(ARGS)

# For example: make bench ARGS="--turns 1000".
bench: $(VENV)/.dev
	@PYTHONPATH=tests $(BIN)/python -m benchmarks $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/deptry .

docs: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -m support.settings_reference
	PYTHONPATH=tests $(BIN)/python -m support.sessions

screenshots: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -m support.screenshots

clean:
	rm -rf $(VENV) $(SERVE_VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(SERVE_VENV)/.serve: pyproject.toml constraints.txt
	@test -n "$(SERVE_PYTHON)" || { echo "Python 3.12 or newer is needed to serve: make serve SERVE_PYTHON=python3.13 ..."; exit 1; }
	@$(SERVE_PYTHON) -m venv $(SERVE_VENV)
	$(call install,$(SERVE_VENV),serve)
	@touch $@

$(VENV)/.%: $(BIN)/python pyproject.toml constraints.txt
	$(call install,$(VENV),$*)
	@touch $@
