#include <nuages/utils/reflection.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace nuages::utils;

namespace {

struct Address {
    std::string street;
    int number = 0;
};

struct Person {
    std::string name;
    std::optional<int> age;
    Address address;
    std::vector<std::string> tags;
    std::map<std::string, double> scores;
    bool class_ = false;
};

template <class T> struct Base { using reflection_base = Base; };
struct Derived : Base<Derived> {
    long id = 0;
    std::string title{"untitled"};
};
struct Empty {};

struct NoDefault {
    explicit NoDefault(int n) : n(n) {}
    int n;
};
struct HoldsNoDefault {
    int first;
    NoDefault second;
};

struct Wide {
    int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
    int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
    int e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9;
    int g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9;
    int i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, j0, j1, j2, j3, j4, j5;
};

static_assert(field_count<Person> == 6);
static_assert(field_count<Derived> == 2);
static_assert(field_count<Empty> == 0);
static_assert(field_count<HoldsNoDefault> == 2);
static_assert(field_count<Wide> == kMembersMax);
static_assert(std::is_same_v<member_t<Person, 1>, std::optional<int>>);
static_assert(std::is_same_v<member_t<Person, 2>, Address>);
static_assert(std::is_same_v<member_t<Derived, 1>, std::string>);

TEST(Reflection, NamesMembersInOrder) {
    std::vector<std::string_view> names(field_names<Person>.begin(), field_names<Person>.end());
    EXPECT_EQ(names, (std::vector<std::string_view>{"name", "age", "address", "tags", "scores", "class"}));
    EXPECT_EQ(field_names<Wide>[95], "j5");
}

TEST(Reflection, SeesPastABaseThatSaysItIsOne) {
    EXPECT_EQ(field_names<Derived>[0], "id");
    Derived derived{.id = 7};
    EXPECT_EQ(get_member<0>(derived), 7);
    EXPECT_EQ(get_member<1>(derived), "untitled");
}

TEST(Reflection, VisitsMembersOfConstAndMutableObjects) {
    Person person{.name = "Ada", .age = 36};
    for_each_member(person, [](std::string_view name, auto& member) {
        if constexpr (std::is_same_v<std::remove_reference_t<decltype(member)>, std::string>) member += name;
    });
    EXPECT_EQ(person.name, "Adaname");
    const Person& seen = person;
    std::size_t strings = 0, members = 0;
    for_each_member(seen, [&](std::string_view, const auto& member) {
        ++members;
        strings += std::is_same_v<std::decay_t<decltype(member)>, std::string>;
    });
    EXPECT_EQ(members, 6u);
    EXPECT_EQ(strings, 1u);
}

TEST(Reflection, NamesTypesThatAreLocalToAFunction) {
    struct Local {
        int first;
        std::string second;
    };
    EXPECT_EQ(field_names<Local>[1], "second");
    EXPECT_EQ(member_index<Local>("second"), 1);
    EXPECT_EQ(member_index<Local>("third"), -1);
}

TEST(Reflection, VisitsNothingInAnEmptyAggregate) {
    Empty empty;
    int calls = 0;
    for_each_member(empty, [&](std::string_view, auto&) { ++calls; });
    EXPECT_EQ(calls, 0);
}

}  // namespace
