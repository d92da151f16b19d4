// Forward declarations of nuages/utils.
#pragma once

namespace nuages {
struct Date;
struct Time;
struct DateTime;
struct Uuid;
class Value;
class Decimal;
}  // namespace nuages
