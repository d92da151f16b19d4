// Exceptions of models and queries, with Django's names.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/instance.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// A name in a query leads nowhere, or a lookup does not fit its field.
NUAGES_DEFINE_ERROR(FieldError, Error);
/// ModelMeta::field() of an unknown name.
NUAGES_DEFINE_ERROR(FieldDoesNotExist, Error);
/// A value does not fit (Python's ValueError).
NUAGES_DEFINE_ERROR(ValueError, Error);
/// queryset[n] behind the last row (Python's IndexError).
NUAGES_DEFINE_ERROR(IndexError, Error);
/// A call that makes no sense for the query (Python's TypeError).
NUAGES_DEFINE_ERROR(TypeError, Error);
/// A text does not fit its field (django.core.exceptions.ValidationError as queries raise it).
NUAGES_DEFINE_ERROR(InvalidValue, Error);
/// An unfetched relation was touched under FetchMode::raise.
NUAGES_DEFINE_ERROR(FieldFetchBlocked, Error);
/// save() with force_update or update_fields found no row (Model.NotUpdated).
NUAGES_DEFINE_ERROR(NotUpdated, DatabaseError);

/// A deletion that other rows stand in the way of; `objects()` are those.
class DeletionRefused : public IntegrityError {
public:
    DeletionRefused(std::string message, std::vector<Ref<Instance>> objects);
    const std::vector<Ref<Instance>>& objects() const;

private:
    Ref<const RefCounted> objects_;  // the vector: catching an error needs no code of its type
};
/// Deletion meets PROTECT; `objects()` are Django's protected_objects.
NUAGES_DEFINE_ERROR(ProtectedError, DeletionRefused);
/// Deletion meets RESTRICT; `objects()` are Django's restricted_objects.
NUAGES_DEFINE_ERROR(RestrictedError, DeletionRefused);
/// The query can have no rows (an empty `in`); the core catches it.
NUAGES_DEFINE_ERROR(EmptyResultSet, Error);
/// The condition holds for every row; the core catches it.
NUAGES_DEFINE_ERROR(FullResultSet, Error);

}  // namespace nuages::db::models
