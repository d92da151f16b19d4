// Context: the names a template sees, as a stack of scopes in one flat array.
//
// A scope is a mark in the array, so a loop's round costs no allocation. Names are views: string literals, or text of a
// template that is being rendered; `set_owned` copies names that would not outlive the context.
#pragma once

#include <nuages/templates/fwd.hpp>
#include <nuages/utils/to_value.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::templates {

/// A name and its value, as in `{{"page", page}, {"form", form}}`: lvalues are borrowed, temporaries are owned.
struct ContextEntry {
    std::string_view name;
    Value value;

    template <class T>
    ContextEntry(std::string_view entry_name, const T& borrowed) : name(entry_name), value(value_of(borrowed)) {}
    template <class T>
    requires(!std::is_lvalue_reference_v<T>) ContextEntry(std::string_view entry_name, T&& owned)
        : name(entry_name), value(value_owning(std::remove_cvref_t<T>(std::forward<T>(owned)))) {}
    template <std::size_t N>
    ContextEntry(std::string_view entry_name, const char (&text)[N]) : name(entry_name), value(Value::borrow(text)) {}
};

using ContextData = std::vector<ContextEntry>;

/// Names and values for one rendering (django.template.Context). Not shared between fibers.
class Context {
public:
    Context() = default;
    Context(std::initializer_list<ContextEntry> entries) { update(entries); }

    /// Sets NAME in the innermost scope; NAME must outlive the context.
    void set(std::string_view name, Value value) { set(name, hash_name(name), std::move(value)); }
    void set(std::string_view name, std::uint32_t hash, Value value);
    /// As set, with a copy of NAME.
    void set_owned(std::string_view name, Value value);
    /// Sets NAME in the outermost scope that has it, else in the innermost (what {% cycle ... as %} does).
    void set_upward(std::string_view name, Value value);
    void update(std::initializer_list<ContextEntry> entries);
    void update(const ContextData& entries);

    /// The innermost value of NAME, or nullptr.
    const Value* find(std::string_view name) const { return find(name, hash_name(name)); }
    const Value* find(std::string_view name, std::uint32_t hash) const {
        for (std::size_t i = entries_.size(); i > floor_; --i) {
            const Entry& entry = entries_[i - 1];
            if (entry.hash == hash && same_name(entry.name, name)) return &entry.value;
        }
        return nullptr;
    }

    /// The innermost value of NAME, OTHERWISE when there is none.
    Value get(std::string_view name, Value otherwise = nullptr) const;
    /// The innermost value of NAME; sets it to VALUE first when there is none.
    Value setdefault(std::string_view name, Value value);
    /// A mapping of all names that can be seen to their innermost values.
    Value flatten() const;

    void push() { marks_.push_back(entries_.size()); }
    /// Drops the innermost scope; throws Error when there is only the base ("pop() has been called more times than
    /// push()").
    void pop();
    std::size_t depth() const noexcept { return marks_.size(); }

    /// A scope for the length of a block; a moved-from guard does nothing.
    class Scope {
    public:
        explicit Scope(Context& context) : context_(&context) { context.push(); }
        ~Scope() { context_->pop(); }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Context* context_;
    };
    /// Hides every name for the length of a block: {% include ... only %}.
    class Isolation {
    public:
        explicit Isolation(Context& context) : context_(&context), floor_(context.floor_) {
            context.push();
            context.floor_ = context.entries_.size();
        }
        ~Isolation() {
            context_->floor_ = floor_;
            context_->pop();
        }
        Isolation(const Isolation&) = delete;
        Isolation& operator=(const Isolation&) = delete;

    private:
        Context* context_;
        std::size_t floor_;
    };

    /// Calls EACH for all names that can be seen, scopes from the innermost outwards, names of a scope in order.
    void each(FunctionRef<void(std::string_view name, const Value& value, std::size_t scope)> each) const;

    bool autoescape = true;
    /// Language-dependent formats for numbers and dates ({% localize %}); unset: yes.
    std::optional<bool> use_l10n;
    /// Instants are shown in the current time zone ({% localtime %}); unset: as the settings say (USE_TZ).
    std::optional<bool> use_tz;
    /// The request this rendering answers, for tags that know its type (RequestContext); a template sees it as
    /// `request` when a context processor says so.
    void* request = nullptr;
    /// What {% csrf_token %} prints, asked for only then; empty: nothing is printed.
    Function<std::string()> csrf_token;
    /// The query of the request as the `querystring` tag takes it; missing without one.
    Value query;
    /// The namespace of the request's match, which {% url %} prefers.
    std::string current_app;

private:
    struct Entry {
        std::string_view name;
        std::uint32_t hash;
        Value value;
    };
    std::vector<Entry> entries_;
    std::vector<std::size_t> marks_;
    std::size_t floor_ = 0;
    std::vector<Ref<RefCounted>> names_;
};

/// Adds to the context of every page (django: context_processors); views call the ones that the site lists.
template <class Request> using ContextProcessor = void (*)(Request& request, Context& context);

}  // namespace nuages::templates
