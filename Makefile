# Each target is one verb of scripts/dev.py, which does all the work (and runs without make too).
.PHONY: run test bench lint format lock audit

run:
	@python3 scripts/dev.py run

test:
	@python3 scripts/dev.py test

bench:
	@python3 scripts/dev.py bench

lint:
	@python3 scripts/dev.py lint

format:
	@python3 scripts/dev.py format

lock:
	@python3 scripts/dev.py lock

audit:
	@python3 scripts/dev.py audit
