# Thin: everything is in dev/dev.py, which needs Python and nothing else.

DEV := python3 -B dev/dev.py
export ARGS DB DIST
unexport MAKEFLAGS MAKELEVEL

.PHONY: help run test test-alertmanager lint bench i18n wheel shell clean

help:
	@$(DEV) --help

run:
	@$(DEV) run $(if $(KEEP),--keep)

test:
	@$(DEV) test $(if $(KEEP),--keep)

test-alertmanager:
	@$(DEV) test-alertmanager $(if $(KEEP),--keep)

lint bench i18n wheel shell:
	@$(DEV) $@

clean:
	@$(DEV) clean $(if $(ALL),--all)
