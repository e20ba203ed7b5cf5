#!/usr/bin/env bash
# Packages the library crates, unpacks the archives outside the repository, and builds a fresh project
# on them: run on the host, built for a bare-metal target.
#
#     run.sh "mqtt-codec link-format" CARGO-ARGUMENTS-OF-THE-TARGET...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
read -ra libs <<<"$1"
shift
bare=("$@")

fail() {
    printf 'consumer: %s\n' "$*" >&2
    exit 1
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for lib in "${libs[@]}"; do
    [[ -f ci/consumer/${lib//-/_}.rs ]] || fail "ci/consumer/${lib//-/_}.rs should use sansio-$lib"
done

packages=()
for lib in "${libs[@]}"; do packages+=(-p "sansio-$lib"); done
# What is not committed yet is packaged too: this checks the files as they are.
cargo package --quiet --no-verify --allow-dirty --target-dir "$dir/package" "${packages[@]}"

project=$dir/project
mkdir -p "$project/src"
printf '[package]\nname = "consumer"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n\n[dependencies]\n' \
    >"$project/Cargo.toml"
printf '#![no_std]\n' >"$project/src/lib.rs"
printf 'fn main() {\n' >"$project/src/main.rs"
for lib in "${libs[@]}"; do
    name=${lib//-/_}
    archive=("$dir"/package/package/"sansio-$lib"-*.crate)
    [[ -f ${archive[0]} ]] || fail "no archive of sansio-$lib"
    tar -xzf "${archive[0]}" -C "$dir"
    unpacked=$dir/$(basename "${archive[0]}" .crate)
    for file in README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE; do
        [[ -s $unpacked/$file ]] || fail "sansio-$lib is published without $file"
    done
    [[ ! -L $unpacked/LICENSE-MIT ]] || fail "sansio-$lib is published with a link for a licence"
    printf '%s = { package = "sansio-%s", path = "%s" }\n' "$name" "$lib" "$unpacked" \
        >>"$project/Cargo.toml"
    cp "ci/consumer/$name.rs" "$project/src/$name.rs"
    printf 'pub mod %s;\n' "$name" >>"$project/src/lib.rs"
    printf '    consumer::%s::check();\n' "$name" >>"$project/src/main.rs"
done
printf '    println!("consumer: the packaged crates answer right");\n}\n' >>"$project/src/main.rs"

# No lock file: these are the dependencies that a new user gets today.
cd "$project"
export CARGO_TARGET_DIR=$dir/target
cargo run --quiet
cargo build --quiet --lib "${bare[@]}"
printf 'consumer: builds for %s\n' "${bare[*]}"
