# What the ./dev commands share: stages with their times, packages, configure and build.

root=$PWD
log_dir=build/log
mkdir -p "$log_dir"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' reset=$'\e[0m' terminal=yes
else
    bold='' dim='' red='' green='' reset='' terminal=''
fi

die() {
    printf '%s\n' "${red}$*${reset}" >&2
    exit 1
}

now_ms() { date +%s%3N; }

# stage TEXT COMMAND...: runs COMMAND with its output in a log; prints TEXT with the time it took, and the end of the log if it fails.
stage() {
    local text=$1 log started ended
    shift
    log=$log_dir/$(printf '%s' "$text" | tr -c 'a-zA-Z0-9\n' '-').log
    started=$(now_ms)
    printf '%-44s' "$text"
    if "$@" >"$log" 2>&1 </dev/null; then
        ended=$(now_ms)
        printf '%s%6d.%d s%s\n' "$dim" $(((ended - started) / 1000)) $(((ended - started) % 1000 / 100)) "$reset"
    else
        local status=$?
        printf '%sfailed%s\n' "$red" "$reset"
        tail -n 60 "$log" >&2
        die "'$*' failed with status $status; the whole output is in $log"
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

has_candidate() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[0-9]* ]]; }

# Debian 12 has Boost 1.74 by default and 1.81 beside it; Ubuntu 24.04 has 1.83 by default.
boost_packages() {
    if has_candidate libboost1.81-dev; then
        echo libboost1.81-dev libboost-context1.81-dev libboost-json1.81-dev
    else
        echo libboost-dev libboost-context-dev libboost-json-dev
    fi
}

packages_to_build() {
    echo g++ cmake ninja-build pkg-config ccache mold "$(boost_packages)" \
        libfmt-dev libcli11-dev libtomlplusplus-dev libpcre2-dev libsqlite3-dev libpq-dev libssl-dev libdw-dev libedit-dev libicu-dev zlib1g-dev curl
}
# The compile-fail tests read the errors of both compilers; Ubuntu 24.04 has clang 19 among its updates only.
packages_to_test() {
    echo libgtest-dev python3 postgresql postgresql-contrib pgbouncer gettext
    if has_candidate clang-19; then echo clang-19; fi
}
packages_to_bench() { echo libbenchmark-dev wrk python3 libpq-dev; }
packages_to_browse() {
    echo chromium
    command -v node >/dev/null && command -v npm >/dev/null || echo nodejs npm
}
packages_to_fuzz() { echo clang-19 libclang-rt-19-dev lld; }

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_packages() { # PACKAGE...
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# need NAME...: installs the package sets build, test, bench, fuzz where something is missing.
need() {
    command -v apt-get >/dev/null || die "./dev installs Debian packages and found no apt-get. Install these by other means: $(packages_to_build)"
    local stamp=build/log/packages-$(printf '%s-' "$@")$(cksum <tools/dev/common.sh | cut -d' ' -f1)
    [ -f "$stamp" ] && [ "$stamp" -nt /var/lib/dpkg/status ] && return
    # Without lists apt knows no package at all.
    if [ -z "$(apt-cache show cmake 2>/dev/null)" ]; then
        stage "Reading package lists" as_root apt-get update
    fi
    local set package missing=()
    for set in "$@"; do
        for package in $("packages_to_$set"); do
            is_installed "$package" || missing+=("$package")
        done
    done
    if [ ${#missing[@]} -gt 0 ]; then
        stage "Installing ${#missing[@]} packages" install_packages "${missing[@]}"
    fi
    touch "$stamp"
}

jobs_count() { nproc; }

configure() { # PRESET [ARGUMENT...]
    local preset=$1
    shift
    cmake --preset "$preset" "$@"
}

# build_preset PRESET [TARGET...]: configures when needed, then builds with one progress line.
build_preset() {
    local preset=$1
    shift
    if [ ! -f "build/$preset/build.ninja" ] || [ CMakePresets.json -nt "build/$preset/build.ninja" ]; then
        stage "Configuring ($preset)" configure "$preset"
    fi
    build_in "build/$preset" "$preset" "$@"
}

build_in() { # FOLDER LABEL [TARGET...]
    local folder=$1 label=$2 log=$log_dir/build-$2.log started ended
    shift 2
    started=$(now_ms)
    printf '%-44s' "Building ($label)"
    set +e
    if [ -n "$terminal" ]; then
        NINJA_STATUS='@%f/%t ' ninja -C "$folder" "$@" 2>&1 | tee "$log" |
            sed -unE 's/^@([0-9]+\/[0-9]+) .*/\1/p' |
            while read -r count; do printf '\r%-44s%s' "Building ($label)" "$count"; done
    else
        NINJA_STATUS='@%f/%t ' ninja -C "$folder" "$@" >"$log" 2>&1
    fi
    local status=${PIPESTATUS[0]}
    set -e
    ended=$(now_ms)
    [ -n "$terminal" ] && printf '\r%-44s' "Building ($label)"
    if [ "$status" -ne 0 ]; then
        printf '%sfailed%s\n' "$red" "$reset"
        grep -vE '^@[0-9]+/' "$log" | head -n 80 >&2
        die "The build failed; the whole output is in $log"
    fi
    printf '%s%6d.%d s%s\n' "$dim" $(((ended - started) / 1000)) $(((ended - started) % 1000 / 100)) "$reset"
}
