# SPDX-License-Identifier: Apache-2.0
# Two commands from a fresh clone: `make demo` shows the product, `make test` proves it. Both bring what is missing.
MAKEFLAGS += --no-print-directory
JOBS := $(shell n=$$(nproc); [ $$n -gt 3 ] && n=3; echo $$n)
# CMake tells much when all is well; show it only when it is not.
configure = configure() { log=$$(cmake --preset "$$@" 2>&1) || { echo "$$log"; return 1; }; }; configure
program := build/release/apps/superfluid/superfluid

help:
	@echo "make demo              build, then show what the program does"
	@echo "make test              everything that this machine can test"
	@echo "make check             what needs no root"
	@echo "make test-hwkvm        the monitor on an emulated kvm_amd [PROGRAMS=...]"
	@echo "make build             the program alone: $(program)"
	@echo "make fuzz T=name       one fuzzer [SECONDS=300]; without T, lists them"
	@echo "make bench             the benchmarks"
	@echo "make bench-graph       packet graphs [CLICK=another engine] [GRAPHS=folder]"
	@echo "make bench-microvm     starts beside that of a process, then a crowd of functions"
	@echo "make install           into /usr/local [PREFIX= DESTDIR=]"
	@echo "make format            clang-format over the tree"
	@echo "make clean             removes build/ and out/"

demo: build
	@PATH="$(dir $(abspath $(program))):$$PATH" examples/demo

build:
	@tools/install-deps build
	@$(configure) release -DBUILD_TESTING=OFF
	@cmake --build --preset release -j $(JOBS)

test:
	@tools/install-deps build test
	@tools/run-tests all

check:
	@tools/install-deps build test
	@tools/run-tests check

# Programs of one's own: make test-hwkvm PROGRAMS="a b"; they are static.
test-hwkvm:
	@tools/install-deps build test hwkvm
ifdef PROGRAMS
	@tools/hwkvm $(PROGRAMS)
else
	@$(configure) release -DBUILD_TESTING=ON
	@cmake --build --preset release -j $(JOBS) --target hwkvm_programs
	@tools/hwkvm $(HWKVM_FLAGS) --file build/release/apps/superfluid-vmm/superfluid-vmm \
	  --file build/release/share/superfluid/superfluid-guest.bin build/release/hwkvm/*
endif

SECONDS ?= 300
fuzz:
	@tools/install-deps build test
	@$(configure) fuzz
ifdef T
	@cmake --build --preset fuzz -j $(JOBS) --target $(T)
	@tools/fuzz run "$$(find build/fuzz -type f -executable -name '$(T)')" $(SECONDS)
else
	@ls fuzz/corpus
endif

bench:
	@tools/install-deps build test bench
	@$(configure) release -DBUILD_TESTING=ON
	@cmake --build --preset release -j $(JOBS) --target benches
	@bench/run $(BENCH_FLAGS)

bench-microvm:
	@tools/install-deps build test bench
	@$(configure) release -DBUILD_TESTING=ON
	@cmake --build --preset release -j $(JOBS) --target microvm_bench
	@build/release/bench/microvm/microvm_bench --json out/bench/microvm.json $(BENCH_FLAGS)
	@bench/microvm/crowd --program $(program) --json out/bench/crowd.json $(CROWD_FLAGS)

bench-graph: build
	@bench/graph/run --engine $(program) $(if $(CLICK),--against "$(CLICK)") \
	  $(if $(GRAPHS),--graphs "$(GRAPHS)") $(BENCH_FLAGS)

PREFIX ?= /usr/local
install: build
	@cmake --install build/release --prefix "$(PREFIX)"

format:
	@clang-format -i $$(git ls-files '*.h' '*.cc')

clean:
	@rm -rf build out

.PHONY: help demo build test check test-hwkvm fuzz bench bench-microvm bench-graph install format clean
