# ./dev fuzz [TARGET|all] [SECONDS]: libFuzzer targets under ASan and UBSan, from the corpus in fuzz/corpus/.
dev_fuzz() {
    local target=${1:-} seconds=${2:-60} fuzzer name
    need build fuzz
    if [ ! -f build/fuzz/build.ninja ]; then stage "Configuring (fuzz)" configure fuzz; fi
    build_in build/fuzz fuzz fuzz
    if [ -z "$target" ]; then
        echo "Fuzz targets:"
        find build/fuzz/fuzz -maxdepth 1 -name '*_fuzz' -printf '  %f\n' | sort
        return
    fi
    for fuzzer in build/fuzz/fuzz/*_fuzz; do
        name=$(basename "$fuzzer")
        [ "$target" = all ] || [ "$target" = "$name" ] || [ "${target}_fuzz" = "$name" ] || continue
        mkdir -p "build/fuzz/found/$name" "fuzz/corpus/${name%_fuzz}"
        echo "$name: $seconds s"
        "$fuzzer" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/found/" \
            "build/fuzz/found/$name" "fuzz/corpus/${name%_fuzz}"
    done
}
