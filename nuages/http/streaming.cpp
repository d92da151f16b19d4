#include <nuages/http/streaming.hpp>

#include <nuages/base/error.hpp>

#include <unistd.h>

#include <algorithm>

namespace nuages::http {
namespace {

class Collector final : public ResponseStream {
public:
    void write(std::string_view chunk) override { text += chunk; }
    bool is_connected() const noexcept override { return true; }
    std::string text;
};

std::string read_file(const FileBody& file) {
    std::string bytes(file.size(), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t got = ::pread(file.descriptor(), bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(file.offset() + done));
        if (got <= 0) throw Error("The file of the response could not be read.");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

// "NAME: VALUE\n"; an id or a type that had a line break would become fields of its own.
void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos)
        throw BadHeaderError("The " + std::string(name) + " of an event can't contain line breaks or NUL.");
    out.append(name).append(": ").append(value).append("\n");
}

// All that an event stream takes as the end of a line: CR LF, LF, CR.
void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find_first_of("\r\n", start), text.size());
        out.append(prefix).append(text.substr(start, end - start)).append("\n");
        const bool is_pair = end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n';
        start = end + (is_pair ? 2 : 1);
    }
}

}  // namespace

Response StreamingHttpResponse(Function<void(ResponseStream&)> write, const ResponseOptions& options) {
    Response response({}, options);
    response.set_streaming_content(std::move(write));
    return response;
}

void ResponseStream::add_trailer(std::string_view name, std::string_view value) {
    check_header(name, value);
    if (!may_be_trailer(name))
        throw BadHeaderError("The header " + std::string(name) + " can't stand behind a body.");
    take_trailer(name, value);
}

void ResponseStream::take_trailer(std::string_view, std::string_view) {}

std::string body_of(const Response& response) {
    if (response.file()) return read_file(*response.file());
    if (!response.streaming()) return response.content;
    Collector collector;
    response.streaming_content()(collector);
    return std::move(collector.text);
}

void EventStream::send(const ServerEvent& event) {
    line_.clear();
    if (!event.event.empty()) append_field(line_, "event", event.event);
    if (event.id) append_field(line_, "id", *event.id);
    if (event.retry)
        append_field(line_, "retry", std::to_string(std::max<std::int64_t>(event.retry->microseconds / 1000, 0)));
    append_lines(line_, "data: ", event.data);
    line_ += '\n';
    out_.write(line_);
}

void EventStream::comment(std::string_view text) {
    line_.clear();
    append_lines(line_, ": ", text);
    line_ += '\n';
    out_.write(line_);
}

Response EventStreamResponse(Function<void(EventStream&)> write) {
    Response response({}, {.content_type = "text/event-stream"});
    response.set_streaming_content(
        [write = std::move(write)](ResponseStream& out) {
            EventStream events(out);
            write(events);
        },
        true);
    response.set("Cache-Control", "no-cache");
    response.set("X-Accel-Buffering", "no");  // nginx would hold the events back
    return response;
}

Response UpgradeResponse(std::string_view protocol, Function<void(UpgradedConnection&)> talk) {
    Response response({}, {.status = 101, .content_type = {}});
    response.set("Upgrade", protocol);
    response.set_upgrade(std::move(talk));
    return response;
}

}  // namespace nuages::http
