// dumpdata and loaddata: the site's objects as a fixture in Django's JSON form, and back.
#include <nuages/db/connection.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/serializers/fixtures.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

namespace nuages::management::detail {
namespace {

using db::models::Literal;
using db::models::ModelMeta;
using db::models::Name;
using db::models::QNode;
using db::models::Query;
using serializers::Format;

constexpr std::size_t kFixtureMax = std::size_t{1} << 31;

Format format_of(std::string_view name) {
    if (name == "json") return Format::json;
    if (name == "jsonl") return Format::jsonl;
    throw CommandError("Unknown serialization format: " + std::string(name));
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

/// The models that a label names: "blog" or "blog.Article".
std::vector<const ModelMeta*> models_of(const site::Registry& registry, std::string_view label) {
    const std::size_t dot = label.find('.');
    const site::App* app = registry.find_app(label.substr(0, dot));
    if (!app) throw CommandError("No installed app with label '" + std::string(label.substr(0, dot)) + "'.");
    std::vector<const ModelMeta*> models = registry.models(*app);
    if (dot == label.npos) return models;
    const std::string wanted = lower(label.substr(dot + 1));
    std::erase_if(models, [&](const ModelMeta* meta) { return meta->model_name != wanted; });
    if (models.empty()) throw CommandError("Unknown model: " + std::string(label));
    return models;
}

struct DumpOptions {
    std::string format = "json";
    std::int64_t indent = -1;
    std::string database = "default";
    std::vector<std::string> exclude;
    bool natural_foreign = false;
    bool natural_primary = false;
    bool all = false;
    std::string pks;
    std::string output;
};

/// A file that appears under its name when it is complete.
class OutputFile {
public:
    explicit OutputFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {
        file_ = std::fopen(part_.c_str(), "wb");
        if (!file_) fail();
    }
    ~OutputFile() {
        if (!file_) return;
        std::fclose(file_);
        std::remove(part_.c_str());
    }
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(std::string_view text) {
        if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
    }
    void finish() {
        FILE* file = std::exchange(file_, nullptr);
        if (std::fclose(file) != 0 || std::rename(part_.c_str(), path_.c_str()) != 0) {
            const int error = errno;
            std::remove(part_.c_str());
            errno = error;
            fail();
        }
    }

private:
    [[noreturn]] void fail() const { throw CommandError("Cannot write " + path_ + ": " + std::strerror(errno)); }
    std::string path_, part_;
    FILE* file_ = nullptr;
};

std::vector<Literal> keys_of(std::string_view list) {
    std::vector<Literal> keys;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        keys.emplace_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return keys;
}

void run_dumpdata(Io& io, std::vector<std::string> app_labels, DumpOptions options) {
    const site::Registry& registry = site::current().registry();
    std::vector<const ModelMeta*> models, excluded;
    for (const std::string& label : options.exclude)
        for (const ModelMeta* meta : models_of(registry, label)) excluded.push_back(meta);
    if (app_labels.empty()) models = registry.models();
    for (const std::string& label : app_labels)
        for (const ModelMeta* meta : models_of(registry, label))
            if (std::find(models.begin(), models.end(), meta) == models.end()) models.push_back(meta);
    std::erase_if(models, [&](const ModelMeta* meta) {
        return std::find(excluded.begin(), excluded.end(), meta) != excluded.end();
    });
    std::erase_if(models, [&](const ModelMeta* meta) { return !db::models::allow_migrate(options.database, *meta); });
    if (!options.pks.empty() && (app_labels.size() != 1 || models.size() != 1))
        throw CommandError("You can only use --pks option with one model");
    const auto dump = [&](serializers::FixtureWriter::Out out) {
        serializers::FixtureWriter writer(std::move(out), {.format = format_of(options.format),
                                                           .indent = static_cast<int>(options.indent),
                                                           .use_natural_foreign_keys = options.natural_foreign,
                                                           .use_natural_primary_keys = options.natural_primary,
                                                           .using_ = options.database});
        // One transaction: what is dumped belongs together.
        db::atomic(
            [&] {
                for (const ModelMeta* meta : serializers::sort_dependencies(models)) {
                    Query rows = Query(*meta).using_(options.database);
                    if (!options.pks.empty())
                        rows = rows.filter(QNode(Name::borrow("pk__in"), Literal(keys_of(options.pks))));
                    std::vector<db::models::OrderBy> order;
                    for (const db::models::Field* key : meta->pk_columns()) order.emplace_back(Name(key->attname));
                    writer.add_all(rows.order_by(std::move(order)));
                }
            },
            {.using_ = options.database});
        writer.finish();
    };
    if (options.output.empty()) return dump([&](std::string_view text) { io.print(text); });
    OutputFile file(options.output);
    dump([&](std::string_view text) { file.write(text); });
    file.finish();
}

struct LoadOptions {
    std::string database = "default";
    std::string app;
    bool ignorenonexistent = false;
    std::vector<std::string> exclude;
    std::string format;
};

std::string read_all(int descriptor, const std::string& name) {
    std::string text;
    char buffer[1 << 16];
    for (;;) {
        const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw CommandError("Cannot read " + name + ": " + std::strerror(errno));
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > kFixtureMax) throw CommandError(name + " is larger than 2 GiB");
    }
}

std::string read_file(const std::string& path) {
    FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) throw CommandError("Cannot read " + path + ": " + std::strerror(errno));
    struct Close {
        FILE* file;
        ~Close() { std::fclose(file); }
    } close{file};
    return read_all(fileno(file), path);
}

bool is_file(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

/// The files that a label stands for: a path, or a name in the fixtures folders of the apps, or below the working folder.
std::vector<std::string> find_fixtures(const site::Registry& registry, const std::string& label,
                                       const LoadOptions& options) {
    std::vector<std::string> names{label};
    if (!label.ends_with(".json") && !label.ends_with(".jsonl")) names = {label + ".json", label + ".jsonl"};
    std::vector<std::string> folders;
    if (!label.starts_with('/')) {
        for (const site::App* app : registry.apps()) {
            if (!options.app.empty() && app->get_label() != options.app) continue;
            std::string folder = app->name;
            std::replace(folder.begin(), folder.end(), '.', '/');
            folders.push_back(folder + "/fixtures/");
        }
    }
    if (options.app.empty()) folders.push_back("");
    std::vector<std::string> found;
    for (const std::string& folder : folders) {
        std::vector<std::string> here;
        for (const std::string& name : names)
            if (is_file(folder + name)) here.push_back(folder + name);
        if (here.size() > 1)
            throw CommandError("Multiple fixtures named '" + label + "' in '" + folder + "'. Aborting.");
        found.insert(found.end(), here.begin(), here.end());
    }
    if (found.empty()) throw CommandError("No fixture named '" + label + "' found.");
    return found;
}

// Rows whose foreign keys lead nowhere, while the transaction can still be rolled back with a good message.
void check_references(const db::Connection& connection) {
    if (connection.vendor() != "sqlite") return;  // others say it themselves
    std::string problem;
    connection.execute_raw("PRAGMA foreign_key_check", {}, [&](std::span<const db::Cell> cells) {
        if (!problem.empty() || cells.size() < 3) return;
        std::string row;
        if (!cells[1].is_null()) row = " with rowid " + std::to_string(cells[1].integer());
        problem = "The row in table '" + std::string(cells[0].text()) + "'" + row +
                  " has an invalid foreign key to table '" + std::string(cells[2].text()) + "'.";
    });
    if (!problem.empty()) throw CommandError("Problem installing fixtures: " + problem);
}

void run_loaddata(Io& io, std::vector<std::string> fixture, LoadOptions options) {
    if (fixture.empty())
        throw CommandError(
            "No database fixture specified. Please provide the path of at least one fixture in the command line.");
    const site::Registry& registry = site::current().registry();
    if (!options.app.empty()) registry.app(options.app);
    std::size_t objects = 0, files = 0;
    const auto load = [&](const std::string& name, const std::string& text, Format format) {
        serializers::FixtureReader reader(registry.models(), {.format = format,
                                                              .ignorenonexistent = options.ignorenonexistent,
                                                              .using_ = options.database,
                                                              .exclude = options.exclude});
        try {
            const std::size_t stored = reader.read(text);
            reader.finish();
            if (stored == 0 && options.exclude.empty())
                io.warning("No fixture data found for '" + name + "'. (The file format may be invalid.)");
            objects += stored;
        } catch (const serializers::DeserializationError& error) {
            throw CommandError("Problem installing fixture '" + name + "': " + error.message());
        }
        ++files;
    };
    db::atomic(
        [&] {
            for (const std::string& label : fixture) {
                if (label == "-") {
                    load("-", read_all(0, "standard input"), format_of(options.format.empty() ? "json" : options.format));
                    continue;
                }
                for (const std::string& path : find_fixtures(registry, label, options)) {
                    if (io.verbosity() >= 2) io.write("Installing fixture " + path);
                    load(path, read_file(path), path.ends_with(".jsonl") ? Format::jsonl : Format::json);
                }
            }
            check_references(db::connection(options.database));
        },
        {.using_ = options.database});
    if (io.verbosity() >= 1)
        io.write("Installed " + std::to_string(objects) + " object(s) from " + std::to_string(files) + " fixture(s)");
}

}  // namespace

const Command dumpdata_command{
    .name = "dumpdata",
    .help = "Output the contents of the database as a fixture of the given format, which loaddata (and Django's) reads.",
    .action = run_dumpdata,
    .arguments = {{"app_label", "Restricts dumped data to these app_label or app_label.ModelName."},
                  {"--format", "json, or jsonl for one object a line."},
                  {"--indent", "Spaces per level; without it all is on one line."},
                  {"--database", "Alias of the database."},
                  {"-e/--exclude", "An app_label or app_label.ModelName to leave out; may be repeated."},
                  {"--natural-foreign", "Refers to objects by their natural keys where they have one."},
                  {"--natural-primary", "Leaves out the primary keys of models that have natural keys."},
                  {"-a/--all", "Accepted for Django's sake: all rows are dumped anyway."},
                  {"--pks", "Only the rows with these primary keys, separated by commas; with one model."},
                  {"-o/--output", "A file to write; without it standard output."}},
};

const Command loaddata_command{
    .name = "loaddata",
    .help = "Installs the named fixture(s) in the database: files of dumpdata, of this framework's or of Django's.",
    .action = run_loaddata,
    .arguments = {{"fixture", "Paths or names of fixtures; - is standard input."},
                  {"--database", "Alias of the database."},
                  {"--app", "Only looks for fixtures in this app."},
                  {"-i/--ignorenonexistent", "Skips models and fields that are gone."},
                  {"-e/--exclude", "An app_label or app_label.ModelName to skip; may be repeated."},
                  {"--format", "Of standard input: json or jsonl."}},
};

}  // namespace nuages::management::detail
