// Files of fixtures: found by their label, read and written, plain or compressed (.gz).
#pragma once

#include <nuages/serializers/fixtures.hpp>
#include <nuages/site/fwd.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::management::detail {

/// "json" or "jsonl"; CommandError for another name.
serializers::Format format_of(std::string_view name);
/// The format that a path names with its ending, ".gz" aside.
serializers::Format format_of_path(std::string_view path);

/// The files that LABEL stands for: a path, or a name in the fixtures folders of the apps (of APP alone, where it is given),
/// in those of settings.fixture_dirs, or below the working folder. CommandError where there is none, or several in one folder.
std::vector<std::string> find_fixtures(const site::Site& site, const std::string& label, const std::string& app);

/// What is in a file, decompressed; at most 2 GiB. CommandError names the file and what is wrong with it.
std::string read_fixture(const std::string& path);
/// Standard input, to its end.
std::string read_standard_input();

/// A file that appears under its name when it is complete; compressed where the name ends with ".gz".
class OutputFile {
public:
    explicit OutputFile(std::string path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(std::string_view text);
    void finish();

private:
    [[noreturn]] void fail() const;
    std::string path_, part_;
    void* file_ = nullptr;  // a gzFile, which writes plain files too
};

}  // namespace nuages::management::detail
