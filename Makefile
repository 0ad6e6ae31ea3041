# infraops: what can be done in a checkout. `make help` explains the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
INFRAOPS := $(VENV)/bin/infraops

.PHONY: help demo test check format lint types imports playbooks docs bench soak fuzz lock golden wheel clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/' | expand -t 20

demo: $(VENV)/.demo  ## bring the reference shop up on this machine: database, web hosts, balancer
	@environment=lab
	if ! $(INFRAOPS) lab setup --yes; then
		echo "This machine cannot hold lab hosts (see above); here is the smaller demo, in one directory."
		environment=local
	fi
	$(INFRAOPS) apply --environment $$environment --yes
	echo "to go on:      source $(VENV)/bin/activate && infraops status -e $$environment"
	echo "to remove it:  $(INFRAOPS) destroy -e $$environment"

# Lab hosts share the kernel's limits, so their tests go one by one, and beside all others: they wait for hosts more than
# they work. Of the others three go side by side, as those on AWS wait, too. Each of the two is a group of processes, to
# which an interrupt is handed on once. Where TESTS names some, it is fine that none of a kind is among them (5).
test: $(VENV)/.dev  ## run every test
	@said=$$(mktemp)
	set -m
	$(VENV)/bin/python -m pytest -q -m lab --durations=10 $(TESTS) > "$$said" 2>&1 < /dev/null & lab=$$!
	$(VENV)/bin/python -m pytest -q -n 3 --dist worksteal -m "not lab" $(TESTS) < /dev/null & others=$$!
	set +m
	end() { trap - INT TERM HUP; kill -INT -- -$$lab -$$others 2> /dev/null || true; wait; cat "$$said"; rm "$$said"; exit 130; }
	trap end INT TERM HUP
	passed() { wait "$$1" || [ $$? = 5 -a -n "$(TESTS)" ]; }
	code=0
	passed $$others || code=1
	echo "tests on lab hosts:"
	passed $$lab || code=1
	cat "$$said"
	rm "$$said"
	exit $$code

check: format lint types imports playbooks docs  ## run every check that is not a test

format: $(VENV)/.dev  ## is the code formatted?
	$(VENV)/bin/ruff format --check .

lint: $(VENV)/.dev  ## ruff's rules
	$(VENV)/bin/ruff check .

types: $(VENV)/.dev  ## mypy, strict
	$(VENV)/bin/mypy

imports: $(VENV)/.dev  ## imports point down only
	$(VENV)/bin/lint-imports

playbooks: $(VENV)/.dev  ## ansible-lint on the built-in templates and the reference playbooks
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ANSIBLE_HOME=$(CURDIR)/.infraops/ansible $(VENV)/bin/ansible-lint --offline -q infraops/catalog playbooks

docs: $(VENV)/.dev  ## are the reference pages as the models say?
	$(VENV)/bin/python -m docs.reference --check

bench: $(VENV)/.dev  ## measure; writes benchmarks/RESULTS.md
	$(VENV)/bin/python -m benchmarks

soak: $(VENV)/.dev  ## kill a hundred runs at any instant and look whether anything is lost (half an hour)
	$(VENV)/bin/python -m tests.soak

fuzz: $(VENV)/.dev  ## tell a thousand random stories of runs that are cut off (half an hour)
	INFRAOPS_FUZZ=500 $(VENV)/bin/python -m pytest -q -n 2 tests/lifecycle

lock: $(VENV)/.dev  ## renew the locked requirements
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml --extra embedded --group build -o requirements/demo.txt
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml --extra embedded --group build --group dev -c requirements/demo.txt -o requirements/dev.txt

wheel: $(VENV)/.dev  ## build the wheel into dist/
	$(VENV)/bin/uv build -q --wheel

clean:  ## remove the virtual environment and build results (not the lab: `infraops destroy` does that)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then
		echo "python3-venv is missing; installing the Debian package python3-venv"
		apt-get update -qq && apt-get install -y -qq python3-venv
	fi
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing infraops and what it stands on into $(VENV)"
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check --use-pep517 --require-hashes -r requirements/demo.txt
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check --use-pep517 --require-hashes -r requirements/dev.txt
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.demo
