# What a developer and CI run. `make help` lists it.
#
# A machine needs Rust, Java 17, Maven, Python 3, a C compiler and, for the tests, Go 1.26; `make deps` brings the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

TARGET := $(or $(CARGO_TARGET_DIR),target)
COMMIT := $(or $(OATHGATE_COMMIT),$(shell git rev-parse --short HEAD 2>/dev/null))
IMAGE ?= oathgate

# librdkafka (in the demo and the tests, never in production) is compiled against these.
BUILD_PACKAGES := libcurl4-openssl-dev libssl-dev pkg-config
# An L4 balancer, host names for native clients of one test, and what the demo's token.sh calls.
TEST_PACKAGES := haproxy libnss-wrapper curl
# An engine, its firewall, and what docker/kafka/build.sh makes a root file system with.
DOCKER_PACKAGES := docker.io iptables debootstrap

# Integration tests wait more than they compute, but each JVM wants memory.
TEST_THREADS ?= $(shell n=$$(nproc); echo $$((n > 4 ? 4 : n)))
# Names of integration tests to run, by a part of their name; all of them if empty.
ONLY ?=

DENY_VERSION := 0.20.2
INFERNO_VERSION := 0.12.8
export PATH := $(abspath $(TARGET))/tools/bin:$(PATH)

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|'

# --- what a machine lacks ---

.PHONY: deps deps-build deps-test deps-docker
deps: deps-build deps-test ## Debian packages and Python parts that demo and tests need
deps-build:
	@.ci/packages $(BUILD_PACKAGES)
deps-test: $(TARGET)/venv/installed
	@.ci/packages $(TEST_PACKAGES)
	@for tool in java mvn; do command -v $$tool >/dev/null || \
	    { echo "$$tool is missing; install it: apt-get install -y openjdk-17-jdk-headless maven" >&2; exit 1; }; done
	@# franz-go wants a newer Go than Debian has.
	@PATH=$$PATH:/usr/local/go/bin command -v go >/dev/null || \
	    { echo "go is missing; install it: Go 1.26 or newer from https://go.dev/dl" >&2; exit 1; }
deps-docker:
	@.ci/packages $(DOCKER_PACKAGES)

$(TARGET)/venv/installed: tests/python/requirements.txt
	@echo "making a Python environment for the tests in $(TARGET)/venv" >&2
	@python3 -m venv $(TARGET)/venv 2>/dev/null || \
	    { .ci/packages python3-venv; python3 -m venv --clear $(TARGET)/venv; }
	@$(TARGET)/venv/bin/pip install -q -r $<
	@touch $@

# --- look ---

.PHONY: demo
demo: deps-build ## Oathgate, a development issuer and an embedded Kafka, until Ctrl-C
	@exec cargo run --locked --features demo --bin oathgate -- demo

# --- prove ---

.PHONY: test test-unit test-it
test: test-unit test-it ## all tests; Kafka from its jars, or in Docker where its image is there
test-unit: deps-build ## unit tests, the direction of imports, examples in docs
	cargo test --locked --features demo --lib --bins --test architecture
	cargo test --locked --features demo --doc
test-it: deps ## integration tests on real brokers and clients; ONLY="login:: drain::" runs some
	cargo test --locked --features demo --test it -- --test-threads=$(TEST_THREADS) $(ONLY)

.PHONY: compat
compat: deps ## brokers 2.8, 3.9, 4.0 and the newest with Java clients of each and franz-go; Connect and MirrorMaker 2; five minutes
	OATHGATE_TEST_KAFKA=jars OATHGATE_TEST_MATRIX=1 \
	    cargo test --locked --features demo --test it -- --test-threads=1 versions::

.PHONY: check
check: deps-build ## formatting, lints, docs, dependencies, generated files
	cargo fmt --check
	cargo fmt --check --manifest-path bench/Cargo.toml
	cargo clippy --locked --all-targets --features demo -- -D warnings
	@echo "the production build: no feature, no C Kafka client, no OpenSSL, no ring"
	cargo clippy --locked --lib --bins -- -D warnings
	@for crate in rdkafka-sys openssl-sys ring; do \
	    if cargo tree --locked -e normal,build --prefix none | grep -E "^$$crate v"; then \
	        echo "$$crate is in the production build" >&2; exit 1; fi; done
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --features demo
	@$(MAKE) deny generated-check

.PHONY: deny audit
deny: $(TARGET)/tools/deny ## licences, banned crates, sources
	@# Advisories are in `audit`: their database lives in a git repository that CI cannot reach.
	cargo deny --locked --all-features check bans licenses sources
audit: $(TARGET)/tools/deny ## known vulnerabilities of the dependencies; fetches the advisory database
	cargo deny --locked --all-features check advisories

$(TARGET)/tools/deny:
	@mkdir -p $(@D)
	@cargo deny --version 2>/dev/null | grep -qx 'cargo-deny $(DENY_VERSION)' || \
	    cargo install -q --locked --root $(TARGET)/tools --version $(DENY_VERSION) cargo-deny
	@touch $@

# --- what Kafka's own jar writes ---

JARS := $(TARGET)/golden/jars
GOLDEN := tests/java/golden/src/main/java/Golden.java

$(JARS)/fetched: tests/java/golden/pom.xml
	@rm -rf $(JARS)
	@mvn -q -B -f $< dependency:copy-dependencies -DoutputDirectory=$(abspath $(JARS))
	@touch $@

# Both are written beside the committed files first, so that a check changes none of them.
.PHONY: generated-tables generated-frames
generated-tables: $(JARS)/fetched
	@mkdir -p $(TARGET)/golden/tables
	@cp src/wire/generate.py $(TARGET)/golden/generate.py
	@python3 $(TARGET)/golden/generate.py $(JARS)/kafka-clients-*.jar
generated-frames: $(JARS)/fetched
	@mkdir -p $(TARGET)/golden/classes
	@javac -Xlint:-options -d $(TARGET)/golden/classes -cp '$(JARS)/*' $(GOLDEN)
	@java -cp '$(TARGET)/golden/classes:$(JARS)/*' Golden > $(TARGET)/golden/frames.txt

.PHONY: tables golden generated-check
tables: generated-tables ## src/wire/tables from the message definitions in the kafka-clients jar
	@rm -f src/wire/tables/*.rs && cp $(TARGET)/golden/tables/*.rs src/wire/tables/
golden: generated-frames ## tests/golden/frames.txt from Kafka's own classes
	@cp $(TARGET)/golden/frames.txt tests/golden/frames.txt
generated-check: generated-tables generated-frames ## whether tables and frames are what the jar gives
	@diff -r $(TARGET)/golden/tables src/wire/tables || { echo "run: make tables" >&2; exit 1; }
	@cmp $(TARGET)/golden/frames.txt tests/golden/frames.txt || { echo "run: make golden" >&2; exit 1; }

# --- build and measure ---

.PHONY: release image kafka-image
release: ## the production binary, target/release/oathgate
	cargo build --locked --release --bin oathgate
image: ## the image `oathgate`; IMAGE=name:tag names another
	docker build -f docker/Dockerfile --build-arg COMMIT=$(COMMIT) -t $(IMAGE) .
kafka-image: deps-docker ## apache/kafka for the tests, where it cannot be pulled; needs root and a Docker daemon
	docker/kafka/build.sh

# --- measure; docs/PERFORMANCE.md says how to read it ---

# Options of compare.py and of kafka.py, as in BENCH="--rounds 3 --targets rustls-relay,oathgate".
BENCH ?=
BENCH_KAFKA ?=
# The crate beside ours shares its build directory, and with it what both depend on alike.
BENCH_CARGO := --locked --manifest-path bench/Cargo.toml --target-dir $(TARGET)
BENCH_JARS := $(TARGET)/bench/jars

.PHONY: bench bench-micro bench-compare bench-kafka bench-flames bench-smoke bench-build
bench: bench-micro bench-compare bench-kafka ## all of the next three; PEER_KAFKA_PROXY, PEER_KROXYLICIOUS name peers
bench-micro: ## the wire walker, token verification, pool filters, roles and ACLs
	cargo bench --locked --bench walker --bench tokens --bench policy
bench-compare: bench-build ## Oathgate, a bare relay and peers side by side; BENCH="--rounds 3" passes options
	@LOADGEN=$(TARGET)/release/loadgen OATHGATE=$(or $(OATHGATE),$(TARGET)/release/oathgate) \
	    bench/compare.py --folder $(TARGET)/bench --out $(TARGET)/bench/compare.md $(BENCH)
bench-kafka: bench-build $(BENCH_JARS)/fetched ## a real Kafka and its own performance tools, through Oathgate
	@LOADGEN=$(TARGET)/release/loadgen OATHGATE=$(or $(OATHGATE),$(TARGET)/release/oathgate) \
	    bench/kafka.py --jars $(BENCH_JARS)/kafka --tools $(BENCH_JARS)/tools \
	    --folder $(TARGET)/bench/kafka --out $(TARGET)/bench/kafka.md $(BENCH_KAFKA)
bench-flames: bench-build $(TARGET)/tools/bin/inferno-flamegraph ## flame graphs of produce, fetch and login, by perf, into docs/flames
	@LOADGEN=$(TARGET)/release/loadgen OATHGATE=$(or $(OATHGATE),$(TARGET)/release/oathgate) bench/flames.py $(BENCH_FLAMES)
$(TARGET)/tools/bin/inferno-flamegraph:
	cargo install inferno --version $(INFERNO_VERSION) --locked --no-default-features --features cli --root $(TARGET)/tools
bench-build: release
	cargo build --release $(BENCH_CARGO)
bench-smoke: deps ## whether the benchmarks work: unoptimized builds, a minute; figures mean nothing
	@# Clippy while it is built, as `cargo clippy` does it: a pass of its own would check every dependency once more.
	export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__; \
	    cargo test $(BENCH_CARGO) && cargo build $(BENCH_CARGO)
	@python3 -m unittest discover -s bench/rig
	@# The binary that the integration tests ran, so that it is not built once more.
	cargo test --locked --features demo --test it --no-run
	@LOADGEN=$(TARGET)/debug/loadgen OATHGATE=$(TARGET)/debug/oathgate \
	    bench/compare.py --smoke --folder $(TARGET)/bench/smoke $(BENCH)

$(BENCH_JARS)/fetched: tests/java/kafka/pom.xml tests/java/tools/pom.xml
	@rm -rf $(BENCH_JARS)
	@for set in kafka tools; do mvn -q -B -f tests/java/$$set/pom.xml dependency:copy-dependencies \
	    -DoutputDirectory=$(abspath $(BENCH_JARS))/$$set; done
	@touch $@
