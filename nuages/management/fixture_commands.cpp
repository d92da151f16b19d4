// dumpdata and loaddata: the site's objects as a fixture in Django's JSON form, and back.
#include <nuages/db/connection.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/detail/fixture_files.hpp>
#include <nuages/serializers/fixtures.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>
#include <set>

namespace nuages::management::detail {
namespace {

using db::models::Literal;
using db::models::ModelMeta;
using db::models::Name;
using db::models::QNode;
using db::models::Query;
using serializers::Format;

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

// Keys that came with a fixture are not counted by the sequences that make the next ones.
void reset_sequences(const db::Connection& connection, const std::set<const ModelMeta*>& loaded) {
    const auto reset = [&](const ModelMeta& meta) {
        if (!meta.pk().is_auto()) return;
        const std::string sql = connection.operations().sequence_reset_sql(meta.db_table, meta.pk().column);
        if (!sql.empty()) connection.execute(sql);
    };
    for (const ModelMeta* meta : loaded) {
        reset(*meta);
        for (const db::models::Field* field : meta->many_to_many()) {
            if (meta->through(*field).auto_created) reset(meta->through(*field));
        }
    }
}

void run_loaddata(Io& io, std::vector<std::string> fixture, LoadOptions options) {
    if (fixture.empty())
        throw CommandError(
            "No database fixture specified. Please provide the path of at least one fixture in the command line.");
    const site::Registry& registry = site::current().registry();
    if (!options.app.empty()) registry.app(options.app);
    for (const std::string& label : options.exclude) models_of(registry, label);
    std::size_t objects = 0, files = 0;
    std::set<const ModelMeta*> loaded;
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
            for (const ModelMeta* meta : reader.loaded()) loaded.insert(meta);
        } catch (const serializers::DeserializationError& error) {
            throw CommandError("Problem installing fixture '" + name + "': " + error.message());
        }
        ++files;
    };
    db::atomic(
        [&] {
            for (const std::string& label : fixture) {
                if (label == "-") {
                    load("-", read_standard_input(), format_of(options.format.empty() ? "json" : options.format));
                    continue;
                }
                for (const std::string& path : find_fixtures(site::current(), label, options.app)) {
                    if (io.verbosity() >= 2) io.write("Installing fixture " + path);
                    load(path, read_fixture(path), format_of_path(path));
                }
            }
            check_references(db::connection(options.database));
            reset_sequences(db::connection(options.database), loaded);
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
                  {"-o/--output", "A file to write, compressed where it ends with .gz; without it standard output."}},
};

const Command loaddata_command{
    .name = "loaddata",
    .help = "Installs the named fixture(s) in the database: files of dumpdata, of this framework's or of Django's.",
    .action = run_loaddata,
    .arguments = {{"fixture", "Paths or names of fixtures, also compressed (.gz); - is standard input."},
                  {"--database", "Alias of the database."},
                  {"--app", "Only looks for fixtures in this app."},
                  {"-i/--ignorenonexistent", "Skips models and fields that are gone."},
                  {"-e/--exclude", "An app_label or app_label.ModelName to skip; may be repeated."},
                  {"--format", "Of standard input: json or jsonl."}},
};

}  // namespace nuages::management::detail
