// The language and the time zone of the piece of work that runs.
#pragma once

#include <nuages/base/context_value.hpp>

namespace nuages::timezone {
class TimeZone;
}

namespace nuages::utils::detail {

struct Language;

struct LocaleState {
    const timezone::TimeZone* zone = nullptr;  // null: the default one
    const Language* language = nullptr;        // meaningful with has_language; null then: no translation at all
    bool has_language = false;                 // false: the default one
};

extern const ContextValue<LocaleState> locale_state;

}  // namespace nuages::utils::detail
