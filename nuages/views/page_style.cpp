#include <nuages/views/detail/page_builder.hpp>

namespace nuages::views::detail {

namespace {

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #5c6878; --line: #dfe4ea;
  --accent: #b3261e; --accent-ink: #fff; --mark: #fff1c9; --code: #f2f4f7; --link: #1d5fbf; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161c; --card: #1a2029; --ink: #e4e9f0; --soft: #94a1b3;
  --line: #2b3440; --accent: #d5544b; --accent-ink: #fff; --mark: #4a3d12; --code: #141a22; --link: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { background: var(--accent); color: var(--accent-ink); padding: 1.6rem max(1rem, calc((100vw - 72rem) / 2)); }
header h1 { margin: 0; font-size: 1.35rem; font-weight: 650; overflow-wrap: anywhere; }
header p { margin: .5rem 0 0; font-size: 1.05rem; white-space: pre-wrap; overflow-wrap: anywhere; }
header .where { opacity: .85; font-size: .9rem; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 1rem; padding: 1rem 1.2rem; }
h2 { margin: 0 0 .6rem; font-size: 1.05rem; }
h3 { margin: 1rem 0 .3rem; font-size: .9rem; color: var(--soft); text-transform: uppercase; letter-spacing: .04em; }
table { width: 100%; border-collapse: collapse; font-size: .87rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); }
th { width: 16rem; font-weight: 600; overflow-wrap: anywhere; }
td, pre, code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; }
td { white-space: pre-wrap; overflow-wrap: anywhere; }
pre { margin: .5rem 0 0; padding: .5rem 0; background: var(--code); border-radius: 8px; overflow-x: auto; font-size: .83rem; line-height: 1.55; }
pre span { display: block; padding: 0 .8rem; min-width: max-content; }
pre span i { display: inline-block; width: 3.2rem; color: var(--soft); font-style: normal; user-select: none; }
pre .hit { background: var(--mark); }
pre mark { background: var(--accent); color: var(--accent-ink); border-radius: 3px; padding: 0 .15em; margin: 0 -.15em; }
details { border-top: 1px solid var(--line); padding: .35rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary code { font-size: .86rem; }
summary small { color: var(--soft); display: block; margin-left: 1.05rem; font-size: .82rem; }
.framework > summary code { color: var(--soft); }
ol.tried { padding-left: 1.6rem; margin: 0; } ol.tried li { padding: .1rem 0; } ol.tried small { color: var(--soft); }
.empty { color: var(--soft); margin: 0; }
footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem 2rem; color: var(--soft); font-size: .85rem; }
)css";

}  // namespace

void begin_page(PageBuilder& page, std::string_view title) {
    page.html("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .html("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .html("<meta name=\"robots\" content=\"NONE,NOARCHIVE\">\n<title>")
        .text(title)
        .html("</title>\n<style>")
        .html(kStyle)
        .html("</style>\n</head>\n<body>\n");
}

void end_page(PageBuilder& page, std::string_view note) {
    page.html("<footer>").html(note).html("</footer>\n</body>\n</html>\n");
}

}  // namespace nuages::views::detail
