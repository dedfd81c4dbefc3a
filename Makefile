# The two commands of a newcomer are `make run` and `make test`. Each does all of its own set-up.

PYTHON ?= python3
PORT ?= 8000
# Where `make bench` keeps its stores.
STORES ?= $(HOME)/.cache/bookstore-bench
BIND ?= 127.0.0.1:$(PORT)
# Processes that run tests side by side.
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')

VENV := .venv
BIN := $(VENV)/bin
SERVES := $(VENV)/requirements.stamp
CHECKS := $(VENV)/requirements-dev.stamp

.DEFAULT_GOAL := help
.PHONY: help run serve bench bench-quick test fuzz model clients add-fields drills drill-feed drill-upgrade lint messages screenshots lock clean

help:
	@echo "make run [PORT=8000]   serve at http://127.0.0.1:8000/, on SQLite; nothing else to set up"
	@echo "make serve [BIND=127.0.0.1:8000]   serve in production: docs/serving.md"
	@echo "make test              run the tests, on SQLite, in plain mode, and on PostgreSQL"
	@echo "make fuzz              send generated requests to a running server, on SQLite and on PostgreSQL"
	@echo "make model [STEPS=250000] [SEED=0]   compare with a small model of the rules, on both engines and in both modes"
	@echo "make clients           lint the OpenAPI document, and try generated clients against a running server"
	@echo "make drills            break what is around the service, and show what clients get meanwhile; needs root"
	@echo "make drill-feed        change books 100,000 times while copies follow the feed of changes; half an hour"
	@echo "make drill-upgrade     upgrade a store of 100,000 books while clients go on; a quarter of an hour"
	@echo "make add-fields        add five fields to a copy of the tree, and run the tests of the apps there"
	@echo "make lint              ruff, mypy, and the checks of Django and of the OpenAPI document"
	@echo "make messages          collect the texts of the pages for translation, and compile the translations"
	@echo "make bench             compare with other frameworks, in half an hour; make bench-quick in two minutes"
	@echo "make screenshots       take the pictures of README.md again"
	@echo "make lock              lock the requirements again, with hashes, from the short lists *.in"
	@echo "make clean             remove the virtual environment and the caches, but no data"

# The links in mails lead to this server, unless PUBLIC_URL is set.
run: $(SERVES)
	@$(BIN)/python manage.py quickstart --port $(PORT)
	@PUBLIC_URL=$${PUBLIC_URL:-http://localhost:$(PORT)} $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

# exec: a signal to make's own process would not reach the server.
serve: $(SERVES)
	@exec $(BIN)/python manage.py serve --bind $(BIND)

# The whole suite on SQLite; the core suite again in plain mode; and on an embedded PostgreSQL all but
# the browsers, and two files that choose their engines themselves. A skip for want of a tool is an
# error here.
FUZZ := tests/test_schemathesis.py
test fuzz: export BOOKSTORE_TEST_REQUIRE_ALL = 1
test fuzz: export BOOKSTORE_ENV = development
test: $(CHECKS) browser
	$(BIN)/pytest -n $(JOBS) --ignore $(FUZZ) --cov --cov-report= --cov-fail-under=0
	FAST_PATH=off $(BIN)/pytest -n $(JOBS) -m "not live" --ignore bookstore_project/speed \
		--cov --cov-append --cov-report=term-missing
	$(BIN)/python -m tests.with_postgres $(BIN)/pytest -n $(JOBS) --ignore tests/browser \
		--ignore tests/test_benchmarks.py --ignore tests/test_file_mode_live.py --ignore $(FUZZ)

# Requests that Schemathesis generates from the OpenAPI document, for a running server. They take 130 s of
# processor time on both engines (2026-11-28, two cores), so they have a command of their own.
fuzz: $(CHECKS)
	$(BIN)/pytest -n $(JOBS) $(FUZZ)
	$(BIN)/python -m tests.with_postgres $(BIN)/pytest -n $(JOBS) $(FUZZ)

# A second, small program predicts each answer: docs/decisions/model.md. STEPS are for each of the four.
STEPS ?= 250000
SEED ?= 0
MODELS := model-sqlite model-sqlite-plain model-postgresql model-postgresql-plain
.PHONY: $(MODELS)
model: $(CHECKS)
	@$(MAKE) --no-print-directory --jobs $(JOBS) $(MODELS)
$(MODELS): export BOOKSTORE_ENV = development
model-sqlite-plain model-postgresql-plain: export FAST_PATH = off
model-sqlite model-sqlite-plain: $(CHECKS)
	@$(BIN)/python -m tests.model --steps $(STEPS) --seed $(SEED)
model-postgresql model-postgresql-plain: $(CHECKS)
	@$(BIN)/python -m tests.with_postgres $(BIN)/python -m tests.model --steps $(STEPS) --seed $(SEED)

# The programs are of PyPI and npm, with Node.js and Java, in an environment of their own: docs/clients.md.
# They take 110 s of processor time (2026-11-28, two cores).
CLIENTS := .venv-clients
clients: export BOOKSTORE_ENV = development
clients: $(CHECKS) $(CLIENTS)/requirements.stamp
	$(BIN)/python -m tests.clients $(CLIENTS)

$(CLIENTS)/requirements.stamp: tests/clients/requirements.txt tests/clients/package.json tests/clients/package-lock.json
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	cp tests/clients/package.json tests/clients/package-lock.json $(CLIENTS)
	PATH="$(abspath $(CLIENTS)/bin):$$PATH" npm ci --prefix $(CLIENTS) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# docs/recipes/add-a-field.md, tried with five fields.
add-fields: $(CHECKS)
	$(BIN)/python -m tests.add_fields -n $(JOBS)

# Debian's PostgreSQL, Redis and proxies, two workers in production settings: docs/serving.md.
drills: $(CHECKS)
	@tests/drills/install
	$(BIN)/python -m tests.drills $(DRILLS)

# Copies follow the feed of changes on SQLite and on an embedded PostgreSQL.
drill-feed: $(CHECKS)
	$(BIN)/python -m tests.drills feed

# A store of 100,000 books on PostgreSQL is upgraded from the release before, while clients go on.
drill-upgrade: $(CHECKS)
	@tests/drills/install
	$(BIN)/python -m tests.drills upgrade

lint: export BOOKSTORE_ENV = development
lint: $(CHECKS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

# Both the .po and the .mo are committed; en.po only replaces words of Django's admin.
messages: export BOOKSTORE_ENV = development
messages: $(CHECKS)
	@command -v msgfmt >/dev/null || apt-get install -y -qq gettext
	$(BIN)/python manage.py makemessages --locale de --no-obsolete --no-wrap --add-location file \
		--ignore ".venv*" --ignore tests --ignore benchmarks
	$(BIN)/python manage.py compilemessages --ignore ".venv*"

# The peers have an environment of their own: their requirements are not the product's.
PEERS := .venv-bench
bench bench-quick: $(CHECKS) $(PEERS)/requirements.stamp
	@command -v wrk >/dev/null || apt-get install -y -qq wrk
	$(BIN)/python -m benchmarks.bench $(STORES) --programs $(PEERS)/bin $(if $(filter bench-quick,$@),--quick)

$(PEERS)/requirements.stamp: benchmarks/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

screenshots: $(CHECKS) browser
	$(BIN)/python -m docs.screenshots.take

# A Chromium of the system is used if there is one; else Playwright brings its own. axe-core, which finds
# faults of accessibility, and a provider that signs people in are of npm, with PyPI's Node.js.
BROWSER := .venv-browser
.PHONY: browser
browser: $(CHECKS) $(BROWSER)/requirements.stamp
	@command -v chromium >/dev/null || $(BIN)/playwright install chromium

$(BROWSER)/requirements.stamp: tests/browser/requirements.txt tests/browser/package.json tests/browser/package-lock.json
	$(PYTHON) -m venv $(BROWSER)
	$(BROWSER)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	cp tests/browser/package.json tests/browser/package-lock.json $(BROWSER)
	PATH="$(abspath $(BROWSER)/bin):$$PATH" npm ci --prefix $(BROWSER) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Writes the locked requirements again from the short lists (*.in); needs uv: pip install uv.
LOCK := uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock:
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) benchmarks/requirements.in -o benchmarks/requirements.txt
	$(LOCK) tests/clients/requirements.in -o tests/clients/requirements.txt
	$(LOCK) tests/browser/requirements.in -o tests/browser/requirements.txt
	cd tests/clients && npm install --package-lock-only --omit-lockfile-registry-resolved
	cd tests/browser && npm install --package-lock-only --omit-lockfile-registry-resolved

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage staticfiles

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with PYTHON=python3.x" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python's venv module is needed (Debian: python3-venv)" >&2; exit 1; }

$(SERVES): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(CHECKS): requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(SERVES)
