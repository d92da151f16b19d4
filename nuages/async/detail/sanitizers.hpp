// Which sanitizer is watching: both must be told about every switch of stacks.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define NUAGES_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define NUAGES_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NUAGES_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define NUAGES_TSAN 1
#endif
#endif

#if defined(NUAGES_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(NUAGES_TSAN)
#include <sanitizer/tsan_interface.h>
#endif
