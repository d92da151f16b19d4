// The page of ../shared/bench/templates through the engine: templates from files, a model of plain structs, autoescape on.
//   nuages_template_page TEMPLATES data.json OUT   -> µs per render (median, least .. most), bytes; and MB/s of parsing
#include <nuages/templates/engine.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace nuages;

namespace {

struct Link {
    std::string title, href;
    bool active = false;
};
struct User {
    std::string name;
    bool is_staff = false;
};
struct Row {
    std::int64_t id = 0;
    std::string name;
    DateTime created{};
    double price = 0;
    std::optional<std::string> status;
    std::string description;
};
struct Page {
    std::string site, title;
    User user;
    std::vector<Link> nav;
    std::vector<Row> rows;
    std::int64_t page = 0, pages = 0;
};

std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

std::string content_of(const std::string& path) {
    std::ifstream stream(path);
    std::stringstream content;
    content << stream.rdbuf();
    return content.str();
}

Page read_page(const std::string& path) {
    const boost::json::value data = boost::json::parse(content_of(path));
    Page page{text(data.at("site")), text(data.at("title")), {}, {}, {}, 0, 0};
    page.user = {text(data.at("user").at("name")), data.at("user").at("is_staff").as_bool()};
    page.page = data.at("page").as_int64();
    page.pages = data.at("pages").as_int64();
    for (const auto& link : data.at("nav").as_array())
        page.nav.push_back({text(link.at("title")), text(link.at("href")), link.at("active").as_bool()});
    for (const auto& row : data.at("rows").as_array()) {
        page.rows.push_back({row.at("id").as_int64(), text(row.at("name")),
                             DateTime::from_timestamp(row.at("created").as_int64()), row.at("price").to_number<double>(),
                             row.at("status").is_null() ? std::nullopt : std::optional(text(row.at("status"))),
                             text(row.at("description"))});
    }
    return page;
}

std::string rendered(const templates::Engine& engine, const Page& page, std::size_t size) {
    templates::Context context{{"site", page.site}, {"title", page.title}, {"user", page.user}, {"nav", page.nav},
                               {"rows", page.rows}, {"page", page.page},   {"pages", page.pages}};
    std::string out;
    out.reserve(size + 64);
    engine.get_template("page.html")->render(context, out);
    return out;
}

double cpu_us() {
    timespec at{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) * 1e6 + static_cast<double>(at.tv_nsec) / 1e3;
}

template <class F> std::vector<double> rounds(int per_round, F once) {
    std::vector<double> times;
    for (int round = 0; round < 7; ++round) {
        const double start = cpu_us();
        for (int i = 0; i < per_round; ++i) once();
        times.push_back((cpu_us() - start) / per_round);
    }
    std::sort(times.begin(), times.end());
    return times;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::fprintf(stderr, "usage: nuages_template_page TEMPLATES data.json OUT\n");
        return 2;
    }
    const templates::Engine engine({.dirs = {arguments[1]}});
    const Page page = read_page(arguments[2]);
    const std::string out = rendered(engine, page, 0);
    std::ofstream(arguments[3]) << out;
    std::size_t bytes = 0;
    const auto times = rounds(5000, [&] { bytes += rendered(engine, page, out.size()).size(); });
    std::printf("nuages\t%.1f\t%.1f..%.1f\t%zu\n", times[3], times[0], times[6], out.size());
    const std::string source = content_of(std::string(arguments[1]) + "/page.html");
    const auto parsing = rounds(2000, [&] { bytes += engine.from_string(source)->source().size(); });
    std::printf("nuages, parsing\t%.1f\t%.0f MB/s\n", parsing[3], static_cast<double>(source.size()) / parsing[3]);
    return bytes == 0;
}
