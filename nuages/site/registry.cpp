#include <nuages/site/registry.hpp>

#include <nuages/base/error.hpp>
#include <nuages/db/models/swapping.hpp>
#include <nuages/site/nearest.hpp>

#include <algorithm>
#include <cctype>

namespace nuages::site {
namespace {

bool is_identifier(std::string_view text) {
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

std::string App::get_verbose_name() const {
    if (!verbose_name.empty()) return verbose_name;
    std::string text(get_label());
    for (char& c : text)
        if (c == '_') c = ' ';
    if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

Registry::Registry(std::span<const App* const> apps) {
    for (const App* app : apps) {
        if (!app) throw ImproperlyConfigured("INSTALLED_APPS contains a null app.");
        if (app->name.empty())
            throw ImproperlyConfigured(
                "INSTALLED_APPS contains an app without a name (is it used before its source is initialized?).");
        std::string_view label = app->get_label();
        if (!is_identifier(label))
            throw ImproperlyConfigured("The app label " + quoted(label) + " is not a valid identifier.");
        for (const App* other : apps_) {
            if (other->get_label() == label)
                throw ImproperlyConfigured("Application labels aren't unique, duplicates: " + std::string(label));
            if (other->name == app->name)
                throw ImproperlyConfigured("Application names aren't unique, duplicates: " + app->name);
        }
        apps_.push_back(app);
    }
}

Registry::~Registry() {
    for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) slot->destroy(slot->object);
}

void Registry::run_ready_hooks() {
    if (ready_) return;
    ready_ = true;
    for (const App* app : apps_)
        if (app->ready) app->ready(*this);
}

const App* Registry::find_app(std::string_view label) const {
    for (const App* app : apps_)
        if (app->get_label() == label) return app;
    return nullptr;
}

const App& Registry::app(std::string_view label) const {
    if (const App* found = find_app(label)) return *found;
    std::string message = "No installed app with label " + quoted(label) + ".";
    std::vector<std::string_view> labels;
    for (const App* app : apps_) labels.push_back(app->get_label());
    if (auto near = nearest(label, labels); !near.empty()) message += " Did you mean " + quoted(near) + "?";
    throw Error(message);
}

bool Registry::is_installed(std::string_view name) const {
    return std::any_of(apps_.begin(), apps_.end(), [&](const App* app) { return app->name == name; });
}

std::vector<const db::models::ModelMeta*> Registry::models(const App& app) const {
    std::vector<const db::models::ModelMeta*> all;
    for (auto meta : app.models) {
        if (!db::models::swapped_for(meta())) all.push_back(&meta());
    }
    return all;
}

std::vector<const db::models::ModelMeta*> Registry::models() const {
    std::vector<const db::models::ModelMeta*> all;
    for (const App* app : apps_) {
        for (const db::models::ModelMeta* meta : models(*app)) all.push_back(meta);
    }
    return all;
}

void* Registry::find_slot(const void* key) const {
    for (const Slot& slot : slots_)
        if (slot.key == key) return slot.object;
    return nullptr;
}

}  // namespace nuages::site
