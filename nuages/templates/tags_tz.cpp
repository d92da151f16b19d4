// {% load tz %}: {% localtime %}, {% timezone %}, {% get_current_timezone %}, and the filters localtime, utc, timezone.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/timezone.hpp>

namespace nuages::templates {

namespace {

Value shown_in(const Value& value, const timezone::TimeZone& zone) {
    if (value.kind() != ValueKind::datetime) return Value::borrow("");
    DateTime at{value.as_integer()};
    if (value.is_naive()) at = timezone::get_default_timezone().instant_of(at, value.is_fold() ? 1 : 0);
    return Value::zoned_datetime(at.microseconds, zone, true);
}

// A zone, or the key of one; null for all else.
const timezone::TimeZone* zone_of(const Value& value) {
    if (const auto* zone = value.as<timezone::TimeZone>(timezone::kTimeZoneType)) return zone;
    return value.is_string() ? timezone::find_zone(value.as_text()) : nullptr;
}

Value to_timezone(const Value& value, const Value& name) {
    const timezone::TimeZone* zone = zone_of(name);
    return zone ? shown_in(value, *zone) : Value::borrow("");
}

struct TimezoneNode final : Node {
    Expression zone;
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        const Value wanted = zone.resolve(renderer);
        if (wanted.is_null()) {
            timezone::override scope(nullptr);
            nodes.render(renderer);
            return;
        }
        const timezone::TimeZone* found = zone_of(wanted);
        timezone::override scope(found ? *found : timezone::zone(wanted.str()));
        nodes.render(renderer);
    }
};

Ref<const Node> compile_timezone(Parser& parser, const Token& token) {
    const auto words = token.split();
    if (words.size() != 2) throw TemplateSyntaxError("'" + words[0] + "' takes one argument (timezone)");
    auto node = make_ref<TimezoneNode>();
    node->zone = parser.compile(words[1]);
    node->nodes = parser.parse({"endtimezone"});
    parser.delete_first_token();
    return node;
}

struct CurrentTimezoneNode final : Node {
    std::string target;

    void render(Renderer& renderer) const override {
        renderer.context().set(target, Value(timezone::get_current_timezone_name()));
    }
};

Ref<const Node> compile_current_timezone(Parser&, const Token& token) {
    const auto words = smart_split(token.contents);
    if (words.size() != 3 || words[1] != "as") {
        std::vector<Value> items(words.begin(), words.end());
        throw TemplateSyntaxError("'get_current_timezone' requires 'as variable' (got " +
                                  Value::list(std::move(items)).str() + ")");
    }
    auto node = make_ref<CurrentTimezoneNode>();
    node->target = words[2];
    return node;
}

}  // namespace

Ref<const Library> tz_library() {
    auto library = make_ref<Library>();
    library->tag("localtime", switch_tag(&Context::use_tz));
    library->tag("timezone", compile_timezone);
    library->tag("get_current_timezone", compile_current_timezone);
    library->filter("localtime", [](const Value& value) { return shown_in(value, timezone::get_current_timezone()); });
    library->filter("utc", [](const Value& value) { return shown_in(value, timezone::utc()); });
    library->filter("timezone", to_timezone);
    return library;
}

}  // namespace nuages::templates
