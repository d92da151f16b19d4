#include "load_packages.hpp"

#include "models.hpp"
#include "packages.hpp"

#include <nuages/test.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

using namespace catalogue;
using namespace nuages::literals;

namespace {

std::string two_hundred_stanzas() {
    std::ifstream file("catalogue/testdata/packages.txt", std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Loaded {
    LoadReport report;
    std::string malformed;
};

Loaded load(const std::string& text, LoadOptions options = {.source = "a test", .batch_size = 50}) {
    StanzaReader reader{[&text, offset = std::size_t{0}](char* out, std::size_t size) mutable {
        const std::size_t bytes = std::min(size, text.size() - offset);
        text.copy(out, bytes, offset);
        offset += bytes;
        return bytes;
    }};
    Loaded loaded;
    loaded.report = load_packages(
        reader, {.malformed = [&](std::string_view message) { loaded.malformed.append(message) += '\n'; }}, options);
    return loaded;
}

std::string stanza(const std::string& name, const std::string& fields = "") {
    return "Package: " + name + "\nVersion: 1\nSection: misc\nMaintainer: Ada <ada@example.org>\nArchitecture: all\n" +
           fields + "\n";
}

/// All of the catalogue as text, keys left out: equal texts are equal catalogues.
std::string everything() {
    std::ostringstream out;
    for (const Package& package : Package::objects.select_related("section", "maintainer").order_by("name")) {
        out << package.name << '|' << package.version << '|' << package.summary << '|' << package.section->name << '|'
            << package.maintainer->name << '|' << package.maintainer->email << '|' << package.installed_size << '|'
            << package.dependents << '\n';
        for (const Relations& relations : relations_of(package)) {
            out << "  " << relations.slug << ':';
            for (const auto& group : relations.groups) {
                out << ',';
                for (const Dependency& row : group) {
                    out << ' ' << row.target_name << (row.target ? "*" : "") << ':' << row.architecture << '('
                        << row.comparison << row.version << ')';
                }
            }
            out << '\n';
        }
        for (const Provides& row : package.provides.all().order_by("name"))
            out << "  provides " << row.name << row.version << '\n';
        for (const Tag& tag : package.tags.all().order_by("name")) out << "  tag " << tag.name << '\n';
    }
    for (const Section& section : Section::objects.order_by("name")) {
        out << section.name << '=' << section.package_count << '\n';
    }
    for (const Maintainer& maintainer : Maintainer::objects.order_by("name", "email")) {
        out << maintainer.name << '=' << maintainer.package_count << '\n';
    }
    return out.str();
}

class LoadPackages : public nuages::test::TestCase {};

}  // namespace

TEST_F(LoadPackages, TakesTheTwoHundredStanzas) {
    const Loaded loaded = load(two_hundred_stanzas());
    EXPECT_EQ(loaded.report.created, 192);  // 200 without 7 malformed ones and one that is not installed
    EXPECT_EQ(loaded.report.malformed, 7);
    EXPECT_EQ(std::count(loaded.malformed.begin(), loaded.malformed.end(), '\n'), 7);
    EXPECT_NE(loaded.malformed.find("line 845: Depends: a version without one of << <= = >= >>\n"), std::string::npos);
    EXPECT_EQ(Package::objects.count(), 192);
    EXPECT_FALSE(Package::objects.filter("name"_f = "bad-relation").exists());
    EXPECT_FALSE(Package::objects.filter("name"_f = "removed-but-configured").exists());

    const auto run = Load::objects.first();
    ASSERT_TRUE(run);
    EXPECT_EQ(run->packages, 192);
    EXPECT_EQ(run->dependencies, Dependency::objects.count());
    EXPECT_EQ(run->malformed, 7);
    EXPECT_EQ(run->source, "a test");
}

TEST_F(LoadPackages, KeepsAlternativesVersionsAndQualifiers) {
    load(two_hundred_stanzas());
    const auto package = Package::objects.get("name"_f = "folded-relations");
    std::ostringstream out;
    for (const Dependency& row : package.dependencies.filter("kind"_f = DependencyKind::depends).order_by("id")) {
        out << row.group << ' ' << row.target_name << ' ' << row.architecture << ' ' << row.comparison << row.version
            << '\n';
    }
    EXPECT_EQ(out.str(),
              "1 libc6  >=2.36\n2 zlib1g  >=1:1.2.13\n2 libz-clone  <<3\n3 python3 any >=3.9~\n4 default-mta  \n"
              "4 mail-transport-agent  \n4 postfix  \n5 libseccomp2  \n6 libold  <=2\n7 libnew  >=2\n");
}

TEST_F(LoadPackages, TiesRelationsToPackagesThatComeBeforeAndAfter) {
    load(stanza("first", "Depends: second, nowhere\n") + stanza("second", "Depends: first\n"), {.batch_size = 1});
    EXPECT_EQ(Dependency::objects.get("target_name"_f = "second").target->name, "second");
    EXPECT_EQ(Dependency::objects.get("target_name"_f = "first").target->name, "first");
    EXPECT_FALSE(Dependency::objects.get("target_name"_f = "nowhere").target);
}

TEST_F(LoadPackages, CountsEachDependentOnceAndOnlyForStrongRelations) {
    load(stanza("base") + stanza("a", "Depends: base (>= 1), base (<< 2)\nPre-Depends: base\n") +
         stanza("b", "Recommends: base\n") + stanza("c", "Depends: x | base\n"));
    EXPECT_EQ(Package::objects.get("name"_f = "base").dependents, 2);
    EXPECT_EQ(Package::objects.get("name"_f = "a").dependents, 0);
}

TEST_F(LoadPackages, ChangesNothingTheSecondTime) {
    load(two_hundred_stanzas());
    const std::string before = everything();
    const std::int64_t rows = Dependency::objects.count();
    const Loaded second = load(two_hundred_stanzas());
    EXPECT_EQ(second.report.unchanged, 192);
    EXPECT_EQ(second.report.created + second.report.updated + second.report.removed, 0);
    EXPECT_EQ(Dependency::objects.count(), rows);
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(Load::objects.count(), 1);
}

TEST_F(LoadPackages, UpdatesWhatChangedAndRemovesWhatIsGone) {
    load(stanza("stays") + stanza("goes", "Tag: a::b\nProvides: thing\n") +
         stanza("changes", "Depends: goes, stays\nTag: a::b, c::d\n"));
    const Loaded second =
        load(stanza("stays") + stanza("changes", "Depends: stays\nTag: c::d\nSize: 7\n") + stanza("comes"));
    EXPECT_EQ(second.report.unchanged, 1);
    EXPECT_EQ(second.report.updated, 1);
    EXPECT_EQ(second.report.created, 1);
    EXPECT_EQ(second.report.removed, 1);
    const std::string updated = everything();
    EXPECT_EQ(updated.find("goes"), std::string::npos);

    // As if the second file had been the only one.
    Package::objects.all().delete_();
    load(stanza("stays") + stanza("changes", "Depends: stays\nTag: c::d\nSize: 7\n") + stanza("comes"));
    EXPECT_EQ(everything(), updated);
}

TEST_F(LoadPackages, KeepsARelationToARemovedPackageByName) {
    load(stanza("needs", "Depends: goes\n") + stanza("goes"));
    load(stanza("needs", "Depends: goes\n"));
    const auto row = Dependency::objects.get("target_name"_f = "goes");
    EXPECT_FALSE(row.target);
    load(stanza("needs", "Depends: goes\n") + stanza("goes"));
    EXPECT_TRUE(Dependency::objects.get("target_name"_f = "goes").target);
    EXPECT_EQ(Package::objects.get("name"_f = "goes").dependents, 1);
}

TEST_F(LoadPackages, KeepsNotesOfAPackageThatChanges) {
    load(stanza("noted"));
    const auto package = Package::objects.get("name"_f = "noted");
    Note::objects.create({.package = package, .text = "Good.", .author_name = "Ada"});
    load(stanza("noted", "Size: 3\n"));
    EXPECT_EQ(Package::objects.get("name"_f = "noted").id, package.id);
    EXPECT_EQ(Note::objects.count(), 1);
}

TEST_F(LoadPackages, TakesTheFirstOfStanzasWithOneName) {
    const Loaded loaded = load(stanza("twice", "Size: 1\n") + stanza("twice", "Size: 2\n"));
    EXPECT_EQ(loaded.report.created, 1);
    EXPECT_EQ(loaded.report.repeated, 1);
    EXPECT_EQ(Package::objects.get("name"_f = "twice").download_size, 1);
}

TEST_F(LoadPackages, DropsSectionsAndMaintainersWithoutPackages) {
    load(stanza("a"));
    load("Package: a\nVersion: 1\nSection: other\nMaintainer: Grace <g@example.org>\n");
    EXPECT_EQ(Section::objects.count(), 1);
    EXPECT_EQ(Section::objects.get().name, "other");
    EXPECT_EQ(Section::objects.get().package_count, 1);
    EXPECT_EQ(Maintainer::objects.get().name, "Grace");
}

TEST_F(LoadPackages, KnowsThatTheFileIsDpkgsStatus) {
    load(stanza("a"));
    EXPECT_FALSE(Load::objects.get().installed_only);
    load(stanza("a", "Status: install ok installed\n"));
    EXPECT_TRUE(Load::objects.get().installed_only);
}
