// What the catalogue keeps. Numbers that would cost a page an aggregate over all rows (what needs a package, how many
// packages a section has) are columns, which load_packages sets; each list that a page shows has an index in its order.
#pragma once

#include "debian_control.hpp"

#include <nuages/models.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace catalogue {

namespace models = nuages::models;
using namespace nuages::literals;
using nuages::Q;

enum class NoteState { pending, approved };

struct Section : models::Model<Section> {
    BigAutoField id;
    CharField name{{.max_length = 100, .unique = true}};
    PositiveIntegerField package_count{{.default_ = 0}};
    Reverse<struct Package, "section"> packages;

    static models::Meta<Section> meta() { return {.ordering = {"name"}}; }
    std::string str() const { return name; }
    std::string get_absolute_url() const;
    static consteval auto exposed() { return models::methods<&Section::get_absolute_url>(); }
};

struct Maintainer : models::Model<Maintainer> {
    BigAutoField id;
    CharField name{{.max_length = 200}};
    CharField email{{.max_length = 200}};
    PositiveIntegerField package_count{{.default_ = 0}};
    Reverse<struct Package, "maintainer"> packages;

    static models::Meta<Maintainer> meta() { return {.ordering = {"name"}, .unique_together = {{"name", "email"}}}; }
    std::string str() const { return name; }
    std::string get_absolute_url() const;
    static consteval auto exposed() { return models::methods<&Maintainer::get_absolute_url>(); }
};

struct Tag : models::Model<Tag> {
    BigAutoField id;
    CharField name{{.max_length = 100, .unique = true}};

    static models::Meta<Tag> meta() { return {.ordering = {"name"}}; }
    std::string str() const { return name; }
    /// `role` of role::program.
    std::string facet() const { return name.substr(0, name.find("::")); }
    /// `program` of role::program.
    std::string value() const { return name.substr(name.find("::") == name.npos ? 0 : name.find("::") + 2); }
    std::string get_absolute_url() const;
    static consteval auto exposed() { return models::methods<&Tag::facet, &Tag::value, &Tag::get_absolute_url>(); }
};

template <class Self> struct PackageQuerySet : models::QuerySetMethods<Self> {
    /// Each word of TEXT stands somewhere in the name or the summary. "Somewhere" is what no index can look up, so
    /// this reads the index over both columns from end to end, on a pool thread: other requests do not wait for it.
    Self search(std::string_view text) const;
    /// What depends on the package NAME.
    Self needing(std::string_view name) const;
    /// What stands in for NAME.
    Self providing(std::string_view name) const;
};

struct Package : models::Model<Package, PackageQuerySet> {
    BigAutoField id;
    CharField name{{.max_length = 150, .unique = true}};
    CharField version{{.max_length = 150}};
    CharField architecture{{.max_length = 50}};
    CharField source{{.max_length = 150}};
    CharField priority{{.max_length = 50}};
    CharField summary{{.max_length = 500}};
    TextField homepage;
    ForeignKey<Section> section{{.on_delete = models::CASCADE}};
    ForeignKey<Maintainer> maintainer{{.on_delete = models::CASCADE}};
    BigIntegerField installed_size{{.default_ = 0}};  // bytes
    BigIntegerField download_size{{.default_ = 0}};   // bytes
    BooleanField essential{{.default_ = false}};
    PositiveIntegerField dependents{{.default_ = 0}};  // packages that depend on this one
    BigIntegerField fingerprint;                       // of its stanza: has it changed?
    ManyToManyField<Tag> tags{{.through = models::through<struct PackageTag>}};
    Reverse<struct Dependency, "package"> dependencies;
    Reverse<struct Provides, "package"> provides;
    Reverse<struct Note, "package"> notes;

    static models::Meta<Package> meta() {
        return {.ordering = {"name"},
                .indexes = {{.fields = {"section", "name"}},
                            {.fields = {"-dependents", "name"}},
                            {.fields = {"-installed_size", "name"}},
                            {.fields = {"name", "summary"}}}};
    }
    std::string str() const { return name; }
    std::string get_absolute_url() const;
    static consteval auto exposed() { return models::methods<&Package::get_absolute_url>(); }
};

/// The tags of packages, as rows that load_packages can create in bulk.
struct PackageTag : models::Model<PackageTag> {
    BigAutoField id;
    ForeignKey<Package> package{{.on_delete = models::CASCADE}};
    ForeignKey<Tag> tag{{.on_delete = models::CASCADE}};

    static models::Meta<PackageTag> meta() { return {.unique_together = {{"package", "tag"}}}; }
};

/// One alternative of one relation: `a (>= 1) | b` is two rows in one group.
struct Dependency : models::Model<Dependency> {
    BigAutoField id;
    ForeignKey<Package> package{{.on_delete = models::CASCADE}};
    Choice<DependencyKind> kind;
    PositiveIntegerField group;  // counted from 1 in each kind
    CharField target_name{{.max_length = 150}};
    Nullable<ForeignKey<Package>> target{{.on_delete = models::SET_NULL}};  // none: a virtual package, or elsewhere
    CharField architecture{{.max_length = 50}};                             // the qualifier: any
    CharField comparison{{.max_length = 2}};
    CharField version{{.max_length = 150}};

    static models::Meta<Dependency> meta() {
        return {.ordering = {"id"}, .indexes = {{.fields = {"target", "kind", "package"}}}};
    }
};

struct Provides : models::Model<Provides> {
    BigAutoField id;
    ForeignKey<Package> package{{.on_delete = models::CASCADE}};
    CharField name{{.max_length = 150, .db_index = true}};
    CharField version{{.max_length = 150}};

    static models::Meta<Provides> meta() { return {.ordering = {"id"}, .verbose_name_plural = "provides"}; }
};

/// What a reader says about a package, shown once it is approved.
struct Note : models::Model<Note> {
    BigAutoField id;
    ForeignKey<Package> package{{.on_delete = models::CASCADE}};
    TextField text;
    Choice<NoteState> state{{.default_ = NoteState::pending}};
    CharField author_name{{.max_length = 100}};
    DateTimeField created{{.auto_now_add = true}};

    static models::Meta<Note> meta() { return {.ordering = {"created"}}; }
};

/// One run of load_packages that came to its end.
struct Load : models::Model<Load> {
    BigAutoField id;
    CharField source{{.max_length = 200}};  // "apt-cache dumpavail"
    BooleanField installed_only;            // it was dpkg's status
    PositiveIntegerField packages;
    PositiveIntegerField dependencies;
    PositiveIntegerField maintainers;
    PositiveIntegerField sections;
    PositiveIntegerField malformed;
    DateTimeField finished{{.auto_now_add = true}};

    static models::Meta<Load> meta() { return {.ordering = {"-id"}}; }
};

/// The words of a search, at most eight.
std::vector<std::string> words_of(std::string_view text);

template <class Self> Self PackageQuerySet<Self>::search(std::string_view text) const {
    Self found = this->self();
    for (const std::string& word : words_of(text)) {
        found = found.filter(("name__icontains"_f = word) || ("summary__icontains"_f = word));
    }
    return found;
}

template <class Self> Self PackageQuerySet<Self>::needing(std::string_view name) const {
    const std::vector strong{DependencyKind::depends, DependencyKind::pre_depends};
    return this->self().filter(
        "id__in"_f =
            Dependency::objects.filter("target__name"_f = name, "kind__in"_f = strong).values_flat("package"_f));
}

template <class Self> Self PackageQuerySet<Self>::providing(std::string_view name) const {
    return this->self().filter("id__in"_f = Provides::objects.filter("name"_f = name).values_flat("package"_f));
}

}  // namespace catalogue
