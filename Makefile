# make chat, make test: each sets up what it needs. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable

.PHONY: help chat studio test test-live lint clean

help:
	@echo "make chat       talk to the assistant in this terminal"
	@echo "make studio     open the graphs in LangGraph Studio"
	@echo "make test       run the tests"
	@echo "make test-live  run the contract tests on the HubSpot account of HUBSPOT_ACCESS_TOKEN"
	@echo "make lint       check types, style and format"

chat: $(VENV)/.chat
	@$(BIN)/hubspot-agent chat $(ARGS)

studio: $(VENV)/.studio
	LANGGRAPH_CLI_NO_ANALYTICS=1 $(BIN)/langgraph dev $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(ARGS)

# In one process, which keeps the account's limits.
test-live: $(VENV)/.dev
	HUBSPOT_AGENT_LIVE=1 $(BIN)/python -m pytest --numprocesses=0 tests/test_contract.py tests/test_contract_open.py $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.%: $(BIN)/python pyproject.toml constraints.txt
	@echo "Setting up (once) ..." >&2
	@$(INSTALL) ".[$*]"
	@touch $@
