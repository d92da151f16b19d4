#include "debian_control.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

using namespace catalogue;

namespace {

/// The one package of TEXT, or the failure. TEXT must outlive the views into it.
class One {
public:
    explicit One(std::string text)
        : text_(std::move(text)), reader_([this, done = false](char* out, std::size_t size) mutable {
              const std::size_t bytes = done ? 0 : std::min(size, text_.size());
              done = true;
              text_.copy(out, bytes);
              return bytes;
          }) {
        auto stanza = reader_.next();
        if (!stanza) return;
        result_ = *stanza ? parse_package(**stanza) : nuages::Result<PackageRecord>{nuages::Failure{stanza->error()}};
    }
    const PackageRecord& operator*() const { return result_.value(); }
    const PackageRecord* operator->() const { return &result_.value(); }
    std::string error() const { return result_.ok() ? "" : result_.error(); }

private:
    std::string text_;
    StanzaReader reader_;
    nuages::Result<PackageRecord> result_{nuages::Failure{"no stanza"}};
};

One package(const std::string& fields) { return One{"Package: p\nVersion: 1\n" + fields}; }

/// Relations as "group name:architecture comparison version", one per line.
std::string relations(const PackageRecord& record) {
    std::ostringstream out;
    for (const Relation& relation : record.relations) {
        out << relation.group << ' ' << relation.name;
        if (!relation.architecture.empty()) out << ':' << relation.architecture;
        if (!relation.comparison.empty()) out << ' ' << relation.comparison << ' ' << relation.version;
        out << '\n';
    }
    return out.str();
}

}  // namespace

TEST(DebianControl, TakesTheFactsOfAPackage) {
    One p{
        "Package: zlib1g\nSource: zlib (1:1.2.13)\nVersion: 1:1.2.13.dfsg-1\nInstalled-Size: 159\nSize: 86692\n"
        "Maintainer: Mark Brown <mark@example.org>\nArchitecture: amd64\nSection: libs\nPriority: required\n"
        "Essential: yes\nHomepage: http://zlib.net/\nDescription: compression library\n The long text.\n"};
    EXPECT_EQ(p->name, "zlib1g");
    EXPECT_EQ(p->source, "zlib");
    EXPECT_EQ(p->version, "1:1.2.13.dfsg-1");
    EXPECT_EQ(p->architecture, "amd64");
    EXPECT_EQ(p->section, "libs");
    EXPECT_EQ(p->priority, "required");
    EXPECT_EQ(p->homepage, "http://zlib.net/");
    EXPECT_EQ(p->summary, "compression library");
    EXPECT_EQ(p->maintainer_name, "Mark Brown");
    EXPECT_EQ(p->maintainer_email, "mark@example.org");
    EXPECT_EQ(p->installed_size, 159 * 1024);
    EXPECT_EQ(p->download_size, 86692);
    EXPECT_TRUE(p->essential);
    EXPECT_TRUE(p->installed);
}

TEST(DebianControl, ReadsAlternativesAsGroups) {
    EXPECT_EQ(relations(*package("Depends: a | b | c, d, e|f\n")), "1 a\n1 b\n1 c\n2 d\n3 e\n3 f\n");
}

TEST(DebianControl, ReadsVersionsWithAndWithoutSpace) {
    EXPECT_EQ(relations(*package("Depends: a (>= 1:2.0~rc1), b(<<3), c ( = 4-1 ), d (<= 5) | e (>> 6)\n")),
              "1 a >= 1:2.0~rc1\n2 b << 3\n3 c = 4-1\n4 d <= 5\n4 e >> 6\n");
}

TEST(DebianControl, ReadsObsoleteComparisonsAsDpkgDoes) {
    EXPECT_EQ(relations(*package("Depends: a (< 1), b (> 2)\n")), "1 a <= 1\n2 b >= 2\n");
}

TEST(DebianControl, KeepsTheArchitectureQualifier) {
    EXPECT_EQ(relations(*package("Depends: python3:any (>= 3.9~), libc6:amd64\n")),
              "1 python3:any >= 3.9~\n2 libc6:amd64\n");
}

TEST(DebianControl, ToleratesRestrictionsOfArchitecturesAndProfiles) {
    EXPECT_EQ(relations(*package("Depends: a [amd64 !i386] <!nocheck> <cross>, b (>= 2) [any] | c <stage1>\n")),
              "1 a\n2 b >= 2\n2 c\n");
}

TEST(DebianControl, ReadsFoldedRelations) {
    EXPECT_EQ(relations(*package("Depends:\n a,\n b |\n\tc\n")), "1 a\n2 b\n2 c\n");
}

TEST(DebianControl, TakesAnEmptyRelationFieldAsNone) { EXPECT_EQ(relations(*package("Depends:\nBreaks: \n")), ""); }

TEST(DebianControl, KnowsTheKindOfARelation) {
    One p = package("Suggests: a\nPre-Depends: b\nReplaces: c\nConflicts: d\nDepends: e\n");
    std::string kinds;
    for (const Relation& relation : p->relations) {
        kinds.append(relation.name).append(std::to_string(static_cast<int>(relation.kind)));
    }
    EXPECT_EQ(kinds, "e0b1a3d6c7");
}

TEST(DebianControl, NamesTheLineOfAMalformedRelation) {
    EXPECT_EQ(package("Depends: a,\n b,\n c (1.0)\n").error(),
              "line 5: Depends: a version without one of << <= = >= >>");
    EXPECT_EQ(package("Depends: a (>= 1\n").error(), "line 3: Depends: a version that does not end with \")\"");
    EXPECT_EQ(package("Depends: a (>= )\n").error(), "line 3: Depends: not a version: \"\"");
    EXPECT_EQ(package("Depends: a b\n").error(), "line 3: Depends: expected \",\" or \"|\" after \"a\"");
    EXPECT_EQ(package("Depends: a,, b\n").error(), "line 3: Depends: not a package name: \"\"");
    EXPECT_EQ(package("Depends: a,\n").error(), "line 3: Depends: not a package name: \"\"");
    EXPECT_EQ(package("Depends: -a\n").error(), "line 3: Depends: not a package name: \"-a\"");
    EXPECT_EQ(package("Depends: ${misc:Depends}\n").error(), "line 3: Depends: not a package name: \"${misc\"");
    EXPECT_EQ(package("Depends: a: (>= 1)\n").error(), "line 3: Depends: not an architecture: \"\"");
    EXPECT_EQ(package("Depends: a [amd64\n").error(), "line 3: Depends: architectures that do not end");
    EXPECT_EQ(package("Depends: a <!nocheck\n").error(), "line 3: Depends: profiles that do not end");
}

TEST(DebianControl, ReadsProvidesWithVersions) {
    One p = package("Provides: mail-transport-agent, libdigest-perl (= 1.20)\n");
    ASSERT_EQ(p->provides.size(), 2u);
    EXPECT_EQ(p->provides[0].name, "mail-transport-agent");
    EXPECT_EQ(p->provides[0].version, "");
    EXPECT_EQ(p->provides[1].name, "libdigest-perl");
    EXPECT_EQ(p->provides[1].version, "1.20");
    EXPECT_EQ(package("Provides: a (>= 1)\n").error(), "line 3: Provides: only \"=\" makes sense here, for \"a\"");
    EXPECT_EQ(package("Provides: a | b\n").error(), "line 3: Provides: alternatives make no sense here");
}

TEST(DebianControl, ReadsFoldedTagsOnceEach) {
    One p = package("Tag: role::program, works-with::text,\n works-with::text,\n implemented-in::c++\n");
    EXPECT_EQ(p->tags, (std::vector<std::string_view>{"role::program", "works-with::text", "implemented-in::c++"}));
    EXPECT_EQ(package("Tag: a, , b\n").error(), "line 3: Tag: an empty tag");
    EXPECT_EQ(package("Tag: a b\n").error(), "line 3: Tag: expected \",\" after \"a\"");
}

TEST(DebianControl, TakesTheDescriptionInEnglishOrInWhatThereIs) {
    EXPECT_EQ(package("Description: short\n long\n .\n long\n")->summary, "short");
    EXPECT_EQ(package("Description-md5: 00ff\nDescription-de: kurz\nDescription-en: short\n")->summary, "short");
    EXPECT_EQ(package("Description-md5: 00ff\nDescription-de: kurz\n")->summary, "kurz");
    EXPECT_EQ(package("Description-md5: 00ff\n")->summary, "");
}

TEST(DebianControl, ReadsMaintainersWithoutNameOrAddress) {
    One quoted = package("Maintainer: \"Lovelace, Ada\" <ada@example.org>\n");
    EXPECT_EQ(quoted->maintainer_name, "Lovelace, Ada");
    EXPECT_EQ(quoted->maintainer_email, "ada@example.org");
    One nameless = package("Maintainer: <ada@example.org>\n");
    EXPECT_EQ(nameless->maintainer_name, "ada@example.org");
    One homeless = package("Maintainer: Ada Lovelace\n");
    EXPECT_EQ(homeless->maintainer_name, "Ada Lovelace");
    EXPECT_EQ(homeless->maintainer_email, "");
}

TEST(DebianControl, RefusesSizesThatAreNone) {
    EXPECT_EQ(package("Size: 5000000000\n")->download_size, 5'000'000'000);
    EXPECT_EQ(package("Size: -1\n").error(), "line 3: Size: not a size: \"-1\"");
    EXPECT_EQ(package("Size: 12 MB\n").error(), "line 3: Size: not a size: \"12 MB\"");
    EXPECT_EQ(package("Installed-Size: 99999999999999999999\n").error(),
              "line 3: Installed-Size: not a size: \"99999999999999999999\"");
}

TEST(DebianControl, NeedsANameAndAVersion) {
    EXPECT_EQ(One{"Version: 1\n"}.error(), "line 1: a stanza without a Package field");
    EXPECT_EQ(One{"Package: a b\nVersion: 1\n"}.error(), "line 1: Package: not a package name: \"a b\"");
    EXPECT_EQ(One{"Package: a\n"}.error(), "line 1: a has no Version field");
    EXPECT_EQ(One{"Package: a\nVersion: 1 2\n"}.error(), "line 2: Version: not a version: \"1 2\"");
}

TEST(DebianControl, KnowsWhatDpkgOnlyRemembers) {
    EXPECT_TRUE(package("Status: install ok installed\n")->installed);
    EXPECT_FALSE(package("Status: deinstall ok config-files\n")->installed);
    EXPECT_FALSE(One { "Package: a\nStatus: purge ok not-installed\n" } -> installed);
}

TEST(DebianControl, ReadsTheTwoHundredStanzas) {
    std::ifstream file("catalogue/testdata/packages.txt", std::ios::binary);
    ASSERT_TRUE(file) << "run in examples/catalogue";
    StanzaReader reader{[&](char* out, std::size_t size) {
        file.read(out, static_cast<std::streamsize>(size));
        return static_cast<std::size_t>(file.gcount());
    }};
    int packages = 0;
    std::size_t relations = 0;
    std::string failures;
    while (auto stanza = reader.next()) {
        auto record =
            *stanza ? parse_package(**stanza) : nuages::Result<PackageRecord>{nuages::Failure{stanza->error()}};
        if (!record) {
            failures += record.error() + '\n';
        } else {
            ++packages;
            relations += record->relations.size();
        }
    }
    EXPECT_EQ(packages, 193);
    EXPECT_EQ(relations, 2510u);
    EXPECT_EQ(failures,
              "line 410: bad-no-version has no Version field\n"
              "line 845: Depends: a version without one of << <= = >= >>\n"
              "line 1244: a continuation line that continues no field\n"
              "line 1656: the field Version stands twice\n"
              "line 2054: a line without a colon\n"
              "line 2446: control characters, or not UTF-8\n"
              "line 2892: Package: not a package name: \"bad name\"\n");
}
