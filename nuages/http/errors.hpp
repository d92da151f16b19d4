// What a view or the framework throws to answer with an error. They are caught in one place (views' base handler),
// which turns them into responses.
#pragma once

#include <nuages/base/error.hpp>

namespace nuages::http {

/// Answered with 404 (django.http.Http404).
NUAGES_DEFINE_ERROR(Http404, Error);
/// Answered with 400 (django.core.exceptions.BadRequest).
NUAGES_DEFINE_ERROR(BadRequest, Error);
/// The Host header is malformed or not in ALLOWED_HOSTS: 400.
NUAGES_DEFINE_ERROR(DisallowedHost, SuspiciousOperation);
/// A redirect to a scheme other than http, https, ftp: 400.
NUAGES_DEFINE_ERROR(DisallowedRedirect, SuspiciousOperation);
/// The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE: 413.
NUAGES_DEFINE_ERROR(RequestDataTooBig, SuspiciousOperation);
/// More fields than DATA_UPLOAD_MAX_NUMBER_FIELDS: 400.
NUAGES_DEFINE_ERROR(TooManyFieldsSent, SuspiciousOperation);
/// The body could not be read: the client went away or sent less than it announced.
NUAGES_DEFINE_ERROR(UnreadablePostError, Error);
/// More files than DATA_UPLOAD_MAX_NUMBER_FILES: 400.
NUAGES_DEFINE_ERROR(TooManyFilesSent, SuspiciousOperation);
/// A multipart form is malformed: 400 (django.http.multipartparser).
NUAGES_DEFINE_ERROR(MultiPartParserError, BadRequest);
/// The client has gone before its response was complete (django.core.exceptions).
NUAGES_DEFINE_ERROR(RequestAborted, Error);
/// A header name, header value or cookie with CR, LF, NUL or another byte that may not stand there.
NUAGES_DEFINE_ERROR(BadHeaderError, Error);

}  // namespace nuages::http

namespace nuages {
using http::BadRequest;
using http::Http404;
}  // namespace nuages
