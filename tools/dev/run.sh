# ./dev run: from nothing to the demo site in a browser.

catalogue=build/release/examples/catalogue/catalogue
data=build/run

# The stanzas of every package that apt knows; dpkg's own status where apt has no lists.
write_package_list() {
    apt-cache dumpavail >"$data/packages.new" 2>/dev/null || true
    if [ ! -s "$data/packages.new" ]; then
        cp /var/lib/dpkg/status "$data/packages.new"
        echo "dpkg status" >"$data/source.new"
    else
        echo "apt-cache dumpavail" >"$data/source.new"
    fi
    mv "$data/source.new" "$data/source"
    mv "$data/packages.new" "$data/packages"
}

load_packages() { # into the database, from the list
    "$catalogue" load_packages "$data/packages" --source "$(cat "$data/source")"
    touch "$data/loaded"
}

wait_for() { # URL
    local i
    for i in $(seq 100); do
        curl -fsS -o /dev/null "$1" 2>/dev/null && return
        sleep 0.1
    done
    return 1
}

# The site in the background, until stop_catalogue.
serve_catalogue() { # PORT
    "$catalogue" runserver "127.0.0.1:$1" >"$log_dir/serve.log" 2>&1 &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    wait_for "http://127.0.0.1:$1/" || { cat "$log_dir/serve.log" >&2; die "The site does not answer on port $1."; }
}

stop_catalogue() {
    kill -TERM "$server"
    wait "$server" || die "The site did not stop cleanly on SIGTERM."
    trap - EXIT
}

# --once: serve, fetch each kind of page, stop. What CI runs.
serve_once() { # PORT
    local path
    serve_catalogue "$1"
    for path in / /packages/ "/packages/?q=lib&page=2" /api/packages/; do
        curl -fsS -o /dev/null "http://127.0.0.1:$1$path" || die "GET $path failed."
        echo "GET $path: 200"
    done
    stop_catalogue
}

# Builds the site, its database and its data, as far as they are not there yet.
prepare_catalogue() {
    mkdir -p "$data"
    [ -f build/release/CMakeCache.txt ] || stage "Configuring (release)" configure release -DNUAGES_BUILD_TESTS=OFF -DNUAGES_BUILD_BENCH=OFF
    build_preset release catalogue

    export DATABASE_URL="sqlite:///$root/$data/catalogue.sqlite3"
    [ -f "$data/secret-key" ] || (umask 077; head -c 48 /dev/urandom | base64 | tr -d '\n' >"$data/secret-key")
    SECRET_KEY=$(cat "$data/secret-key")
    export SECRET_KEY DEBUG=${DEBUG:-false}
    stage "Migrating" "$catalogue" migrate
    if [ ! -f "$data/loaded" ] || [ /var/lib/apt/lists -nt "$data/loaded" ]; then
        stage "Reading the package list" write_package_list
        if [ -n "$terminal" ]; then load_packages; else stage "Loading packages" load_packages; fi
    fi
}

dev_run() {
    local port=8000 once=''
    while [ $# -gt 0 ]; do
        case $1 in
            --port) port=${2:?--port needs a number}; shift 2 ;;
            --once) once=yes; shift ;;
            *) die "./dev run has no option '$1' (it knows --port N and --once)." ;;
        esac
    done
    need build
    prepare_catalogue
    if [ -n "$once" ]; then
        serve_once "$port"
        return
    fi
    echo "The demo site: ${bold}http://127.0.0.1:$port/${reset}   (stop it with Ctrl-C)"
    exec "$catalogue" runserver "127.0.0.1:$port"
}
