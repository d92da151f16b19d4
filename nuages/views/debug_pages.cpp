#include <nuages/http/cookies.hpp>
#include <nuages/http/querydict.hpp>
#include <nuages/templates/errors.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/views/detail/debug_pages.hpp>
#include <nuages/views/detail/masking.hpp>
#include <nuages/views/detail/page_builder.hpp>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace nuages::views::detail {

namespace {

constexpr std::string_view kDebugNote =
    "You see this page because <code>debug</code> is on in the settings. "
    "Switch it off and the site answers with its plain error page.";

/// Values on the page are cut: a megabyte of POST data helps nobody.
constexpr std::size_t kValueBytesMax = 4096;

void row(PageBuilder& page, std::string_view name, std::string_view value) {
    page.html("<tr><th>").text(name).html("</th><td>").text(value.substr(0, kValueBytesMax));
    if (value.size() > kValueBytesMax) page.html(" … (").number(static_cast<long>(value.size())).html(" bytes)");
    page.html("</td></tr>\n");
}

/// A table of pairs whose secrets are masked.
void table(PageBuilder& page, std::string_view title, const NameValues& pairs) {
    page.html("<h3>").text(title).html("</h3>\n");
    if (pairs.empty()) {
        page.html("<p class=\"empty\">None</p>\n");
        return;
    }
    page.html("<table>\n");
    for (const auto& [name, value] : pairs) row(page, name, masked(name, value));
    page.html("</table>\n");
}

NameValues pairs_of(const http::QueryDict& dict) {
    NameValues pairs;
    dict.for_each([&](std::string_view key, std::string_view value) { pairs.emplace_back(key, value); });
    return pairs;
}

/// What parses on first use may be what failed: the page must come out all the same.
template <class F> auto or_empty(F&& f) -> decltype(f()) {
    try {
        return f();
    } catch (const std::exception&) {
        return {};
    }
}

/// Bytes of the line that is pointed at.
struct Marked {
    std::size_t column = 0;
    std::size_t size = 0;
};

void excerpt_lines(PageBuilder& page, const std::vector<std::string>& lines, int first, int hit, Marked marked = {}) {
    page.html("<pre>");
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const int number = first + static_cast<int>(i);
        const std::string_view line = lines[i];
        page.html(number == hit ? "<span class=\"hit\"><i>" : "<span><i>").number(number).html("</i>");
        if (number == hit && marked.size > 0 && marked.column < line.size()) {
            page.text(line.substr(0, marked.column)).html("<mark>").text(line.substr(marked.column, marked.size));
            page.html("</mark>").text(line.substr(std::min(marked.column + marked.size, line.size())));
        } else {
            page.text(line);
        }
        page.html("</span>");
    }
    page.html("</pre>\n");
}

void template_section(PageBuilder& page, const ErrorReport& report) {
    if (report.place) {
        const templates::SourcePlace& place = *report.place;
        page.html("<section>\n<h2>Error during template rendering</h2>\n<p>In template <code>")
            .text(place.template_name);
        if (!place.origin.empty() && place.origin != place.template_name)
            page.html("</code> (<code>").text(place.origin).html("</code>)<code>");
        page.html("</code>, error at line <b>").number(place.line).html("</b>");
        page.html("</p>\n");
        excerpt_lines(page, place.excerpt, place.first_line, place.line,
                      {static_cast<std::size_t>(place.column), place.token.size()});
        page.html("</section>\n");
    }
    if (report.places_tried.empty()) return;
    page.html("<section>\n<h2>Template-loader postmortem</h2>\n<p>These places were tried, in this order:</p>\n")
        .html("<ol class=\"tried\">\n");
    for (const auto& [origin, reason] : report.places_tried)
        page.html("<li><code>").text(origin).html("</code> <small>").text(reason).html("</small></li>\n");
    page.html("</ol>\n</section>\n");
}

void frame_entry(PageBuilder& page, const Frame& frame, bool open) {
    page.html(frame.is_framework ? "<details class=\"framework\"" : "<details");
    page.html(open ? " open><summary><code>" : "><summary><code>");
    page.text(frame.function.empty() ? "(unknown function)" : frame.function).html("</code><small>");
    page.text(frame.file.empty() ? frame.module : frame.file);
    if (frame.line) page.html(":").number(frame.line);
    page.html("</small></summary>\n");
    const Excerpt excerpt = read_excerpt(frame.file, frame.line);
    if (!excerpt.lines.empty()) excerpt_lines(page, excerpt.lines, excerpt.first_line, frame.line);
    page.html("</details>\n");
}

void traceback_section(PageBuilder& page, const ErrorReport& report) {
    page.html("<section id=\"traceback\">\n<h2>Stack at the throw, innermost call first</h2>\n");
    if (report.frames.empty()) {
        page.html("<p class=\"empty\">No stack was captured for this exception.</p>\n");
    }
    const auto own = std::find_if(report.frames.begin(), report.frames.end(),
                                  [](const Frame& frame) { return !frame.is_framework; });
    for (auto frame = report.frames.begin(); frame != report.frames.end(); ++frame)
        frame_entry(page, *frame, frame == own || (own == report.frames.end() && frame == report.frames.begin()));
    page.html("</section>\n");
}

void request_section(PageBuilder& page, http::Request& request) {
    NameValues cookies, headers;
    or_empty([&] {
        for (const auto& cookie : request.COOKIES) cookies.emplace_back(cookie.name, cookie.value);
        return 0;
    });
    for (const auto& header : request.headers) headers.emplace_back(header.name, header.value);
    page.html("<section id=\"request\">\n<h2>Request</h2>\n<table>\n");
    row(page, "Method", request.method);
    row(page, "Path", request.path);
    row(page, "View", request.resolver_match ? request.resolver_match.view_name() : std::string("(none)"));
    row(page, "Route", request.resolver_match ? request.resolver_match.route() : std::string("(none)"));
    row(page, "Client", request.remote_addr());
    page.html("</table>\n");
    table(page, "GET", or_empty([&] { return pairs_of(request.GET); }));
    table(page, "POST", or_empty([&] { return pairs_of(request.POST); }));
    table(page, "Cookies", cookies);
    table(page, "Headers", headers);
    page.html("</section>\n");
}

void settings_section(PageBuilder& page, const NameValues& settings) {
    page.html("<section id=\"settings\">\n<h2>Settings</h2>\n");
    table(page, "As the site runs with them", settings);
    page.html("</section>\n");
}

void process_section(PageBuilder& page) {
    utsname system{};
    uname(&system);
    page.html("<section>\n<h2>Process</h2>\n<table>\n");
    row(page, "Time", timezone::now().iso());
    row(page, "Process id", std::to_string(getpid()));
    row(page, "Compiler", __VERSION__);
    row(page, "System", std::string(system.sysname) + " " + system.release + " " + system.machine);
    page.html("</table>\n</section>\n");
}

std::string plain_text(const http::Request& request, const ErrorReport& report) {
    std::string text = report.error.type + " at " + std::string(request.path) + "\n" + report.error.message + "\n\n";
    text.append("Request Method: ").append(request.method).append("\nRequest Path: ").append(request.path);
    if (!report.sql.empty()) text.append("\nSQL: ").append(report.sql);
    if (report.place) {
        const templates::SourcePlace& place = *report.place;
        text.append("\n\nTemplate error:\nIn template ").append(place.origin.empty() ? place.template_name : place.origin);
        text.append(", error at line ").append(std::to_string(place.line)).append("\n");
        for (std::size_t i = 0; i < place.excerpt.size(); ++i) {
            const int number = place.first_line + static_cast<int>(i);
            text.append(number == place.line ? " > " : "   ").append(std::to_string(number)).append(" : ");
            text.append(place.excerpt[i]).append("\n");
        }
    }
    if (!report.places_tried.empty()) text.append("\n\nThese places were tried, in this order:");
    for (const auto& [origin, reason] : report.places_tried)
        text.append("\n * ").append(origin).append(" (").append(reason).append(")");
    return text.append("\n\nTraceback (most recent call last):\n").append(traceback_text(report.frames));
}

/// Responses of this kind are for one pair of eyes.
http::Response page_response(PageBuilder page, int status) {
    return http::Response(std::move(page).take(), http::kTextHtml, status);
}

void tried_pattern(PageBuilder& page, const std::vector<const http::RouteInfo*>& chain) {
    page.html("<li><code>");
    for (const http::RouteInfo* part : chain) page.text(part->route).html(" ");
    page.html("</code>");
    if (!chain.empty() && !chain.back()->name.empty())
        page.html(" <small>[name='").text(chain.back()->name).html("']</small>");
    page.html("</li>\n");
}

}  // namespace

http::Response technical_500_response(http::Request& request, const ErrorReport& report, int status) {
    if (!request.accepts("text/html")) return http::Response(plain_text(request, report), http::kTextPlain, status);
    PageBuilder page;
    const std::string title = report.error.type + " at " + std::string(request.path);
    begin_page(page, title);
    page.html("<header>\n<h1>").text(title).html("</h1>\n<p>").text(report.error.message).html("</p>\n");
    page.html("<p class=\"where\">").text(request.method).html(" ").text(request.target());
    if (report.place) {
        const templates::SourcePlace& place = *report.place;
        page.html(" · in ").text(place.origin.empty() ? place.template_name : place.origin);
        page.html(":").number(place.line);
    } else if (!report.frames.empty() && !report.frames.front().file.empty()) {
        page.html(" · thrown at ").text(report.frames.front().file).html(":").number(report.frames.front().line);
    }
    page.html("</p>\n</header>\n<main>\n");
    if (!report.sql.empty()) {
        page.html("<section>\n<h2>SQL</h2>\n<pre><span>").text(report.sql).html("</span></pre>\n</section>\n");
    }
    template_section(page, report);
    traceback_section(page, report);
    request_section(page, request);
    settings_section(page, report.settings);
    process_section(page);
    page.html("</main>\n");
    end_page(page, kDebugNote);
    return page_response(std::move(page), status);
}

http::Response technical_404_response(http::Request& request, std::string_view message,
                                      const routing::Resolver404* tried) {
    PageBuilder page;
    begin_page(page, "Page not found at " + std::string(request.path));
    page.html("<header>\n<h1>Page not found (404)</h1>\n<p>").text(message).html("</p>\n<p class=\"where\">");
    page.text(request.method).html(" ").text(request.target()).html("</p>\n</header>\n<main>\n<section>\n");
    if (tried) {
        page.html("<h2>The current path, <code>").text(request.path_info().empty() ? "" : request.path_info().substr(1));
        page.html("</code>, didn’t match any of these patterns, tried in this order:</h2>\n<ol class=\"tried\">\n");
        for (const auto& chain : tried->tried()) tried_pattern(page, chain);
        page.html("</ol>\n");
    } else {
        page.html("<h2>The path matched, but the view answered 404</h2>\n<table>\n");
        row(page, "View", request.resolver_match.view_name());
        row(page, "Route", request.resolver_match.route());
        page.html("</table>\n");
    }
    page.html("</section>\n</main>\n");
    end_page(page, kDebugNote);
    return page_response(std::move(page), 404);
}

}  // namespace nuages::views::detail
