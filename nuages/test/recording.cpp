#include <nuages/test/detail/recording.hpp>

#include <nuages/templates/context.hpp>

namespace nuages::test::detail {
namespace {

constexpr int kDepthMax = 8;

const async::ContextLocal<Recording*> recording;

Value copied(const Value& value, int depth = 0);

/// The items of a C++ container; other objects by the name of their type.
Value copied_container(const Value& value, int depth) {
    if (value.type()->name == "list" && depth < kDepthMax) {
        std::vector<Value> items;
        value.iterate([&](Value item) { return items.push_back(copied(item, depth + 1)), true; });
        return Value::list(std::move(items));
    }
    if (value.type()->name == "dict" && depth < kDepthMax) {
        std::vector<Value::Item> items;
        value.each_pair([&](Value key, Value item) {
            return items.emplace_back(copied(key, depth + 1), copied(item, depth + 1)), true;
        });
        return Value::map(std::move(items));
    }
    return Value(value.type()->name);
}

/// VALUE without what it borrows. An object would have to be asked, which may run queries: it becomes its type's name.
Value copied(const Value& value, int depth) {
    switch (value.kind()) {
        case ValueKind::string: return Value(std::string(value.as_text())).as_safe(value.is_safe());
        case ValueKind::decimal:
            return value.is_whole() ? Value::whole(std::string(value.as_text())) : Value::decimal(std::string(value.as_text()));
        case ValueKind::list: {
            std::vector<Value> items;
            for (const Value& item : value.as_list()) items.push_back(depth < kDepthMax ? copied(item, depth + 1) : Value());
            return value.is_tuple() ? Value::tuple(std::move(items)) : Value::list(std::move(items));
        }
        case ValueKind::map: {
            std::vector<Value::Item> items;
            for (const auto& [key, item] : value.as_map())
                if (depth < kDepthMax) items.emplace_back(copied(key, depth + 1), copied(item, depth + 1));
            return Value::map(std::move(items));
        }
        case ValueKind::object: return copied_container(value, depth);
        case ValueKind::callable: return Value("function");
        default: return value;
    }
}

void observe(const templates::Template& page, const templates::Context& context) {
    Recording** current = recording.find();
    if (current && *current) (*current)->add(page, context);
}

}  // namespace

void Recording::add(const templates::Template& page, const templates::Context& context) {
    templates_.emplace_back(page.name());
    std::vector<std::string_view> seen;  // an inner scope's name hides an outer one's
    context.each([&](std::string_view name, const Value& value, std::size_t) {
        for (const std::string_view known : seen)
            if (known == name) return;
        seen.push_back(name);
        for (auto& [known, kept] : values_) {
            if (known != name) continue;
            kept = copied(value);
            return;
        }
        values_.emplace_back(name, copied(value));
    });
}

Value Recording::find(std::string_view name) const {
    for (const auto& [known, value] : values_)
        if (known == name) return value;
    return {};
}

RecordingScope::RecordingScope(Recording& kept)
    : former_(std::exchange(recording.get(), &kept)), former_observer_(templates::set_render_observer(observe)) {}

RecordingScope::~RecordingScope() {
    recording.get() = former_;
    templates::set_render_observer(former_observer_);
}

}  // namespace nuages::test::detail
