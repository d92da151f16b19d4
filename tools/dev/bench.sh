# ./dev bench: the benchmark app, micro-benchmarks, load runs side by side, header weight.

# build_bench [TARGET...]: the release build, with the benchmarks that ./dev run leaves out.
build_bench() {
    if ! grep -qs '^NUAGES_BUILD_BENCH:BOOL=ON' build/release/CMakeCache.txt; then
        stage "Configuring (release, benchmarks)" configure release
    fi
    build_preset release "$@"
}

dev_bench() {
    local what=${1:-}
    [ $# -gt 0 ] && shift
    case $what in
        serve)
            need build bench
            build_bench bench_app >&2
            serve_bench "$@"
            ;;
        micro)
            need build test bench
            build_bench
            local bench
            for bench in $(find build/release/nuages -name '*_bench' -type f -perm -u+x | grep -E "${1:-.}" | sort); do
                echo "${bold}$(basename "$bench")${reset}"
                "$bench" --benchmark_min_time=0.3 2>/dev/null
            done
            ;;
        compare)
            need bench
            exec bench/compare "$@"
            ;;
        headers) exec tools/header_weight "$@" ;;
        *) die "./dev bench knows: serve, micro, compare, headers." ;;
    esac
}

# serve_bench --port N --threads T: the benchmark site on 127.0.0.1, over its own SQLite file or the one that SQLITE_DB names.
serve_bench() {
    local port=9001 threads=1 app=build/release/bench/app/bench_app
    while [ $# -gt 0 ]; do
        case $1 in
            --port) port=${2:?--port needs a number}; shift 2 ;;
            --threads) threads=${2:?--threads needs a number}; shift 2 ;;
            *) die "./dev bench serve has no option '$1' (it knows --port N and --threads T)." ;;
        esac
    done
    mkdir -p build/run
    if [ -n "${SQLITE_DB:-}" ]; then
        export DATABASE_URL="sqlite:///$SQLITE_DB"
    else
        export DATABASE_URL="sqlite:///$root/build/run/bench.sqlite3"
        { "$app" migrate && "$app" load; } >&2
    fi
    exec "$app" runserver "127.0.0.1:$port" --threads "$threads" --verbosity 0
}
