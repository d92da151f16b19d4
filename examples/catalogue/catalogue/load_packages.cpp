#include "load_packages.hpp"

#include "debian_control.hpp"
#include "loader.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

using nuages::Io;
using nuages::management::CommandError;

namespace catalogue {
namespace {

/// The file that a run reads; - is standard input.
class InputFile {
public:
    explicit InputFile(const std::string& name) : file_(name == "-" ? stdin : std::fopen(name.c_str(), "rb")) {
        if (!file_) throw CommandError("Cannot read " + name + ": " + std::strerror(errno));
        struct stat status {};
        if (fstat(fileno(file_), &status) == 0 && S_ISREG(status.st_mode)) {
            size_ = static_cast<std::uint64_t>(status.st_size);
        }
    }
    ~InputFile() {
        if (file_ != stdin) std::fclose(file_);
    }
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    std::size_t read(char* out, std::size_t size) {
        const std::size_t bytes = std::fread(out, 1, size, file_);
        if (bytes < size && std::ferror(file_))
            throw CommandError(std::string("Cannot read on: ") + std::strerror(errno));
        return bytes;
    }
    /// In bytes; nothing for a pipe.
    std::optional<std::uint64_t> size() const { return size_; }

private:
    std::FILE* file_;
    std::optional<std::uint64_t> size_;
};

/// Says how far a run is: a bar on a terminal, elsewhere a line for every tenth of the file.
class Progress {
public:
    Progress(Io& io, std::optional<std::uint64_t> size) : io_(io), size_(size) {}

    void at(std::uint64_t position) {
        if (!size_ || *size_ == 0) return;
        if (io_.is_terminal()) return io_.progress(position, *size_, "Loading packages");
        const std::uint64_t tenth = position * 10 / *size_;
        if (tenth > shown_ && io_.verbosity() > 0) io_.write(std::to_string(tenth * 10) + " %");
        shown_ = tenth;
    }
    void end() { io_.end_progress(); }

private:
    Io& io_;
    std::optional<std::uint64_t> size_;
    std::uint64_t shown_ = 0;
};

std::string summary_of(const LoadReport& report) {
    std::string text = std::to_string(report.packages()) + " packages: " + std::to_string(report.created) + " new, " +
                       std::to_string(report.updated) + " changed, " + std::to_string(report.unchanged) +
                       " as before; " + std::to_string(report.removed) + " removed";
    if (report.malformed > 0) text += "; " + std::to_string(report.malformed) + " malformed stanzas skipped";
    if (report.repeated > 0) text += "; " + std::to_string(report.repeated) + " repeated stanzas skipped";
    return text + '.';
}

void run(Io& io, std::string file, LoadOptions options) {
    if (options.batch_size < 1) throw CommandError("--batch-size must be at least 1.");
    InputFile input{file};
    Progress progress{io, input.size()};
    StanzaReader reader{[&](char* out, std::size_t size) { return input.read(out, size); }};
    if (options.source.empty()) options.source = file == "-" ? "standard input" : file;
    const LoadReport report = load_packages(reader,
                                            {.malformed = [&](std::string_view message) { io.warning(message); },
                                             .batch_written = [&](std::uint64_t position) { progress.at(position); }},
                                            options);
    progress.end();
    io.success(summary_of(report));
}

}  // namespace

LoadReport load_packages(StanzaReader& reader, const LoadListener& listener, LoadOptions options) {
    Loader loader;
    while (const auto stanza = reader.next()) {
        const auto record = *stanza ? parse_package(**stanza) : nuages::Failure{stanza->error()};
        if (!record) {
            ++loader.report.malformed;
            if (listener.malformed) listener.malformed(record.error());
            continue;
        }
        loader.take(**stanza, *record);
        if (loader.pending() >= options.batch_size) {
            loader.write_batch();
            if (listener.batch_written) listener.batch_written(reader.position());
        }
    }
    loader.write_batch();
    if (listener.batch_written) listener.batch_written(reader.position());
    loader.finish(options.source);
    return loader.report;
}

const nuages::Command load_packages_command{
    .name = "load_packages",
    .help = "Brings the catalogue to what a Packages file says.",
    .action = run,
    .arguments = {{"file", "Stanzas as apt-cache dumpavail prints them; - for standard input."},
                  {"--source", "Where they come from, as the first page says it."},
                  {"--batch-size", "Packages per transaction."}},
};

}  // namespace catalogue
