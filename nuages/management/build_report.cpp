#include <nuages/management/detail/build_report.hpp>
#include <nuages/views/detail/page_builder.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace nuages::management::detail {

namespace {

using views::detail::PageBuilder;

constexpr std::size_t kErrorsMax = 50;
constexpr std::size_t kTextMax = 256 * 1024;  // bytes; one missing bracket can cost megabytes

std::string without_escapes(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\r') continue;
        if (text[at] != '\x1b') {
            plain += text[at];
            continue;
        }
        if (at + 1 < text.size() && text[at + 1] == '[')  // up to the letter that ends the sequence
            for (at += 2; at < text.size() && (text[at] < '@' || text[at] > '~');) ++at;
    }
    return plain;
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "[3/17] Building ...", "FAILED: ..." and "ninja: build stopped ..." of ninja, "make[2]: *** ..." of make.
bool is_noise(std::string_view line) {
    if (line.starts_with("[")) {
        const std::string_view count = line.substr(1, line.find(']') == line.npos ? 0 : line.find(']') - 1);
        const std::size_t slash = count.find('/');
        if (slash != count.npos && is_digits(count.substr(0, slash)) && is_digits(count.substr(slash + 1))) return true;
    }
    return line.starts_with("FAILED: ") || line.starts_with("ninja: ") || line.starts_with("make") || line.starts_with("gmake");
}

/// "path:12:34: error: message", "path:12: error: ...", "/usr/bin/ld: file.o: in function ...: undefined reference to ...".
bool read_error(std::string_view line, BuildError& error) {
    for (const std::string_view mark : {": error: ", ": fatal error: ", ": undefined reference to "}) {
        const std::size_t at = line.find(mark);
        if (at == line.npos) continue;
        std::string_view place = line.substr(0, at);
        error.message = line.substr(at + (mark.starts_with(": undefined") ? 2 : mark.size()));
        int numbers[2] = {0, 0};  // innermost last: column, line
        int count = 0;
        for (; count < 2; ++count) {
            const std::size_t colon = place.rfind(':');
            if (colon == place.npos || !is_digits(place.substr(colon + 1))) break;
            std::from_chars(place.data() + colon + 1, place.data() + place.size(), numbers[count]);
            place = place.substr(0, colon);
        }
        error.line = count == 0 ? 0 : numbers[count - 1];
        error.file = place;
        return true;
    }
    return false;
}

/// Asks for the page's headers once a second; reloads when another build stands behind them.
constexpr std::string_view kReload = R"js(<script>
(async () => {
  const shown = document.documentElement.dataset.revision;
  for (;;) {
    await new Promise(wake => setTimeout(wake, 1000));
    try {
      const answer = await fetch(location.href, {method: "HEAD", cache: "no-store"});
      if (answer.headers.get("X-Nuages-Trouble") !== shown) return location.reload();
    } catch {}
  }
})();
</script>
)js";

}  // namespace

BuildReport read_build_output(std::string_view output) {
    BuildReport report;
    const std::string plain = without_escapes(output);
    bool is_command = false;  // the line behind "FAILED:" is the whole command
    for (std::size_t at = 0; at < plain.size();) {
        const std::size_t end = std::min(plain.find('\n', at), plain.size());
        const std::string_view line = std::string_view(plain).substr(at, end - at);
        at = end + 1;
        if (std::exchange(is_command, false) && !line.starts_with("ninja: ")) continue;
        is_command = line.starts_with("FAILED: ");
        if (is_noise(line)) continue;
        BuildError error;
        if (report.errors.size() < kErrorsMax && read_error(line, error)) report.errors.push_back(std::move(error));
        if (report.text.size() < kTextMax) report.text.append(line).append("\n");
    }
    return report;
}

std::string trouble_page(std::string_view title, const BuildReport& report, int revision) {
    PageBuilder page;
    views::detail::begin_page(page, title);
    page.html("<script>document.documentElement.dataset.revision = \"").number(revision).html("\"</script>\n");
    page.html("<header>\n<h1>").text(title).html("</h1>\n");
    if (!report.errors.empty()) {
        const BuildError& first = report.errors.front();
        page.html("<p>").text(first.message).html("</p>\n<p class=\"where\">").text(first.file);
        if (first.line) page.html(":").number(first.line);
        page.html("</p>\n");
    }
    page.html("</header>\n<main>\n");
    if (report.errors.size() > 1) {
        page.html("<section>\n<h2>Errors</h2>\n<table>\n");
        for (const BuildError& error : report.errors) {
            page.html("<tr><th>").text(error.file);
            if (error.line) page.html(":").number(error.line);
            page.html("</th><td>").text(error.message).html("</td></tr>\n");
        }
        page.html("</table>\n</section>\n");
    }
    page.html("<section>\n<h2>Output</h2>\n<pre>");
    for (std::size_t at = 0; at < report.text.size();) {
        const std::size_t end = std::min(report.text.find('\n', at), report.text.size());
        const std::string_view line = std::string_view(report.text).substr(at, end - at);
        BuildError ignored;
        page.html(read_error(line, ignored) ? "<span class=\"hit\">" : "<span>").text(line.empty() ? " " : line).html("</span>");
        at = end + 1;
    }
    page.html("</pre>\n</section>\n</main>\n").html(kReload);
    views::detail::end_page(page, "Save the mended file: <code>runserver</code> builds again, and the site comes back here by itself.");
    return std::move(page).take();
}

}  // namespace nuages::management::detail
