#include "loader.hpp"

#include <nuages/db/connection.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <utility>

using nuages::atomic;
using nuages::connection;

namespace catalogue {
namespace {

/// How many rows one DELETE or one transaction of single UPDATEs takes at most.
constexpr std::size_t kChunk = 500;

/// FNV-1a, 64 bits. Bump the seed when a change of the parser must reach packages whose stanzas have not changed.
std::int64_t fingerprint_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return static_cast<std::int64_t>(hash);
}

std::string maintainer_key(std::string_view name, std::string_view email) {
    return std::string(name) + '\n' + std::string(email);
}

/// Calls WORK with at most kChunk of ITEMS at a time, each time in a transaction of its own.
template <class T, class Work> void in_chunks(const std::vector<T>& items, Work work) {
    for (std::size_t begin = 0; begin < items.size(); begin += kChunk) {
        const std::size_t end = std::min(items.size(), begin + kChunk);
        atomic([&] { work(std::vector<T>(items.begin() + begin, items.begin() + end)); });
    }
}

/// Gives the one section or maintainer of ROW its count, or deletes it when nothing is left to count.
template <class Row> void set_count(const Row& row, std::int64_t before, std::int64_t count) {
    if (count == 0) {
        row.delete_();
    } else if (count != before) {
        row.update("package_count"_f = count);
    }
}

template <class T> void append(std::vector<T>& to, std::vector<T>& from, std::int64_t package) {
    for (T& row : from) {
        row.package = package;
        to.push_back(std::move(row));
    }
}

}  // namespace

Loader::Loader() {
    for (auto& [name, id, fingerprint] : Package::objects.values_list("name"_f, "id"_f, "fingerprint"_f)) {
        packages_[name] = {.id = id, .fingerprint = fingerprint};
    }
    for (auto& [name, id] : Section::objects.values_list("name"_f, "id"_f)) sections_[name] = id;
    for (auto& [name, id] : Tag::objects.values_list("name"_f, "id"_f)) tags_[name] = id;
    for (auto& [name, email, id] : Maintainer::objects.values_list("name"_f, "email"_f, "id"_f)) {
        maintainers_[maintainer_key(name, email)] = id;
    }
}

void Loader::take(const Stanza& stanza, const PackageRecord& record) {
    installed_only_ = installed_only_ || stanza.find("Status");
    if (!record.installed) return;
    Known& known = packages_[std::string(record.name)];
    if (std::exchange(known.taken, true)) {
        ++report.repeated;
        return;
    }
    const std::int64_t fingerprint = fingerprint_of(stanza.text);
    if (known.id != 0 && known.fingerprint == fingerprint) {
        ++report.unchanged;
        return;
    }
    ++(known.id != 0 ? report.updated : report.created);

    Pending pending{.package = {.name = record.name,
                                .version = record.version,
                                .architecture = record.architecture,
                                .source = record.source,
                                .priority = record.priority,
                                .summary = record.summary,
                                .homepage = record.homepage,
                                .installed_size = record.installed_size,
                                .download_size = record.download_size,
                                .essential = record.essential,
                                .fingerprint = fingerprint},
                    .section = std::string(record.section.empty() ? "unknown" : record.section),
                    .maintainer_name = std::string(record.maintainer_name),
                    .maintainer_email = std::string(record.maintainer_email),
                    .tags = {record.tags.begin(), record.tags.end()}};
    pending.package.id = known.id;
    for (const Relation& relation : record.relations) {
        pending.dependencies.push_back({.kind = relation.kind,
                                        .group = relation.group,
                                        .target_name = relation.name,
                                        .architecture = relation.architecture,
                                        .comparison = relation.comparison,
                                        .version = relation.version});
    }
    for (const Provided& provided : record.provides) {
        pending.provides.push_back({.name = provided.name, .version = provided.version});
    }
    pending_.push_back(std::move(pending));
}

std::int64_t Loader::section(std::string_view name) {
    if (auto found = sections_.find(name); found != sections_.end()) return found->second;
    return sections_[std::string(name)] = Section::objects.create({.name = name}).id;
}

std::int64_t Loader::maintainer(std::string_view name, std::string_view email) {
    const std::string key = maintainer_key(name, email);
    if (auto found = maintainers_.find(key); found != maintainers_.end()) return found->second;
    return maintainers_[key] = Maintainer::objects.create({.name = name, .email = email}).id;
}

std::int64_t Loader::tag(std::string_view name) {
    if (auto found = tags_.find(name); found != tags_.end()) return found->second;
    return tags_[std::string(name)] = Tag::objects.create({.name = name}).id;
}

void Loader::write_batch() {
    if (pending_.empty()) return;
    atomic([&] {
        write_packages();
        write_parts();
    });
    pending_.clear();
}

/// Inserts the new packages, updates the others and clears their parts.
void Loader::write_packages() {
    std::vector<Package> created;
    std::vector<std::int64_t> updated;
    for (Pending& pending : pending_) {
        Package& package = pending.package;
        package.section = section(pending.section);
        package.maintainer = maintainer(pending.maintainer_name, pending.maintainer_email);
        if (package.id == 0) {
            created.push_back(package);
        } else {
            package.save();
            updated.push_back(package.id);
        }
    }
    Dependency::objects.filter("package__in"_f = updated).delete_();
    Provides::objects.filter("package__in"_f = updated).delete_();
    PackageTag::objects.filter("package__in"_f = updated).delete_();

    Package::objects.bulk_create(created);
    for (const Package& package : created) packages_.find(package.name)->second.id = package.id;
}

void Loader::write_parts() {
    std::vector<Dependency> dependencies;
    std::vector<Provides> provides;
    std::vector<PackageTag> tags;
    for (Pending& pending : pending_) {
        Known& known = packages_.find(pending.package.name)->second;
        known.fingerprint = pending.package.fingerprint;
        append(dependencies, pending.dependencies, known.id);
        append(provides, pending.provides, known.id);
        for (const std::string& name : pending.tags) tags.push_back({.package = known.id, .tag = tag(name)});
    }
    for (Dependency& dependency : dependencies) {
        // A target that comes later in the file is tied at the end.
        const auto target = packages_.find(dependency.target_name);
        if (target != packages_.end() && target->second.id != 0) dependency.target = target->second.id;
    }
    Dependency::objects.bulk_create(dependencies);
    Provides::objects.bulk_create(provides);
    PackageTag::objects.bulk_create(tags);
}

void Loader::finish(std::string_view source) {
    write_batch();
    remove_missing();
    tie_relations();
    count_dependents();
    count_packages();
    record_run(source);
}

void Loader::remove_missing() {
    std::vector<std::int64_t> missing;
    for (const auto& [name, known] : packages_) {
        if (!known.taken) missing.push_back(known.id);
    }
    in_chunks(missing,
              [](const std::vector<std::int64_t>& ids) { Package::objects.filter("id__in"_f = ids).delete_(); });
    report.removed = static_cast<std::int64_t>(missing.size());
}

/// Gives relations whose package came after them their target.
void Loader::tie_relations() {
    atomic([] {
        connection().execute(
            "UPDATE catalogue_dependency SET target_id = "
            "(SELECT id FROM catalogue_package WHERE name = catalogue_dependency.target_name) "
            "WHERE target_id IS NULL AND target_name IN (SELECT name FROM catalogue_package)");
    });
}

/// Sets Package.dependents: how many packages name this one in Depends or Pre-Depends.
void Loader::count_dependents() {
    std::unordered_map<std::int64_t, std::int64_t> counts;
    for (auto [target, count] : connection().query<std::int64_t, std::int64_t>(
             "SELECT target_id, COUNT(DISTINCT package_id) FROM catalogue_dependency "
             "WHERE target_id IS NOT NULL AND kind IN ('depends', 'pre_depends') GROUP BY target_id")) {
        counts[target] = count;
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> changed;
    for (auto& [id, dependents] : Package::objects.values_list("id"_f, "dependents"_f)) {
        const auto found = counts.find(id);
        const std::int64_t count = found == counts.end() ? 0 : found->second;
        if (count != dependents) changed.emplace_back(id, count);
    }
    in_chunks(changed, [](const auto& chunk) {
        for (const auto& [id, count] : chunk) Package::objects.filter("id"_f = id).update("dependents"_f = count);
    });
}

/// Sets the counts of sections and maintainers; those without packages go.
void Loader::count_packages() {
    atomic([] {
        for (const auto& row : Section::objects.annotate("count"_f = Count("packages"_f)).list()) {
            set_count(Section::objects.filter("id"_f = row.id), row.package_count, row["count"_f]);
        }
        for (const auto& row : Maintainer::objects.annotate("count"_f = Count("packages"_f)).list()) {
            set_count(Maintainer::objects.filter("id"_f = row.id), row.package_count, row["count"_f]);
        }
    });
}

void Loader::record_run(std::string_view source) {
    atomic([&] {
        Load::objects.all().delete_();
        Load::objects.create({.source = source,
                              .installed_only = installed_only_,
                              .packages = report.packages(),
                              .dependencies = Dependency::objects.count(),
                              .maintainers = Maintainer::objects.count(),
                              .sections = Section::objects.count(),
                              .malformed = report.malformed});
    });
}

}  // namespace catalogue
