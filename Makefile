# What can be done with a clone; "make" lists it. Everything that is made lies in the clone: .venv (the tools), .ansible
# (Ansible's own files and the collection's folder tree), .cache, .build and dist. "make clean" takes all of it away.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# What the surroundings set must not matter: Ansible's and pytest's settings, other Pythons, and least of all a real key.
unexport $(filter ANSIBLE_% NOSANA_% PYTEST_%,$(.VARIABLES)) PYTHONPATH PYTHONHOME VIRTUAL_ENV

export USER_HOME := $(HOME)
export HOME := $(CURDIR)/.ansible/user
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.ansible/collections
export ANSIBLE_HOME := $(CURDIR)/.ansible/home
export XDG_CACHE_HOME := $(CURDIR)/.cache
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export npm_config_cache := $(CURDIR)/.cache/npm
export PYTHONNOUSERSITE := 1

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

.PHONY: clean
clean: ## back to a fresh clone
	@rm -rf .venv .ansible .build .cache dist
	@find . -name .git -prune -o -name __pycache__ -prune -exec rm -rf {} +
