dev_build() {
    need build test
    build_preset "${1:-dev}"
}
