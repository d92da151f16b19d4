// A page as shops have it (a parent, a table of 100 rows by 5 columns, filters, an include) beside the same page by
// hand-written appends: the ratio of the two is what the engine is held to.

#include <nuages/templates/engine.hpp>
#include <nuages/utils/html.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <charconv>

using namespace nuages;
using namespace nuages::templates;

namespace {

struct Link {
    std::string title;
    std::string href;
    bool active = false;
};
struct User {
    std::string name;
    bool is_staff = false;
};
struct Order {
    std::int64_t id = 0;
    std::string name;
    DateTime created{};
    double price = 0;
    std::optional<std::string> status;
    std::string description;
};
struct Page {
    std::string site = "Mill & Sons";
    std::string title = "Orders";
    User user{"admin <root>", true};
    std::vector<Link> links;
    std::vector<Order> orders;
    std::int64_t number = 3;
    std::int64_t count = 12;
};

// The same page on every run.
Page make_page() {
    constexpr const char* words[] = {"alpha", "beta",  "gamma", "delta", "epsilon",   "zeta", "eta",        "theta",
                                     "iota",  "kappa", "mu",    "nu",    "<b>xi</b>", "R&D",  "\"quoted\"", "it's"};
    constexpr const char* states[] = {"new", "paid", "shipped", "cancelled"};
    std::uint32_t seed = 7;
    auto next = [&](std::uint32_t end) { return (seed = seed * 1664525u + 1013904223u) / 65536u % end; };
    Page page;
    for (const char* title : {"Home", "Orders", "Customers", "Products", "Reports", "R&D", "Settings", "Help"}) {
        page.links.push_back({title, std::string("/") + title + "/", std::string_view(title) == "Orders"});
    }
    for (int i = 0; i < 100; ++i) {
        Order order{.id = i + 1,
                    .name = std::string(words[next(16)]) + " " + words[next(16)] + " " + std::to_string(i),
                    .created = DateTime::from_timestamp(1'700'000'000 + next(30'000) * 1000),
                    .price = next(10'000'000) / 10'000.0};
        if (next(5) > 0) order.status = states[next(4)];
        for (std::uint32_t n = 4 + next(26); n > 0; --n)
            order.description.append(words[next(16)]).append(n > 1 ? " " : "");
        page.orders.push_back(std::move(order));
    }
    return page;
}

const Engine& engine() {
    static const Engine built(
        {.in_memory = {
             {"frame.html",
              "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
              "<title>{% block title %}{{ site }}{% endblock %}</title></head>\n"
              "<body><header><h1>{{ site }}</h1>\n<nav><ul>{% for link in links %}<li{% if link.active %} "
              "class=\"active\"{% endif %}>"
              "<a href=\"{{ link.href }}\">{{ link.title }}</a></li>{% endfor %}</ul></nav>\n"
              "{% if user.is_staff %}<p>Staff: {{ user.name }}</p>{% else %}<p>{{ user.name }}</p>{% endif "
              "%}</header>\n"
              "<main>{% block main %}{% endblock %}</main>\n"
              "<footer>{% block footer %}{{ site|upper }}{% endblock %}</footer></body></html>\n"},
             {"pages.html",
              "<p class=\"pages\">{% if number > 1 %}<a href=\"?p=prev\">prev</a>{% endif %} {{ number }} / {{ count "
              "}} "
              "{% if number < count %}<a href=\"?p=next\">next</a>{% endif %}</p>\n"},
             {"orders.html",
              "{% extends 'frame.html' %}{% block title %}{{ title }} | {{ block.super }}{% endblock %}"
              "{% block main %}<h2>{{ title|upper "
              "}}</h2>\n<table><thead><tr><th>name</th><th>created</th><th>price</th>"
              "<th>status</th><th>description</th></tr></thead><tbody>\n"
              "{% for order in orders %}<tr class=\"{% if order.price > 500 %}high{% else %}low{% endif %}\">"
              "<td>{{ forloop.counter }}. {{ order.name|upper }}</td><td>{{ order.created|date:'Y-m-d H:i' }}</td>"
              "<td>{{ order.price|floatformat:2 }}</td><td>{{ order.status|default:'n/a' }}</td>"
              "<td>{{ order.description|truncatewords:8 }}</td></tr>\n{% endfor %}</tbody></table>"
              "{% include 'pages.html' %}{% endblock %}"}}});
    return built;
}

std::string render_with_engine(const Page& page) {
    Context context{{"site", page.site},     {"title", page.title},   {"user", page.user},  {"links", page.links},
                    {"orders", page.orders}, {"number", page.number}, {"count", page.count}};
    std::string out;
    out.reserve(32 << 10);
    engine().get_template("orders.html")->render(context, out);
    return out;
}

void append_upper(std::string& out, std::string_view text) {
    char buffer[256];
    const std::size_t size = std::min(text.size(), sizeof buffer);
    for (std::size_t i = 0; i < size; ++i) {
        buffer[i] = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 32) : text[i];
    }
    utils::append_escaped(out, {buffer, size});
}

template <class... Format> void append_number(std::string& out, auto number, Format... format) {
    char buffer[40];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, format...).ptr);
}

void append_stamp(std::string& out, DateTime at) {
    const auto day = at.date().civil();
    const Time time = at.time();
    auto two = [](int n, char* to) {
        to[0] = static_cast<char>('0' + n / 10), to[1] = static_cast<char>('0' + n % 10);
    };
    char buffer[16] = {0, 0, 0, 0, '-', 0, 0, '-', 0, 0, ' ', 0, 0, ':', 0, 0};
    two(day.year / 100, buffer);
    two(day.year % 100, buffer + 2);
    two(day.month, buffer + 5);
    two(day.day, buffer + 8);
    two(time.hour(), buffer + 11);
    two(time.minute(), buffer + 14);
    out.append(buffer, sizeof buffer);
}

void append_words(std::string& out, std::string_view text, int count) {
    std::size_t at = 0;
    for (; at < text.size() && count > 0; --count) {
        const std::size_t end = text.find(' ', at);
        if (end == text.npos) return utils::append_escaped(out, text);
        at = end + 1;
    }
    utils::append_escaped(out, text.substr(0, at - 1));
    out += " …";
}

std::string render_by_hand(const Page& page) {
    using utils::append_escaped;
    std::string out;
    out.reserve(32 << 10);
    out += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>";
    append_escaped(out, page.title);
    out += " | ";
    append_escaped(out, page.site);
    out += "</title></head>\n<body><header><h1>";
    append_escaped(out, page.site);
    out += "</h1>\n<nav><ul>";
    for (const Link& link : page.links) {
        out += "<li";
        if (link.active) out += " class=\"active\"";
        out += "><a href=\"";
        append_escaped(out, link.href);
        out += "\">";
        append_escaped(out, link.title);
        out += "</a></li>";
    }
    out += "</ul></nav>\n<p>";
    if (page.user.is_staff) out += "Staff: ";
    append_escaped(out, page.user.name);
    out += "</p></header>\n<main><h2>";
    append_upper(out, page.title);
    out +=
        "</h2>\n<table><thead><tr><th>name</th><th>created</th><th>price</th><th>status</th><th>description</th></tr>"
        "</thead><tbody>\n";
    std::int64_t counter = 0;
    for (const Order& order : page.orders) {
        out += "<tr class=\"";
        out += order.price > 500 ? "high" : "low";
        out += "\"><td>";
        append_number(out, ++counter);
        out += ". ";
        append_upper(out, order.name);
        out += "</td><td>";
        append_stamp(out, order.created);
        out += "</td><td>";
        append_number(out, order.price, std::chars_format::fixed, 2);
        out += "</td><td>";
        append_escaped(out, order.status ? std::string_view(*order.status) : "n/a");
        out += "</td><td>";
        append_words(out, order.description, 8);
        out += "</td></tr>\n";
    }
    out += "</tbody></table><p class=\"pages\">";
    if (page.number > 1) out += "<a href=\"?p=prev\">prev</a>";
    out += ' ';
    append_number(out, page.number);
    out += " / ";
    append_number(out, page.count);
    out += ' ';
    if (page.number < page.count) out += "<a href=\"?p=next\">next</a>";
    out += "</p>\n</main>\n<footer>";
    append_upper(out, page.site);
    out += "</footer></body></html>\n";
    return out;
}

void BM_TemplateEngine(benchmark::State& state) {
    const Page page = make_page();
    if (render_with_engine(page) != render_by_hand(page)) state.SkipWithError("the two pages differ");
    std::size_t bytes = 0;
    for (auto _ : state) bytes += render_with_engine(page).size();
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(BM_TemplateEngine);

void BM_HandWrittenAppends(benchmark::State& state) {
    const Page page = make_page();
    std::size_t bytes = 0;
    for (auto _ : state) bytes += render_by_hand(page).size();
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(BM_HandWrittenAppends);

void BM_ParseTemplate(benchmark::State& state) {
    const std::string source(engine().get_template("orders.html")->source());
    const Engine parser({});
    std::size_t bytes = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(parser.from_string(source));
        bytes += source.size();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(BM_ParseTemplate);

}  // namespace
