# ./dev conformance [FILE...]: recorded behaviour of Django, replayed. Without a file: every kind that Nuages answers so far,
# held to the number of cases that passed last (tests/conformance/passing), so that none is lost unseen.
# ./dev conformance typed [-v] [--database postgresql] FILE: recorded queries as typed C++ (tools/ast_to_cpp), compiled, run
# and compared.
dev_conformance() {
    if [ "${1:-}" = typed ]; then
        shift
        conformance_typed "$@"
        return
    fi
    need build test
    build_preset dev nuages_conformance
    local runner=build/dev/tests/conformance/nuages_conformance
    if [ $# -gt 0 ]; then
        "$runner" "$@"
        return
    fi
    if [ ! -d ../shared/conformance ]; then
        echo "Conformance: skipped, ../shared/conformance is not here."
        return
    fi
    local kind wanted database closing passed lost='' typed='' run
    while read -r kind wanted database; do
        database=${database:-sqlite}
        if [ "$database" = postgresql ] && ! has_postgresql; then
            printf '%-24s %s\n' "$kind" "skipped on PostgreSQL: its server is not installed, and DATABASE_URL names none"
            continue
        fi
        run=("$runner" --database "$database" "../shared/conformance/${kind#typed:}.json")
        if [[ $kind == typed:* ]]; then
            [ "$typed" = "$kind" ] || make_typed_cases "../shared/conformance/${kind#typed:}.json"
            typed=$kind
            run=("$typed_runner" "${run[@]:1}" "$typed_folder")
        fi
        closing=$("${run[@]}" 2>"$log_dir/conformance-$kind.log" | tee -a "$log_dir/conformance-$kind.log" | tail -n 1) || true
        passed=${closing%% *}
        printf '%-24s %s\n' "$kind$([ "$database" = sqlite ] || echo " ($database)")" "$closing"
        if ! [ "$passed" -ge "$wanted" ] 2>/dev/null; then
            lost+=" $kind ($wanted passed before)"
        fi
    done <tests/conformance/passing
    [ -z "$lost" ] || die "Conformance lost cases:$lost. The failing ids stand in $log_dir/conformance-KIND.log"
}

has_postgresql() {
    [[ ${DATABASE_URL:-} == postgres* ]] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null
}

typed_runner=build/dev/tests/conformance/nuages_conformance_typed
typed_folder=$PWD/build/typed_cases

make_typed_cases() { # FILE
    need build test
    build_preset dev nuages_db_models
    tools/ast_to_cpp "$1" "$typed_folder"
    cmake --preset dev -DNUAGES_TYPED_CASES="$typed_folder" >>"$log_dir/conformance-typed.log"
    build_preset dev nuages_conformance_typed
}

conformance_typed() { # [-v] [--database postgresql] FILE
    local file='' options=()
    while [ $# -gt 0 ]; do
        case $1 in
            -v) options=(-v "${options[@]}") ;;
            --database) options+=("$1" "${2:-}") && shift ;;
            *) file=$1 ;;
        esac
        shift
    done
    [ -n "$file" ] || die "./dev conformance typed FILE: which file of recorded queries?"
    make_typed_cases "$file"
    "$typed_runner" "${options[@]}" "$file" "$typed_folder"
}
