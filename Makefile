# Every word here is one call of dev.py, which also works without make: see README.md.
PYTHON ?= python3
ARGS ?=

.PHONY: run chat desktop demo test check bench soak fuzz lock audit release
run chat desktop demo test check bench soak fuzz lock audit release:
	@$(PYTHON) dev.py $@ $(ARGS)
