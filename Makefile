# All tasks of this project. They assume only Rust, Python 3.10+ and make, and install everything else, pinned, into
# .local/venv: each recipe only the tools that it uses (tools/requirements/).

PYTHON ?= python3
VENV   := .local/venv
BIN    := $(abspath $(VENV)/bin)
# A stamp per list of tools. Its name has the checksum of the list, so a changed list is installed again.
stamp  = $(VENV)/.installed-$(1)-$(shell cksum < tools/requirements/$(1).txt | cut -d' ' -f1)
LOCAL_TOOLS   := $(call stamp,local)
CHECK_TOOLS   := $(call stamp,check)
DEPLOY_TOOLS  := $(call stamp,deploy)
RELEASE_TOOLS := $(call stamp,release)

# A MongoDB server for tests is large and no tool of the project, so it has a folder of its own. PyPI has one for Linux only; on
# another system `make test` says that it leaves out the tests that need one.
HAS_MONGODB := $(filter Linux,$(shell uname -s))
MONGODB := .local/mongodb/.installed-$(shell cksum < tools/requirements/mongodb.txt | cut -d' ' -f1)

BENCH_PEERS = $(shell cksum < benches/requirements.txt | cut -d' ' -f1)

# `make deploy` builds for arm64, or for what its answers say.
ARCH ?= $(or $(shell sed -n 's/^Architecture *= *//p' $${SLUICE_DEPLOYMENT:-deployment.ini} 2>/dev/null),arm64)

export PATH := $(BIN):$(PATH)
export SAM_CLI_TELEMETRY := 0

# The tests have a local AWS of their own, on any free port, because one of `make local` may be running.
TEST_AWS := LOCAL_AWS_DIR=.local/aws-test LOCAL_AWS_PORT=0 $(BIN)/python tools/local_aws.py

TEST_MONGOD := MONGOD_DIR=.local/mongod-test $(BIN)/python tools/mongod.py

.DEFAULT_GOAL := help
.PHONY: help demo local local-down test check scan workflows wheel e2e mongodb mongodb-server bench binaries functions venv deploy release clean

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## Imports a sample file through local AWS, and shows the tally and the mail
	@$(PYTHON) tools/demo.py --explain
	@$(MAKE) --no-print-directory -j2 $(LOCAL_TOOLS) binaries
	@python tools/demo.py

local: $(LOCAL_TOOLS) binaries ## Starts local AWS and deploys the stack on it, for your own files
	@python tools/local_aws.py start
	@python tools/local_aws.py deploy
	@echo 'now: eval "$$($(VENV)/bin/python tools/local_aws.py env)"'

local-down: $(LOCAL_TOOLS) ## Stops local AWS and removes everything on it
	@python tools/local_aws.py stop

test: ## Runs all tests: format, lints, units, properties, template, state machines, end to end
	@$(MAKE) --no-print-directory -j2 venv binaries
	@$(MAKE) --no-print-directory check $(if $(HAS_MONGODB),mongodb) e2e

check: venv ## Runs the tests that do not need local AWS
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	sam validate --lint --region us-east-1
	@$(MAKE) --no-print-directory workflows wheel scan
	cargo test --workspace --quiet

# Both run offline. What checkov may find is in tools/scan_answers.json, with our reasons.
scan: $(CHECK_TOOLS) ## Checks the template for insecure settings
	cfn-lint --include-checks I -t template.yaml
	python tools/scan.py

# Offline, so without what zizmor asks GitHub. A finding fails it, and so does a workflow that it cannot read.
workflows: $(CHECK_TOOLS) ## Checks the workflows of GitHub for mistakes and insecure settings
	zizmor --offline --quiet --pedantic --strict-collection .github/workflows

wheel: $(RELEASE_TOOLS) binaries ## Packs the CLI as a wheel, unoptimised, installs it and runs it
	python tools/release.py wheel

# Stops local AWS and the MongoDB server even if tests fail. The exit code is that of the tests.
e2e: $(LOCAL_TOOLS) $(if $(HAS_MONGODB),$(MONGODB)) binaries ## Runs the end-to-end tests on a local AWS of their own
	@cargo test --workspace --quiet --no-run --test e2e
	@$(TEST_AWS) stop
	@$(TEST_AWS) start
	@$(if $(HAS_MONGODB),$(TEST_MONGOD) stop,echo 'without the tests that need a MongoDB server: there is none for this system')
	@status=0; { $(if $(HAS_MONGODB),$(TEST_MONGOD) start &&) $(TEST_AWS) deploy && eval "$$($(TEST_AWS) env)" $(if $(HAS_MONGODB),&& eval "$$($(TEST_MONGOD) env)") && \
		cargo test --workspace --test e2e -- --test-threads=1 $(if $(HAS_MONGODB),,--skip collections::); } || status=$$?; \
		$(TEST_AWS) stop; $(if $(HAS_MONGODB),$(TEST_MONGOD) stop;) exit $$status

# As for local AWS: the server is stopped even if tests fail.
mongodb: binaries $(MONGODB) ## Runs the tests with a MongoDB server of their own (Linux)
	@cargo test --workspace --quiet --no-run --test mongodb
	@$(TEST_MONGOD) stop
	@$(TEST_MONGOD) start
	@status=0; { eval "$$($(TEST_MONGOD) env)" && cargo test --workspace --test mongodb -- --test-threads=1; } || status=$$?; \
		$(TEST_MONGOD) stop; exit $$status

mongodb-server: $(MONGODB)

# The peers have a venv of their own, so that nothing else needs to install them. BENCH names measurements; empty for all.
bench: $(LOCAL_TOOLS) ## Measures speed, memory and cost beside peers, and writes benches/RESULTS.md
	@[ -e .local/bench/.installed-$(BENCH_PEERS) ] || { rm -rf .local/bench && $(PYTHON) -m venv .local/bench && \
		.local/bench/bin/python -m pip install --quiet --disable-pip-version-check -r benches/requirements.txt && \
		touch .local/bench/.installed-$(BENCH_PEERS); }
	@PATH="$(abspath .local/bench/bin):$$PATH" .local/bench/bin/python benches/run.py $(BENCH)

# The whole workspace in one call, as the tests are built: so cargo chooses one set of features, and compiles the AWS SDK once.
binaries: ## Builds `sluice` and the functions for this machine, quickly and unoptimised
	cargo build --workspace --bins

functions: $(DEPLOY_TOOLS) ## Builds the functions for deployment, for ARCH (arm64 or x86_64)
	@echo "building the functions for $(ARCH); the first time takes long, because all code is optimised for size …"
	@$(MAKE) --no-print-directory -C crates/lambdas functions ARCH=$(ARCH)

venv: $(LOCAL_TOOLS) $(CHECK_TOOLS) $(RELEASE_TOOLS) ## Installs the pinned tools for demo and tests into .local/venv
$(CHECK_TOOLS) $(DEPLOY_TOOLS) $(RELEASE_TOOLS): $(LOCAL_TOOLS)
$(VENV)/.installed-%:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed")'
	@echo "installing the pinned tools of tools/requirements/$(firstword $(subst -, ,$*)).txt into $(VENV) …"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tools/requirements/$(firstword $(subst -, ,$*)).txt
	@rm -f $(VENV)/.installed-$(firstword $(subst -, ,$*))-*
	@touch $@

$(MONGODB): $(LOCAL_TOOLS)
	@echo "installing the MongoDB server of tools/requirements/mongodb.txt into $(@D) …"
	@rm -rf $(@D)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --target $(@D) -r tools/requirements/mongodb.txt
	@touch $@

# tools/deploy.py asks before anything is built, and reads from the binaries themselves for which architecture they were built.
deploy: $(LOCAL_TOOLS) ## Builds the stack and deploys it to AWS; asks what you must decide the first time
	@python tools/deploy.py ask --architecture $(ARCH)
	@$(MAKE) --no-print-directory functions ARCH=$(ARCH)
	ARCH=$(ARCH) sam build --parameter-overrides Architecture=$(ARCH)
	@python tools/deploy.py $(if $(PREPARE),prepare,deploy)

release: $(RELEASE_TOOLS) functions ## Builds what a release has for ARCH into dist/: CLI, wheel, stack, list of parts
	ARCH=$(ARCH) sam build --parameter-overrides Architecture=$(ARCH)
	python tools/release.py build $(ARCH)

clean: ## Removes everything that was built or installed here
	@[ ! -x $(BIN)/python ] || $(BIN)/python tools/local_aws.py stop
	cargo clean
	rm -rf .aws-sam .local dist
