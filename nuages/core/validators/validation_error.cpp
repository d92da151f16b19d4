#include <nuages/core/validators/validation_error.hpp>

namespace nuages {

namespace {

std::string joined(const std::vector<ValidationError::Item>& items) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : " ") + item.text();
    return out;
}

std::string joined(const ValidationError::Fields& fields) {
    std::string out;
    for (const auto& [name, items] : fields) out += (out.empty() ? "" : " ") + name + ": " + joined(items);
    return out;
}

}  // namespace

std::string format_params(std::string_view message, const ValidationError::Params& params) {
    std::string out;
    for (std::size_t i = 0; i < message.size(); ++i) {
        if (message[i] != '%' || params.empty()) {
            out += message[i];
            continue;
        }
        if (message.substr(i).starts_with("%%")) {
            out += '%';
            ++i;
            continue;
        }
        const std::size_t close = message.find(')', i);
        if (!message.substr(i).starts_with("%(") || close == message.npos || close + 1 >= message.size()) {
            out += '%';
            continue;
        }
        const std::string_view name = message.substr(i + 2, close - i - 2);
        for (const auto& [known, value] : params) {
            if (known != name) continue;
            message[close + 1] == 'r' ? value.append_repr(out) : value.append_str(out);
            break;
        }
        i = close + 1;  // the conversion's letter
    }
    return out;
}

std::string ValidationError::Item::text() const { return format_params(message, params); }

ValidationError::ValidationError(std::string message, std::string code, Params params)
    : ValidationError(std::vector<Item>{{std::move(message), std::move(code), std::move(params)}}) {}
ValidationError::ValidationError(std::vector<Item> items) : Error(joined(items)), items_(std::move(items)) {}
ValidationError::ValidationError(Fields fields) : Error(joined(fields)), fields_(std::move(fields)) {}

std::vector<std::string> ValidationError::messages() const {
    std::vector<std::string> list;
    for (const Item& item : items_) list.push_back(item.text());
    for (const auto& [name, items] : fields_) {
        for (const Item& item : items) list.push_back(item.text());
    }
    return list;
}

void ValidationError::update_error_dict(Fields& to, std::string_view field) const {
    const auto add = [&](std::string_view name, const std::vector<Item>& items) {
        for (auto& [known, list] : to) {
            if (known == name) {
                list.insert(list.end(), items.begin(), items.end());
                return;
            }
        }
        to.emplace_back(std::string(name), items);
    };
    if (!items_.empty()) add(field, items_);
    for (const auto& [name, items] : fields_) add(name, items);
}

}  // namespace nuages
