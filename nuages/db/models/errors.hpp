// Exceptions of models and queries, with Django's names.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/db/errors.hpp>

namespace nuages::db::models {

/// A name in a query leads nowhere, or a lookup does not fit its field.
NUAGES_DEFINE_ERROR(FieldError, Error);
/// ModelMeta::field() of an unknown name.
NUAGES_DEFINE_ERROR(FieldDoesNotExist, Error);
/// A value does not fit (Python's ValueError).
NUAGES_DEFINE_ERROR(ValueError, Error);
/// A call that makes no sense for the query (Python's TypeError).
NUAGES_DEFINE_ERROR(TypeError, Error);
/// A text does not fit its field (django.core.exceptions.ValidationError as queries raise it).
NUAGES_DEFINE_ERROR(InvalidValue, Error);
/// An unfetched relation was touched under FetchMode::raise.
NUAGES_DEFINE_ERROR(FieldFetchBlocked, Error);
/// Deletion meets PROTECT.
NUAGES_DEFINE_ERROR(ProtectedError, Error);
/// Deletion meets RESTRICT.
NUAGES_DEFINE_ERROR(RestrictedError, Error);
/// The query can have no rows (an empty `in`); the core catches it.
NUAGES_DEFINE_ERROR(EmptyResultSet, Error);
/// The condition holds for every row; the core catches it.
NUAGES_DEFINE_ERROR(FullResultSet, Error);

}  // namespace nuages::db::models
