// Forward declarations of nuages/serializers.
#pragma once

namespace nuages::serializers {
class FixtureWriter;
class FixtureReader;
class DeserializationError;
}  // namespace nuages::serializers
