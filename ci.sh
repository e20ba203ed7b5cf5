#!/usr/bin/env bash
# Every check of this repository, one verb each. `./ci.sh lint test` runs two of them, `./ci.sh all`
# runs all but `images` and `mutants`, `./ci.sh` alone lists them. What stands behind `--` goes to the
# program that `weigh` or `mutants` runs. A verb installs what it needs: rustup parts, a cargo
# subcommand, and a system package only where its program is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# verb, budget in seconds on two cores (tools installed, nothing compiled yet), what it shows
VERBS='
fmt           10  every file is formatted as rustfmt.toml says
lint         240  clippy without a warning, all targets, all features, all four workspaces
test         300  unit tests, laws, doctests; with every feature that links on a host; with 32-bit pointers
docs          60  rustdoc without a warning
nostd         60  each crate builds for every bare-metal target
features     240  each crate passes clippy with every one and two of its features, on the host and on bare metal
fuzz         240  every fuzz target runs 10 s from the committed corpus
weigh        300  sizes, no panic reachable, right answers under QEMU
interop      400  the gateway and the clients talk with other implementations
consumer     120  the packaged crates build outside the repository, on the host and on thumbv6m
same           2  files that two crates share are the same byte for byte, CONFORMANCE.md is up to date, the port guide is
bench        300  all peers give the same answers, and the benches compile
'
EXTRA_VERBS='
images        60  the images that interop runs under QEMU are built
mutants     7200  each mutant of the crates is caught by a test
'

# The library crates: folder names. A package is called sansio-<folder>.
LIBS=(mqtt-codec coap-codec http-lite topic-matcher link-format)
TARGETS=(thumbv6m-none-eabi thumbv7m-none-eabi riscv32imc-unknown-none-elf)
# Where the feature `bytes` does not build: it needs compare-and-swap.
NO_BYTES=(thumbv6m-none-eabi riscv32imc-unknown-none-elf)
# Features whose tests cannot be linked on a host: `defmt` needs the linker script of a device.
NOT_ON_HOST=defmt
# Groups of files that must be identical.
SAME=('mqtt-codec/src/grammar.rs topic-matcher/src/grammar.rs')
# Workspaces of their own, apart from the root.
WORKSPACES=(fuzz benches firmware)
FUZZ_SECONDS=${FUZZ_SECONDS:-10}

PACKAGES=()
for lib in "${LIBS[@]}"; do PACKAGES+=(-p "sansio-$lib"); done

# ---- verbs -------------------------------------------------------------------------------------

verb_fmt() {
    need_component rustfmt
    run cargo fmt --all --check
    for w in $(workspaces); do (cd "$w" && run cargo fmt --all --check); done
}

verb_lint() {
    need_component clippy
    run cargo clippy --workspace --all-targets --all-features -- -D warnings
    for w in $(workspaces); do
        if [[ $w == firmware ]] && bare_metal thumbv7m-none-eabi; then
            # Bare-metal images have no test harness, and features choose between their transports.
            local features
            for features in uart uart,tcp,websocket; do
                (cd "$w" && run cargo clippy --bins --features "$features" "${BARE[@]}" -- -D warnings)
            done
        elif [[ $w == fuzz ]]; then
            # What is not linked needs no libFuzzer, which its crate would compile.
            (cd "$w" && run cargo clippy --all-targets --no-default-features -- -D warnings)
        else
            (cd "$w" && run cargo clippy --all-targets -- -D warnings)
        fi
    done
}

verb_test() {
    # .ci/run has run this line already.
    [[ -n ${WORKSPACE_IS_TESTED:-} ]] || run cargo test --workspace
    local lib features args=()
    for lib in "${LIBS[@]}"; do
        features=$(python3 ci/features.py "sansio-$lib" --without "$NOT_ON_HOST")
        [[ -n $features ]] || continue
        args+=(-p "sansio-$lib" --features "sansio-$lib/${features//,/,sansio-$lib/}")
    done
    run cargo test "${args[@]}"
    # The simulation of sessions, with many more seeds than the tests above have.
    SESSION_SEEDS=100000 run cargo test --release -p sansio-mqtt-codec --features session \
        --test session simulation
    # What is chosen by the size of a pointer: on microcontrollers the tests cannot run.
    if command -v rustup >/dev/null; then
        run rustup target add i686-unknown-linux-musl
        CARGO_TARGET_I686_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
            run cargo test "${PACKAGES[@]}" --tests \
            --features sansio-http-lite/websocket,sansio-mqtt-codec/session,sansio-topic-matcher/heapless,sansio-topic-matcher/alloc \
            --target i686-unknown-linux-musl
    else
        printf 'not run with 32-bit pointers: that needs rustup\n' >&2
    fi
}

verb_docs() {
    RUSTDOCFLAGS="-D warnings" run cargo doc --no-deps --all-features "${PACKAGES[@]}"
}

verb_nostd() {
    for target in "${TARGETS[@]}"; do
        bare_metal "$target"
        run cargo build "${BARE[@]}" "${PACKAGES[@]}"
    done
}

verb_features() {
    need_component clippy
    need_cargo_bin cargo-hack
    local host target lib everywhere with_bytes packages=()
    host=$(rustc -vV | sed -n 's/^host: //p')
    everywhere=(--target "$host") with_bytes=(--target "$host")
    for target in "${TARGETS[@]}"; do
        bare_metal "$target"
        everywhere+=("${BARE[@]}")
        [[ ${NO_BYTES[*]} == *"$target"* ]] || with_bytes+=("${BARE[@]}")
    done
    for lib in "${LIBS[@]}"; do
        ! python3 ci/features.py "sansio-$lib" --has bytes || packages+=(-p "sansio-$lib")
    done
    # All targets in one go, which compiles them side by side. `default` is empty, so it adds nothing.
    run cargo hack clippy --feature-powerset --depth 2 --exclude-features default,bytes \
        "${PACKAGES[@]}" "${everywhere[@]}" -- -D warnings
    # `bytes`, and `bytes` with one more.
    run cargo hack clippy --feature-powerset --depth 1 --features bytes --exclude-features default \
        "${packages[@]}" "${with_bytes[@]}" -- -D warnings
}

verb_fuzz() {
    need_nightly
    need_cargo_bin cargo-fuzz
    local target targets running=0 processors
    processors=$(nproc)
    targets=$(cd fuzz && cargo +nightly fuzz list)
    [[ -n $targets ]] || fail "fuzz/ has no target"
    run cargo +nightly fuzz build
    for target in $targets; do
        if [[ $running == "$processors" ]]; then wait -n || exit 1; else running=$((running + 1)); fi
        fuzz_one "$target" &
    done
    for (( ; running > 0; running--)); do wait -n || exit 1; done
}

fuzz_one() { # target
    local scratch
    # The first folder takes what is found; the committed corpus behind it is only read.
    scratch=$(mktemp -d)
    run cargo +nightly fuzz run "$1" "$scratch" "fuzz/corpus/$1" -- \
        -max_total_time="$FUZZ_SECONDS" -print_final_stats=1 -verbosity=0 ||
        fail "fuzz target $1: the input that fails is in fuzz/artifacts/$1"
    rm -rf "$scratch"
}

verb_weigh() {
    need_program qemu-system-arm qemu-system-arm
    for target in "${TARGETS[@]}"; do bare_metal "$target"; done
    run python3 firmware/weigh.py "$@"
}

verb_interop() {
    run bash examples/interop/run.sh
}

verb_images() {
    need_program qemu-system-arm qemu-system-arm
    need_program qemu-system-riscv32 qemu-system-misc
    local arm=thumbv7m-none-eabi riscv=riscv32imc-unknown-none-elf
    bare_metal "$arm"
    (
        cd firmware
        local built=${CARGO_TARGET_DIR:-target}/$arm/z features
        for features in uart uart,tcp uart,websocket uart,tcp,websocket; do
            run cargo build -q --profile z --features "$features" --bin mqtt-publisher "${BARE[@]}"
            cp "$built/mqtt-publisher" "$built/mqtt-publisher-${features//,/-}"
        done
        run cargo build -q --profile z --features uart --bin http-client --bin http-server \
            --bin mqtt-session "${BARE[@]}"
        bare_metal "$riscv"
        run cargo build -q --profile z --features uart --bin mqtt-session "${BARE[@]}"
        cp "${built/$arm/$riscv}/mqtt-session" "$built/mqtt-session-riscv32"
    )
}

verb_consumer() {
    bare_metal thumbv6m-none-eabi
    run bash ci/consumer/run.sh "${LIBS[*]}" "${BARE[@]}"
}

verb_same() {
    local group first file
    for group in "${SAME[@]}"; do
        read -r first _ <<<"$group"
        for file in $group; do
            cmp -- "$first" "$file" || fail "$first and $file must be the same"
        done
    done
    run python3 ci/conformance.py
    run python3 ci/guide.py
}

verb_bench() {
    run bash benches/check.sh
    (cd benches && run cargo check --benches)
}

verb_mutants() {
    need_cargo_bin cargo-mutants
    run cargo mutants "${PACKAGES[@]}" "$@"
}

# ---- what verbs need ---------------------------------------------------------------------------

run() {
    printf '+ %s\n' "$*" >&2
    "$@"
}

fail() {
    printf 'ci.sh: %s\n' "$*" >&2
    exit 1
}

workspaces() {
    for w in "${WORKSPACES[@]}"; do [[ ! -f $w/Cargo.toml ]] || printf '%s\n' "$w"; done
}

need_component() {
    cargo "${1/rustfmt/fmt}" --version >/dev/null 2>&1 && return
    command -v rustup >/dev/null || fail "$1 is missing and there is no rustup to install it"
    run rustup component add "$1"
}

need_nightly() {
    command -v rustup >/dev/null || fail "this verb needs rustup's nightly toolchain"
    rustup run nightly rustc --version >/dev/null 2>&1 ||
        run rustup toolchain install nightly --profile minimal
}

need_cargo_bin() {
    command -v "$1" >/dev/null || run cargo install --locked "$1"
}

need_program() { # program, package
    command -v "$1" >/dev/null || apt_install "$2"
    command -v "$1" >/dev/null || fail "$1 is missing: install the package $2"
}

apt_install() {
    command -v apt-get >/dev/null || fail "install by hand: $*"
    local sudo=()
    [[ $(id -u) == 0 ]] || sudo=(sudo)
    run "${sudo[@]}" apt-get update -qq
    run "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@"
}

# Sets BARE to cargo's arguments for a bare-metal target. First choice is the core that rustup
# brings; without it, core is built from source by Debian's compiler.
bare_metal() {
    local sysroot
    BARE=(--target "$1")
    sysroot=$(rustc --print sysroot || true)
    compgen -G "$sysroot/lib/rustlib/$1/lib/libcore-*.rlib" >/dev/null && return
    if command -v rustup >/dev/null && run rustup target add "$1"; then
        return
    fi
    if [[ ! -d $sysroot/lib/rustlib/src/rust/library/core ]]; then
        apt_install rustc-web cargo-web rust-web-src lld
        export PATH="/usr/bin:$PATH"
        sysroot=$(rustc --print sysroot)
    fi
    [[ -d $sysroot/lib/rustlib/src/rust/library/core ]] ||
        fail "no core for $1: neither 'rustup target add $1' nor Debian's rust-web-src gave one"
    export RUSTC_BOOTSTRAP=1
    export "CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$1")_LINKER=ld.lld"
    BARE+=(-Zbuild-std=core)
}

# ---- command line ------------------------------------------------------------------------------

usage() {
    printf 'usage: ./ci.sh VERB...\n'
    printf '       ./ci.sh weigh|mutants -- ARGUMENT...   such as: weigh -- --write\n\n'
    printf '%-9s %8s\n' verb budget
    printf '%s%s' "$VERBS" "$EXTRA_VERBS" | while read -r verb seconds what; do
        [[ -z $verb ]] || printf '%-9s %6d s  %s\n' "$verb" "$seconds" "$what"
    done
    printf '%-9s %8s  all of the above but images and mutants\n' all ''
}

verbs_of_all() {
    awk 'NF { print $1 }' <<<"$VERBS"
}

main() {
    local verb verbs=()
    while [[ $# -gt 0 ]]; do
        verb=$1
        shift
        case $verb in
        help | -h | --help) usage; exit ;;
        --verbs) printf '%s' "$VERBS" | awk 'NF { print $1, $2 }'; exit ;;
        --) break ;;
        all) mapfile -t -O "${#verbs[@]}" verbs < <(verbs_of_all) ;;
        *)
            declare -F "verb_$verb" >/dev/null || { usage >&2; fail "no verb '$verb'"; }
            verbs+=("$verb")
            ;;
        esac
    done
    [[ ${#verbs[@]} -gt 0 ]] || { usage; exit 2; }
    # What is left are arguments.
    [[ $# == 0 || ${verbs[*]} == weigh || ${verbs[*]} == mutants ]] ||
        fail "arguments are for weigh or mutants alone, not for: ${verbs[*]}"
    for verb in "${verbs[@]}"; do "verb_$verb" "$@"; done
}

main "$@"
