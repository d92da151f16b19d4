// Forward declarations of nuages/http.
#pragma once

namespace nuages::http {

struct HeaderView;
class Headers;
class QueryDict;
class Cookies;
struct Cookie;
struct CookieOptions;
struct RequestHead;
struct RequestOptions;
class Request;
class ResolverMatch;
class Response;
class JsonResponse;
class FileBody;
class ResponseStream;
class BodySource;
class UploadedFile;
class UploadedFiles;
struct MediaType;
class RequestMeta;
class EventStream;
class UpgradedConnection;
class Next;
struct Middleware;
class RequestBuilder;

}  // namespace nuages::http

namespace nuages {
using http::JsonResponse;
using http::Middleware;
using http::Next;
using http::QueryDict;
using http::Request;
using http::Response;
}  // namespace nuages
