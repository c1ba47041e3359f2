# The two commands: make run, make test. They install what is missing (see scripts/bootstrap), as root or as an ordinary user.
# A minimal Debian needs one line before:  apt-get install -y --no-install-recommends make python3 python3-venv

PORT ?= 8000
DESK_PORT ?= 8001
VENV ?= .venv
JOBS ?= 2
export VENV

# TLS=1 serves https with an own certificate authority, so that a real phone in this network has service worker and WebCrypto.
tls := $(if $(filter-out 0 no false,$(TLS)),--tls)

.PHONY: help run test check format bench soak lock backup restore

help:
	@echo "make run      serve phone app ($(PORT)) and desk ($(DESK_PORT)) with demo data; PORT=, DESK_PORT=, TLS=1, FIELDAPP_DATA="
	@echo "make test     check the code, then run every test, headless; ARGS= goes to pytest, JOBS= processes"
	@echo "make check    lint, layout and types only          make format   repair the layout"
	@echo "make bench    measurements                         make soak     the long runs"
	@echo "make backup   a verified backup now, into FIELDAPP_BACKUP_DIR"
	@echo "make restore  bring the newest backup (or FROM=) back onto an empty machine: docs/operations.md"
	@echo "make lock     rewrite the lock files (needs uv)"

run:
	@scripts/bootstrap run
	@exec $(VENV)/bin/python -m fieldapp.cli serve-demo --whole --port $(PORT) --desk-port $(DESK_PORT) $(tls)

test:
	@scripts/bootstrap test
	@scripts/check
	@$(VENV)/bin/python -m pytest -n $(JOBS) $(ARGS)

check:
	@scripts/bootstrap check
	@scripts/check

format:
	@scripts/bootstrap check
	@$(VENV)/bin/ruff check --quiet --fix . ; $(VENV)/bin/ruff format --quiet .
	@node_modules/.bin/biome check --write --colors=off .

bench:
	@scripts/bootstrap test
	@$(VENV)/bin/python -m bench $(ARGS)

soak:
	@scripts/bootstrap test
	@$(VENV)/bin/python -m pytest -m soak $(ARGS)

backup:
	@scripts/bootstrap run
	@$(VENV)/bin/python -m fieldapp.cli backup $(ARGS)

restore:
	@scripts/bootstrap run
	@$(VENV)/bin/python -m fieldapp.cli restore $(if $(FROM),--from "$(FROM)") $(ARGS)

lock:
	@scripts/lock
