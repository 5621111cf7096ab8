# Thin: everything is in dev/dev.py, which needs only Python's standard library.
# Type `make` for the list of commands.

DEV := python3 -B dev/dev.py
keep := $(if $(KEEP),--keep)

.PHONY: help run test lint bench shell i18n wheel clean lock

help:
	@$(DEV) --help

run: ## PORT=, KEEP=1
	@$(DEV) run $(keep)

test: ## ARGS="tests/test_x.py -k foo", KEEP=1, DB=suffix
	@$(DEV) test $(keep) --db="$(DB)" --args="$(ARGS)"

