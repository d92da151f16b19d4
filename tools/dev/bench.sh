# ./dev bench: the benchmark app, micro-benchmarks, load runs side by side, header weight.
dev_bench() {
    local what=${1:-}
    [ $# -gt 0 ] && shift
    case $what in
        serve)
            need build bench
            { build_preset release bench_app; } >&2
            exec build/release/bench/app/bench_app runbench "$@"
            ;;
        micro)
            need build test bench
            build_preset release
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
