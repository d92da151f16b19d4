#include <nuages/db/models/detail/compiled_queries.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>

#include <algorithm>
#include <atomic>
#include <unordered_map>

namespace nuages::db::models {

namespace {

constexpr std::size_t kShapesMax = 512;  // per thread; when they are more, all are forgotten
constexpr std::size_t kKeyBytesMax = 1024;

std::atomic<std::uint64_t> generation{1};

struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};

/// A comparison that stands as `column op ?`.
bool is_plain(LookupKind kind) {
    return kind == LookupKind::exact || (kind >= LookupKind::gt && kind <= LookupKind::lte);
}

/// The comparisons of a resolved tree, in the order in which they are printed. False where something else stands in it.
bool collect(const Expr& condition, std::vector<const Lookup*>& found) {
    if (const auto* node = dynamic_cast<const WhereNode*>(condition.get())) {
        for (const Expr& child : node->children) {
            if (!collect(child, found)) return false;
        }
        return true;
    }
    const auto* lookup = dynamic_cast<const Lookup*>(condition.get());
    if (!lookup || lookup->rhs || !lookup->items.empty() || !lookup->lhs->as_column()) return false;
    if (lookup->kind == LookupKind::isnull) return true;  // no parameter
    if (!is_plain(lookup->kind)) return false;
    found.push_back(lookup);
    return true;
}

}  // namespace

struct CompiledQuery::Text : RefCounted {
    std::string sql;
    mutable Ref<RefCounted> decoder;
    explicit Text(std::string text) : sql(std::move(text)) {}
};

struct CompiledQuery::Entry {
    Ref<const Text> text;  // none: this shape cannot be kept
    struct Place {
        std::size_t value;  // of the query's values
        OutputType type;
        Operations::Range whole;  // a number outside of it is another query
    };
    std::vector<Place> places;
};

struct CompiledQuery::Shapes {
    std::uint64_t made_for = 0;
    std::unordered_map<std::string, Entry, KeyHash, std::equal_to<>> entries;
};

CompiledQuery::Shapes& CompiledQuery::shapes() {
    thread_local Shapes all;
    const std::uint64_t now = generation.load(std::memory_order_acquire);
    if (all.made_for != now || all.entries.size() > kShapesMax) {
        all.entries.clear();
        all.made_for = now;
    }
    return all;
}

std::uint64_t compiled_generation() noexcept { return generation.load(std::memory_order_acquire); }
void forget_compiled_queries() noexcept { generation.fetch_add(1, std::memory_order_acq_rel); }

CompiledQuery::CompiledQuery(const Query& query, const Connection& connection) {
    begin(query, connection);
    plain_ = describe(query) && key_.size() <= kKeyBytesMax;
    if (plain_) look_up();
}

// The key that detail::limited(query.filter(detail::conjunction(conditions))) has: its last step comes first.
CompiledQuery::CompiledQuery(const Query& query, std::initializer_list<const QNode*> conditions,
                             const Connection& connection) {
    begin(query, connection);
    add_slice(0, kGetRowsMax);
    if (query.ordered()) add('o');
    if (conditions.size() > 0) add('f');
    if (conditions.size() > 1) {
        add(static_cast<char>('A' + static_cast<char>(QNode::Op::and_)));
        add('=');
    }
    for (const QNode* condition : conditions) {
        if (condition->empty() || !describe(*condition)) return;
    }
    if (conditions.size() > 1) add(')');
    plain_ = describe(query, false) && key_.size() <= kKeyBytesMax;
    if (plain_) look_up();
}

void CompiledQuery::begin(const Query& query, const Connection& connection) {
    const void* const parts[] = {&query.meta(), &connection.operations(), &connection.features()};
    key_.append(reinterpret_cast<const char*>(parts), sizeof parts);
}

void CompiledQuery::look_up() {
    Shapes& all = shapes();
    const auto found = all.entries.find(key());
    if (found == all.entries.end()) return;
    entry_ = &found->second;
    text_ = entry_->text;
    known_ = text_ && bind();
}

void CompiledQuery::add_slice(std::int64_t offset, std::int64_t limit) {
    const std::int64_t bounds[] = {offset, limit};
    add('s');
    key_.append(reinterpret_cast<const char*>(bounds), sizeof bounds);
}

bool CompiledQuery::describe(const Query& query, bool may_be_sliced) {
    bool mode_said = false;
    for (const Query::Step* step = query.last(); step; step = step->before()) {
        switch (step->kind) {
            case steps::Kind::filter:
            case steps::Kind::exclude:
                add(step->kind == steps::Kind::filter ? 'f' : 'x');
                if (!describe(static_cast<const steps::Filter*>(step)->node)) return false;
                break;
            case steps::Kind::order_by:
                add('o');
                for (const OrderBy& entry : static_cast<const steps::Order*>(step)->ordering) {
                    if (entry.expression) return false;
                    add_name(entry.path);
                    add(entry.descending ? '\x02' : '\x01');
                    add(static_cast<char>(entry.nulls));
                }
                break;
            case steps::Kind::slice: {
                if (!may_be_sliced) return false;
                const auto* slice = static_cast<const steps::Slice*>(step);
                add_slice(slice->offset, slice->limit);
                break;
            }
            case steps::Kind::reverse: add('r'); break;
            case steps::Kind::using_: break;  // the connection is this database's
            case steps::Kind::fetch_mode:
                if (!mode_said) mode_ = static_cast<const steps::Mode*>(step)->mode;
                mode_said = true;
                break;
            default: return false;
        }
    }
    return true;
}

// With its length, so that no name can read as more than a name.
void CompiledQuery::add_name(std::string_view name) {
    const auto size = static_cast<std::uint32_t>(name.size());
    key_.append(reinterpret_cast<const char*>(&size), sizeof size);
    key_.append(name.data(), name.size());
}

bool CompiledQuery::describe(const QNode& node) {
    add(static_cast<char>('A' + static_cast<char>(node.op)));
    add(node.negated ? '~' : '=');
    if (node.op == QNode::Op::expression || node.expression || node.instance) return false;
    if (node.op != QNode::Op::leaf) {
        for (const QNode& child : node.children) {
            if (!describe(child)) return false;
        }
        add(')');
        return true;
    }
    const Literal::Kind kind = node.value.kind();
    if (kind == Literal::Kind::null || kind == Literal::Kind::list || kind == Literal::Kind::expression) return false;
    add_name(node.path);
    add(static_cast<char>(kind));
    if (kind == Literal::Kind::boolean)  // may decide what is printed: isnull
        add(node.value.integer() ? '1' : '0');
    values_.push_back(&node.value);
    return true;
}

// The values as the entry's parameters. False where one of them has to be converted: then the text may be another one.
bool CompiledQuery::bind() {
    for (const Entry::Place& place : entry_->places) {
        const Literal& value = *values_[place.value];
        if (value.kind() == Literal::Kind::integer && (value.integer() < place.whole.min || value.integer() > place.whole.max)) return false;
        Literal storage;
        if (&prepared(place.type, value, storage) != &value) return false;
        params_.push_back(param_of(value));
    }
    return true;
}

CompiledQuery::~CompiledQuery() = default;

// Apart, so that what looks the SQL up leaves the stack.
[[gnu::noinline]] KnownQuery::KnownQuery(const Query& query, const Connection& connection) {
    CompiledQuery compiled(query, connection);
    take(compiled);
}
[[gnu::noinline]] KnownQuery::KnownQuery(const Query& query, std::initializer_list<const QNode*> conditions,
                                         const Connection& connection) {
    CompiledQuery compiled(query, conditions, connection);
    take(compiled);
}
KnownQuery::~KnownQuery() = default;

void KnownQuery::take(CompiledQuery& compiled) {
    if (!compiled.known()) return;
    text_ = std::move(compiled.text_);
    params_.append(compiled.params_.begin(), compiled.params_.size());
    mode_ = compiled.mode_;
}

const std::string& KnownQuery::sql() const { return text_->sql; }
Ref<RefCounted>& KnownQuery::decoder() const { return text_->decoder; }

void CompiledQuery::keep(const Select& select, const SqlWriter& statement) {
    if (!plain_ || entry_) return;
    std::vector<const Lookup*> comparisons;
    bool keepable = true;
    for (const Expr& condition : select.where) {
        const auto* node = dynamic_cast<const WhereNode*>(condition.get());
        if (node && node->children.empty()) return;  // a number that the column cannot hold; the next one may be another
        keepable = keepable && collect(condition, comparisons);
    }
    Entry& made = shapes().entries[std::string(key())];
    if (!keepable) return;
    if (comparisons.size() != statement.params().size()) return;
    std::vector<bool> used(values_.size());
    for (const Lookup* lookup : comparisons) {
        const auto value = std::find(values_.begin(), values_.end(), lookup->literal);
        if (value == values_.end()) return;
        const auto at = static_cast<std::size_t>(value - values_.begin());
        used[at] = true;
        const OutputType type = lookup->lhs->output();
        made.places.push_back({at, type, whole_range(type, statement.operations())});
    }
    for (std::size_t i = 0; i < values_.size(); ++i) {
        if (!used[i] && values_[i]->kind() != Literal::Kind::boolean) return;  // it decided something else
    }
    made.text = make_ref<Text>(statement.text());
}

}  // namespace nuages::db::models
