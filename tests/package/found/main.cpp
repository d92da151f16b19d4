#include <nuages/models.hpp>
#include <nuages/site.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/views.hpp>

#include <cstdio>

int main() {
    nuages::Paginator pages{std::vector<int>{1, 2, 3, 4, 5}, 2};
    nuages::Settings settings{.secret_key = "outside"};
    nuages::site::Site site(settings);
    std::string out;
    nuages::templates::Context context;
    site.templates().from_string("Hello from {{ name }}: ")->render((context.set("name", "outside"), context), out);
    std::printf("%spage %d of %d\n", out.c_str(), int(pages.page("2").number()), int(pages.num_pages()));
}
