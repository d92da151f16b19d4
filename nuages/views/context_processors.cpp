// Names that every page has, by the processors a site lists (django.template.context_processors).

#include <nuages/db/stats.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/views/shortcuts.hpp>

namespace nuages::views::context_processors {

void debug(http::Request&, templates::Context& context) {
    if (!templates::default_engine().options().debug) return;
    context.set("debug", Value(true));
    context.set("sql_queries", Value::callable([] {
                    std::vector<Value> queries;
                    for (const std::string& sql : db::current_stats()->statements)
                        queries.push_back(Value::map({{"sql", Value(sql)}}));
                    return Value::list(std::move(queries));
                }));
}

void i18n(http::Request&, templates::Context& context) {
    context.set("LANGUAGES", Value::callable([] {
                    std::vector<Value> items;
                    for (const auto& [code, name] : translation::languages())
                        items.push_back(Value::tuple({code, translation::gettext(name)}));
                    return Value::list(std::move(items));
                }));
    context.set("LANGUAGE_CODE", Value(translation::get_language().value_or("")));
    context.set("LANGUAGE_BIDI", Value(translation::get_language_bidi()));
}

void tz(http::Request&, templates::Context& context) {
    context.set("TIME_ZONE", Value(timezone::get_current_timezone_name()));
}

void static_(http::Request&, templates::Context& context) {
    context.set("STATIC_URL", Value::borrow(templates::default_engine().options().static_prefix));
}

void media(http::Request&, templates::Context& context) {
    context.set("MEDIA_URL", Value::borrow(templates::default_engine().options().media_prefix));
}

}  // namespace nuages::views::context_processors
