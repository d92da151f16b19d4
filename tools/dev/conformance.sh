# The kinds of recorded cases that Nuages answers so far (the kind is the file's stem).
conformance_kinds=(utils)

dev_conformance() {
    need build test
    build_preset dev nuages_conformance
    local files=("$@") kind
    if [ ${#files[@]} -eq 0 ]; then
        if [ ! -d ../shared/conformance ]; then
            echo "Conformance: skipped, ../shared/conformance is not here."
            return 0
        fi
        for kind in "${conformance_kinds[@]}"; do files+=("../shared/conformance/$kind.json"); done
    fi
    build/dev/tests/conformance/nuages_conformance "${files[@]}"
}
