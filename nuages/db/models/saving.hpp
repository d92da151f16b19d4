// Writing objects: the rules of Django's save(), bulk_create() and delete().
#pragma once

#include <nuages/base/slice.hpp>
#include <nuages/db/models/query.hpp>

#include <string_view>
#include <vector>

namespace nuages::db::models {

struct SaveOptions {
    bool force_insert = false;
    bool force_update = false;
    std::vector<Name> update_fields;  ///< empty: all
    std::string_view using_ = {};     ///< "": what the routers say, else the object's own, else the default one
    bool raw = false;                 ///< a fixture's object: written as it is, no auto_now, no related objects
    bool adding = false;              ///< surely new: no UPDATE is tried where the key has a default
};

template <class M> class FieldNames;
/// SaveOptions of a model, whose names the compiler checks: article.save({.update_fields = {"title"}}).
template <class M> struct SaveOptionsOf {
    bool force_insert = false;
    bool force_update = false;
    FieldNames<M> update_fields = {};
    std::string_view using_ = {};
    SaveOptions plain() const {
        return {.force_insert = force_insert, .force_update = force_update, .update_fields = update_fields.list(), .using_ = using_};
    }
};

/// The defaults of a new object's fields that are callables, and post_init: run-time code calls it after
/// Instance::create. C++ constructors do it by themselves.
void initialize(const ModelMeta& meta, void* object);

/// Writes `object`: INSERT without key (or with force_insert), else UPDATE, and INSERT where no row was there.
/// What the database made (keys, generated columns, defaults, values of expressions) is set in the object. Relations to
/// unsaved objects are refused with Django's text. pre_save and post_save are sent.
void save(const ModelMeta& meta, void* object);
void save(const ModelMeta& meta, void* object, const SaveOptions& options);

/// Keyword arguments of delete_().
struct DeleteOptions {
    std::string_view using_ = {};  ///< "": what the routers say, else the object's own, else the default one
    bool keep_parents = false;     ///< the row of the table that the model extends stays
};
/// Deletes `object` and what hangs on it; its key is cleared.
Deleted delete_object(const ModelMeta& meta, void* object, const DeleteOptions& options = {});

/// `UPDATE ... WHERE pk = object's` of these assignments, then reads the named fields again into the object.
void update_object(const ModelMeta& meta, void* object, const std::vector<Assignment>& assignments,
                   std::string_view database = {});

/// Reads all columns (or those named) again, out of the rows `from` where it is given: with a lock, or of one's own
/// database. DoesNotExist as ObjectDoesNotExist with Django's text.
void refresh(const ModelMeta& meta, void* object);
void refresh(const ModelMeta& meta, void* object, const std::vector<Name>& fields, std::string_view database = {},
             const Query* from = nullptr);

struct BulkCreateOptions {
    std::int64_t batch_size = 0;  ///< 0: as many as the database's limit of parameters allows
    bool ignore_conflicts = false;
    bool update_conflicts = false;
    std::vector<Name> update_fields, unique_fields;
    std::string_view using_ = {};
};

/// BulkCreateOptions of a model, whose names the compiler checks.
template <class M> struct BulkCreateOptionsOf {
    std::int64_t batch_size = 0;
    bool ignore_conflicts = false;
    bool update_conflicts = false;
    FieldNames<M> update_fields = {}, unique_fields = {};
    std::string_view using_ = {};
    BulkCreateOptions plain() const {
        return {batch_size, ignore_conflicts, update_conflicts, update_fields.list(), unique_fields.list(), using_};
    }
};

/// Inserts `objects` in as few statements as fit, in one transaction; generated keys are set in them.
void bulk_create(const ModelMeta& meta, Slice<void* const> objects);
void bulk_create(const ModelMeta& meta, Slice<void* const> objects, const BulkCreateOptions& options);

/// bulk_update(): one UPDATE per batch, with CASE WHEN pk or joined with a list of values; returns the rows matched.
std::int64_t bulk_update(const ModelMeta& meta, Slice<void* const> objects, const std::vector<Name>& fields,
                         std::int64_t batch_size = 0, std::string_view database = {});

}  // namespace nuages::db::models
