# ./dev fuzz [TARGET|all] [SECONDS]: libFuzzer targets under ASan and UBSan, from the corpus in fuzz/corpus/.
# One target shows its progress; all of them run as many at once as there are cores, each with a line when it is done.
dev_fuzz() {
    local target=${1:-} seconds=${2:-60} fuzzer name
    need build fuzz
    if [ ! -f build/fuzz/build.ninja ]; then stage "Configuring (fuzz)" configure fuzz; fi
    build_in build/fuzz fuzz fuzz
    case $target in
        '')
            echo "Fuzz targets:"
            find build/fuzz/fuzz -maxdepth 1 -name '*_fuzz' -printf '  %f\n' | sort
            ;;
        all)
            export -f fuzz_one fuzz_quietly
            export log_dir
            printf '%s\n' build/fuzz/fuzz/*_fuzz | xargs -P "$(jobs_count)" -I '{}' bash -c 'fuzz_quietly "$@"' _ '{}' "$seconds" ||
                die "A fuzzer found something: its input stands in build/fuzz/found/, its output in $log_dir/fuzz-NAME.log"
            ;;
        *)
            fuzzer=build/fuzz/fuzz/${target%_fuzz}_fuzz
            [ -x "$fuzzer" ] || die "There is no fuzz target '$target': ./dev fuzz lists them."
            fuzz_one "$fuzzer" "$seconds"
            ;;
    esac
}

fuzz_one() { # FUZZER SECONDS
    local name
    name=$(basename "$1")
    mkdir -p "build/fuzz/found/$name" "fuzz/corpus/${name%_fuzz}"
    "$1" -max_total_time="$2" -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/found/$name-" \
        "build/fuzz/found/$name" "fuzz/corpus/${name%_fuzz}"
}

fuzz_quietly() { # FUZZER SECONDS
    local name log runs
    name=$(basename "$1")
    log=$log_dir/fuzz-$name.log
    if ! fuzz_one "$1" "$2" >"$log" 2>&1; then
        printf '%-44sfailed\n' "$name"
        tail -n 40 "$log" >&2
        return 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-44s%s runs in %s s\n' "$name" "$runs" "$2"
}
