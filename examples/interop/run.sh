#!/usr/bin/env bash
# Runs other people's MQTT, CoAP and HTTP clients against the gateway, our clients against their servers,
# our CoAP decoder beside libcoap's, llhttp on what our HTTP encoder writes, and HTTP on a microcontroller.
#
#   examples/interop/run.sh                      everything, against the gateway
#   examples/interop/run.sh --only paho          the cases whose name contains the word
#   examples/interop/run.sh --jobs 1             one case at a time, not three
#   examples/interop/run.sh --server mosquitto   the same cases against mosquitto: do they hold?
#
# Installs what is missing: mosquitto, libcoap, gcc, curl, openssl, nginx, wrk, Chromium, Python's venv
# and node by apt; paho-mqtt, aiocoap, CoAPthon3, websockets, MQTT.js, ws and undici into a cache outside of the
# tree. Prints a line per case; exit code 1 if one failed. Pictures of the gateway's page go to
# $CI_ARTIFACTS, or into a folder `page` in the target directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sansio-interop
PATH=$PATH:/usr/sbin # where Debian keeps servers

apt_install() {
    command -v apt-get >/dev/null || { echo "install by hand: $*" >&2; exit 1; }
    local sudo=()
    [[ $(id -u) == 0 ]] || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing=()
need() { # program, package
    command -v "$1" >/dev/null || missing+=("$2")
}
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need coap-client-notls libcoap3-bin
need gcc gcc
[[ -f /usr/include/coap3/coap.h ]] || missing+=(libcoap3-dev)
[[ -f /usr/include/stdio.h ]] || missing+=(libc6-dev)
need stdbuf coreutils
need curl curl
need openssl openssl
need nginx nginx
need wrk wrk
need chromium chromium
[[ -d /usr/share/fonts/truetype ]] || missing+=(fonts-dejavu-core)
need python3 python3
need node nodejs
need npm npm
if command -v python3 >/dev/null; then
    python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
else
    missing+=(python3-venv)
fi
[[ ${#missing[@]} == 0 ]] || apt_install "${missing[@]}"

mkdir -p "$CACHE"
if ! "$CACHE/venv/bin/python" -c 'import aiocoap, coapthon, paho.mqtt.reasoncodes, websockets' 2>/dev/null; then
    rm -rf "$CACHE/venv"
    python3 -m venv "$CACHE/venv"
    "$CACHE/venv/bin/pip" install -q --disable-pip-version-check \
        'paho-mqtt>=2,<3' 'aiocoap==0.4.17' 'CoAPthon3==1.0.2' 'websockets==15.0.1'
fi
[[ -d $CACHE/node_modules/mqtt && -d $CACHE/node_modules/undici && -d $CACHE/node_modules/ws ]] ||
    npm install --silent --no-audit --no-fund --prefix "$CACHE" 'mqtt@5' 'ws@8.18.0' 'undici@6.21.0'

# The gateway as the README starts it. The clients as `cargo test --workspace` has them: with `--examples`
# their dependencies get the features that tests ask for, and nothing is compiled again.
cargo build -q --release -p sansio-examples --bin gateway
cargo build -q --workspace --bins --examples
TARGET=$(cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
# Microcontrollers, under QEMU.
./ci.sh images
IMAGES=$(cd firmware && cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/thumbv7m-none-eabi/z
export NODE_PATH=$CACHE/node_modules
exec "$CACHE/venv/bin/python" -B examples/interop/run.py --bin "$TARGET/debug" --gateway "$TARGET/release/gateway" \
    --images "$IMAGES" "$@"
