# ./dev test: the tiers. Default: build, unit, contract, compile-fail, package, conformance, sanitized parsers.

# Folders whose tests read what clients send: run under ASan and UBSan every time.
sanitized_tests=(nuages_server_test nuages_http_test nuages_urls_test nuages_templates_test nuages_async_test)

run_ctest() { # FOLDER [ARGUMENT...]
    local folder=$1
    shift
    ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$(jobs_count)" "$@"
}

dev_test() {
    local tier=default only=()
    while [ $# -gt 0 ]; do
        case $1 in
            --full) tier=full; shift ;;
            --asan) tier=asan; shift ;;
            --tsan) tier=tsan; shift ;;
            --only) only=(-R "${2:?--only needs a regular expression}"); shift 2 ;;
            *) die "./dev test has no option '$1' (it knows --full, --asan, --tsan, --only REGEX)." ;;
        esac
    done
    need build test
    case $tier in
        asan | tsan)
            build_preset "$tier"
            run_ctest "build/$tier" "${only[@]}"
            return
            ;;
    esac
    build_preset dev
    run_ctest build/dev "${only[@]}"
    [ ${#only[@]} -gt 0 ] && return
    source tools/dev/conformance.sh
    dev_conformance
    build_preset asan "${sanitized_tests[@]}"
    run_ctest build/asan -R "^($(IFS='|'; echo "${sanitized_tests[*]}"))\$"
    [ "$tier" = full ] || return 0

    test_thoroughly
}

# What --full adds: chaos, both sanitizers over everything they can watch, a browser, every fuzzer for five minutes
# (FUZZ_SECONDS says another time).
threaded_tests=(nuages_async_test nuages_server_test nuages_templates_test nuages_db_backends_sqlite_test
    nuages_db_backends_postgresql_test backends_test)

test_thoroughly() {
    NUAGES_KILL_ROUNDS=200 run_ctest build/dev -R '^(nuages_db_backends_(sqlite|postgresql)_test|serving_test)$'
    build_preset asan
    run_ctest build/asan
    build_preset tsan "${threaded_tests[@]}"
    run_ctest build/tsan -R "^($(IFS='|'; echo "${threaded_tests[*]}"))(_postgresql)?\$"
    test_in_browser
    source tools/dev/fuzz.sh
    dev_fuzz all "${FUZZ_SECONDS:-300}"
}

# The demo site with real data in headless Chromium.
test_in_browser() {
    need browse
    source tools/dev/run.sh
    prepare_catalogue
    [ -d tests/browser/node_modules ] || stage "Installing playwright-core" npm --prefix tests/browser ci
    serve_catalogue 8766
    mkdir -p build/screenshots
    node tests/browser/catalogue_test.mjs http://127.0.0.1:8766 build/screenshots
    stop_catalogue
}
