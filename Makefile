# What can be done with a clone; "make" lists it. Everything that is made lies in the clone: .venv (the tools), .ansible
# (Ansible's own files and the collection's folder tree), .cache, .build and dist. "make clean" takes all of it away.

SHELL := bash
.DEFAULT_GOAL := help
# One target after the other: most of them use all processors.
ifndef IN_PAIRS
.NOTPARALLEL:
endif

# What the surroundings set must not matter: Ansible's and pytest's settings, other Pythons, and least of all a real key.
unexport $(filter ANSIBLE_% NOSANA_% PYTEST_%,$(.VARIABLES)) PYTHONPATH PYTHONHOME VIRTUAL_ENV
# Without compiled files, each of the many processes would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

# make calls itself for "make test": HOME is another one there already.
ifndef USER_HOME
export USER_HOME := $(HOME)
endif
export HOME := $(CURDIR)/.ansible/user
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.ansible/collections
export ANSIBLE_HOME := $(CURDIR)/.ansible/home
export XDG_CACHE_HOME := $(CURDIR)/.cache
export UV_SYSTEM_CERTS := 1
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export npm_config_cache := $(CURDIR)/.cache/npm
export PYTHONNOUSERSITE := 1
# Ansible wants a UTF-8 locale; a bare container has none.
ifeq (,$(findstring utf,$(subst UTF,utf,$(LC_ALL)$(LANG))))
export LC_ALL := C.UTF-8
endif
# With another HOME, git no longer knows that this clone may be read although it belongs to another user.
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := safe.directory
export GIT_CONFIG_VALUE_0 := $(CURDIR)

PYTEST := .venv/bin/python -m pytest

.PHONY: help
help: ## this list
	@tools/help

.PHONY: setup
setup: ## the tools, at the versions of requirements/dev.txt, into .venv; asked for by all that follows
	@HOME="$$USER_HOME" tools/setup
	@mkdir -p "$$HOME"

.PHONY: demo
demo: setup ## the collection at work on a simulated Nosana, without an account
	@tools/demo

# Those of "make test" that use all processors, and those that leave one idle for another of them.
ALONE := lint sanity unit simulator-test integration interop controller
PAIRED := molecule eda packaging docs

.PHONY: test
test: setup ## lint, sanity and all tests: what CI runs
	@$(MAKE) --no-print-directory $(ALONE)
	@$(MAKE) --no-print-directory --jobs 2 --output-sync IN_PAIRS=1 $(PAIRED)
	@echo "test: $(ALONE) $(PAIRED): passed"

.PHONY: lint
lint: setup ## ansible-lint (profile production), Galaxy's importer, and the other linters of tools/lint, two at a time
	@tools/lint

.PHONY: sanity
sanity: setup ## ansible-test sanity, on a copy in .build
	@.venv/bin/python tools/sanity.py

.PHONY: unit
unit: setup ## pytest tests/unit: no server, no waiting
	@$(PYTEST) tests/unit -n 3 --dist worksteal

.PHONY: simulator-test
simulator-test: setup ## pytest tests/simulator: the simulator against recorded answers of the API
	@$(PYTEST) tests/simulator -n 2

.PHONY: integration
integration: setup ## pytest tests/integration: playbooks against the simulator
	@$(PYTEST) tests/integration -n 4 --dist worksteal

.PHONY: snippets
snippets: setup ## of integration, the part that runs every snippet of every page, and counts them
	@$(PYTEST) tests/integration/test_snippets.py tests/integration/test_story.py -n 2

.PHONY: reliability
reliability: setup ## what "make test" samples in full, and the tables of docs/development/reliability.md: more than an hour
	@rm -rf .build/reliability
	@HOME="$$USER_HOME" tools/interop
	@EDITS=all CASES=50000 $(PYTEST) tests/interop/test_validator.py
	@CASES=100 $(PYTEST) -n 2 tests/simulator/test_simulator_schema.py
	@HOME="$$USER_HOME" tools/controller
	@CASES=2000 HOSTILE=all $(PYTEST) -n 2 tests/unit/test_plan_properties.py tests/unit/test_hostile_sweep.py
	@COMBINATIONS=all KILLS=all PAIRS=20 RUNS=200 $(PYTEST) -n 2 tests/integration/test_faults.py \
	  tests/integration/test_fault_reads.py tests/integration/test_fault_playbooks.py tests/integration/test_concurrent_runs.py \
	  tests/integration/test_kills.py tests/integration/test_random_runs.py tests/integration/test_traps.py \
	  tests/integration/test_completed_kills.py tests/integration/test_canaries.py tests/integration/test_targets.py tests/integration/test_ansible_test.py \
	  tests/integration/test_moves.py tests/integration/test_roll_back.py tests/integration/test_fleet_trouble.py \
	  tests/integration/test_strange_names.py tests/integration/test_modules.py tests/integration/test_runbooks.py \
	  tests/integration/test_role_service.py tests/integration/test_role_batch.py tests/controller
	@.venv/bin/python tools/reliability.py

.PHONY: bench
bench: setup ## the collection beside others, and the tables of docs/development/benchmarks.md; ONLY=one,include some rows
	@HOME="$$USER_HOME" tools/interop
	@.venv/bin/python tests/benchmark/bench.py

.PHONY: molecule
molecule: setup ## molecule test: the collection as a user's scenario would test with it
	@tools/molecule

.PHONY: interop
interop: setup ## pytest tests/interop: the vendor's npm client and validator; CASES=50000 compares more definitions
	@HOME="$$USER_HOME" tools/interop
	@$(PYTEST) tests/interop -n 2

.PHONY: controller
controller: setup ## pytest tests/controller: what AWX does with the collection, without AWX
	@HOME="$$USER_HOME" tools/controller
	@$(PYTEST) tests/controller -n 2

.PHONY: eda
eda: setup ## pytest tests/eda: the event source and the rulebook, run by ansible-rulebook
	@HOME="$$USER_HOME" tools/eda
	@$(PYTEST) tests/eda

.PHONY: packaging
packaging: setup ## pytest tests/packaging: the tarball, installed into an empty folder, at work from there
	@$(PYTEST) tests/packaging -n 2 --dist loadfile

# A machine with pyenv has more Pythons than its PATH leads to.
matrix: export PATH := $(CURDIR)/.venv/bin:$(shell printf '%s:' $(or $(PYENV_ROOT),$(USER_HOME)/.pyenv)/versions/*/bin)$(PATH)

.PHONY: docs
docs: setup ## the site, of docs and of the plugins' documentation, into .build/docs; then pytest tests/docs
	@.venv/bin/python tools/site/build.py
	@$(PYTEST) tests/docs

.PHONY: matrix
matrix: setup ## tests and sanity on the Pythons and ansible-cores of tox.toml that are there; ONLY=py3.11-core2.16: on that one
	@tox run $(addprefix -e ,$(ONLY))

# Asks pypi.org's database of advisories; a mirror that has only packages does not do, and then this fails.
AUDIT := .venv/bin/uv tool run --quiet --from pip-audit==2.10.1 pip-audit

.PHONY: audit
audit: setup ## known vulnerabilities in what requirements/dev.txt locks; needs pypi.org itself, so not part of test
	@$(AUDIT) --strict --disable-pip --require-hashes --requirement requirements/dev.txt

.PHONY: dist
dist: setup ## the tarball of the last commit into dist, checked by Galaxy's importer; RELEASE=1.0.0: only that release
	@.venv/bin/python tools/dist.py $(if $(RELEASE),--release "$(RELEASE)")

.PHONY: lock
lock: setup ## dev.txt and the like in requirements anew from the .in files, and package-lock.json; UPGRADE=1: the newest versions
	@for file in requirements/*.in requirements/matrix/*.in; do \
	  python=$$(sed -nE 's/.*\/py([0-9.]+)-core.*/\1/p' <<< "$$file"); \
	  case $$file in */matrix.in) continue ;; */awx.in) more=--no-deps ;; *) more= ;; esac; \
	  .venv/bin/uv pip compile --quiet --universal --python-version "$${python:-3.11}" --generate-hashes $$more \
	    --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) "$$file" -o "$${file%.in}.txt" || exit; done
	@HOME="$$USER_HOME" tools/interop lock

.PHONY: clean
clean: ## back to a fresh clone
	@rm -rf .venv .ansible .build .cache dist tests/interop/node_modules
	@find . -name .git -prune -o -name __pycache__ -prune -exec rm -rf {} +
