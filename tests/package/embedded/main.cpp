#include <nuages/core/paginator/paginator.hpp>

#include <cstdio>

int main() {
    nuages::Paginator pages{std::vector<int>{1, 2, 3, 4, 5}, 2};
    std::printf("Hello from outside: page %d of %d\n", int(pages.page("2").number()), int(pages.num_pages()));
}
