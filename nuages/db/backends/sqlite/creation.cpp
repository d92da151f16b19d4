#include <nuages/db/backends/sqlite/creation.hpp>
#include <nuages/db/errors.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace nuages::db::sqlite {

namespace {

void remove_files(const std::string& file) {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) {
        const std::string path = file + end;
        if (std::remove(path.c_str()) != 0 && errno != ENOENT)
            throw OperationalError("Cannot remove the database for tests " + path + ": " + std::strerror(errno));
    }
}

}  // namespace

conf::DatabaseUrl SqliteCreation::create_test_db(const conf::DatabaseUrl& url, std::string_view suffix) const {
    conf::DatabaseUrl made = url;
    if (suffix.empty() || url.in_memory()) {
        made.name = ":memory:";
        return made;
    }
    const std::size_t slash = url.name.rfind('/');
    const std::size_t at = slash == url.name.npos ? 0 : slash + 1;
    made.name = url.name.substr(0, at) + "test_" + std::string(suffix) + "_" + url.name.substr(at);
    remove_files(made.name);
    return made;
}

void SqliteCreation::destroy_test_db(const conf::DatabaseUrl& test_url) const {
    if (!test_url.in_memory()) remove_files(test_url.name);
}

}  // namespace nuages::db::sqlite
