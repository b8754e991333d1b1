# Every word here is one call of dev.py, which also works without make: see README.md.
PYTHON ?= python3
ARGS ?=

.PHONY: run test check bench soak lock
run test check bench soak lock:
	@$(PYTHON) dev.py $@ $(ARGS)
