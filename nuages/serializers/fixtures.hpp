// Fixtures in Django's JSON form: FixtureWriter prints objects, FixtureReader stores them (django.core.serializers).
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/function.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/query.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::serializers {

/// A fixture cannot be read: not JSON, an unknown model or field, a value that does not fit.
NUAGES_DEFINE_ERROR(DeserializationError, Error);

enum class Format : std::uint8_t { json, jsonl };

struct WriteOptions {
    Format format = Format::json;
    int indent = -1;                         ///< Spaces per level; negative: all on one line.
    bool use_natural_foreign_keys = false;   ///< Models with a natural key are referred to by it.
    bool use_natural_primary_keys = false;   ///< Their own keys are left out.
    std::string_view using_ = "default";
};

/// Prints objects one after the other. `finish` closes the list.
class FixtureWriter {
public:
    using Out = Function<void(std::string_view text)>;
    explicit FixtureWriter(Out out, WriteOptions options = {});
    ~FixtureWriter();
    FixtureWriter(const FixtureWriter&) = delete;
    FixtureWriter& operator=(const FixtureWriter&) = delete;

    void add(const db::models::ModelMeta& meta, const void* object);
    /// All objects of QUERY; returns their number.
    std::size_t add_all(const db::models::Query& query);
    void finish();

private:
    struct State;
    State* state_;
};

/// Models in an order in which those that others refer to by natural key come first (serializers.sort_dependencies).
std::vector<const db::models::ModelMeta*> sort_dependencies(std::vector<const db::models::ModelMeta*> models);

struct ReadOptions {
    Format format = Format::json;
    bool ignorenonexistent = false;  ///< Models and fields that are gone are skipped.
    std::string_view using_ = "default";
    /// Labels ("blog.article") and app labels that are skipped.
    std::vector<std::string> exclude = {};
};

/// Stores the objects of fixtures. To be used inside atomic: references are checked at its end.
class FixtureReader {
public:
    FixtureReader(std::vector<const db::models::ModelMeta*> models, ReadOptions options = {});
    ~FixtureReader();
    FixtureReader(const FixtureReader&) = delete;
    FixtureReader& operator=(const FixtureReader&) = delete;

    /// Reads one fixture; returns the number of objects stored. Throws DeserializationError.
    std::size_t read(std::string_view text);
    /// The models of the objects that were stored, each once.
    std::vector<const db::models::ModelMeta*> loaded() const;
    /// Resolves references to objects that came later; throws DeserializationError for those that never came.
    void finish();

private:
    struct State;
    State* state_;
};

}  // namespace nuages::serializers
