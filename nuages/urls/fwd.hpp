// Forward declarations of nuages/urls.
#pragma once

namespace nuages::routing {
struct Converter;
class Pattern;
struct Urls;
struct Include;
class UrlResolver;
class Resolver404;
class NoReverseMatch;
}  // namespace nuages::routing
