# Everything this project does on a machine. Only Rust, Python 3.10+ and make are assumed; what else is needed is
# installed, pinned, into .local/venv.

PYTHON ?= python3
VENV   := .local/venv
BIN    := $(abspath $(VENV)/bin)
VENV_OK := $(VENV)/.installed-$(shell cksum < requirements-local.txt | cut -d' ' -f1)

BENCH_PEERS = $(shell cksum < benches/requirements.txt | cut -d' ' -f1)

# What the functions are built for: deploying takes what was deployed first, arm64 unless told otherwise; running here
# takes what this machine is.
HOST_ARCH := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
ARCH ?= $(or $(shell cat .local/deployed 2>/dev/null),arm64)

export PATH := $(BIN):$(PATH)
export SAM_CLI_TELEMETRY := 0
# For `sam validate`, which asks no region anything.
export AWS_DEFAULT_REGION ?= us-east-1

# The tests have a local AWS of their own, on any free port: one of `make local` may be running.
TEST_AWS := LOCAL_AWS_DIR=.local/aws-test LOCAL_AWS_PORT=0 $(BIN)/python tools/local_aws.py

.DEFAULT_GOAL := help
.PHONY: help demo local local-down test check scan e2e bench functions venv deploy clean

help: ## Shows this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: venv ## Runs the sample import on local AWS and shows what became of every record
	@python tools/demo.py

local: venv ## Starts local AWS and deploys the stack on it, to play with
	@python tools/local_aws.py start
	@python tools/local_aws.py deploy
	@echo 'now: eval "$$($(VENV)/bin/python tools/local_aws.py env)"'

local-down: venv ## Ends local AWS, and everything on it
	@python tools/local_aws.py stop

test: check e2e ## Runs every test there is: format, lints, units, properties, template, machines, end to end

check: venv ## Runs the tests that need no local AWS
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	@$(MAKE) --no-print-directory functions ARCH=$(HOST_ARCH)
	sam validate --lint
	@$(MAKE) --no-print-directory scan
	SLUICE_ARCH=$(HOST_ARCH) cargo test --workspace --quiet

# Neither asks anybody anything: checkov is told to fetch no policies and to look for no newer version of itself.
scan: venv ## Looks for insecure settings in the template
	cfn-lint --include-checks I -t template.yaml
	CKV_SKIP_PACKAGE_UPDATE_CHECK=true checkov --framework cloudformation --file template.yaml --skip-download --quiet --compact

# For the whole workspace, as in `check`: for one package cargo chooses other features, and the AWS SDK is built again. With
# the tests of the CLI its binary is built, which the others call. Local AWS is stopped whatever became of the tests; the exit
# code is theirs.
e2e: venv ## Runs the end-to-end tests on a local AWS of their own
	@cargo test --workspace --quiet --no-run --test e2e --test run
	@$(TEST_AWS) stop
	@$(TEST_AWS) start
	@status=0; { $(TEST_AWS) deploy && eval "$$($(TEST_AWS) env)" && \
		cargo test --workspace --test e2e -- --test-threads=1; } || status=$$?; \
		$(TEST_AWS) stop; exit $$status

# Peers of their own, so that nothing else has to install them. BENCH names measurements, or is empty for all of them.
bench: venv ## Measures speed, memory and cost against peers, and writes benches/RESULTS.md
	@[ -e .local/bench/.installed-$(BENCH_PEERS) ] || { rm -rf .local/bench && $(PYTHON) -m venv .local/bench && \
		.local/bench/bin/python -m pip install --quiet --disable-pip-version-check -r benches/requirements.txt && \
		touch .local/bench/.installed-$(BENCH_PEERS); }
	@PATH="$(abspath .local/bench/bin):$$PATH" .local/bench/bin/python benches/run.py $(BENCH)

functions: venv ## Builds the functions, all at once, for ARCH (arm64, or x86_64)
	@echo "building the functions for $(ARCH) …"
	@$(MAKE) --no-print-directory -C crates/lambdas functions ARCH=$(ARCH)

venv: $(VENV_OK) ## Installs the pinned tools into .local/venv
$(VENV_OK): requirements-local.txt
	@rm -rf $(VENV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed")'
	@echo "installing the pinned tools into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-local.txt
	@touch $@

# The first deployment asks, and sam keeps the answers in samconfig.toml.
deploy: venv ## Builds and deploys the stack to AWS; asks what it must know on the first time
	ARCH=$(ARCH) sam build --parameter-overrides Architecture=$(ARCH)
	sam deploy $(if $(wildcard .local/deployed),,--guided --parameter-overrides Architecture=$(ARCH))
	@echo $(ARCH) > .local/deployed

clean: ## Removes everything that was built or installed
	@[ ! -x $(BIN)/python ] || $(BIN)/python tools/local_aws.py stop
	cargo clean
	rm -rf .aws-sam .local
