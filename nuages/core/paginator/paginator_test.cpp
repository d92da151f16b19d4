#include <nuages/core/paginator/paginator.hpp>

#include <gtest/gtest.h>

#include <list>

using namespace nuages;
using core::paginator::PageMark;

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> all;
    for (int i = 1; i <= n; ++i) all.push_back(i);
    return all;
}

template <class E, class F> std::string message_of(F f) {
    try {
        f();
    } catch (const E& error) {
        return error.what();
    }
    return "no such error";
}

std::string marks(const std::vector<PageMark>& list) {
    std::string out;
    for (const PageMark& mark : list) out += (out.empty() ? "" : " ") + mark.str();
    return out;
}

/// A lazy list that tells how it was asked, as a queryset would be.
struct Asked {
    int* counts;
    std::vector<int> all = numbers(55);
    std::int64_t count() const { return ++*counts, static_cast<std::int64_t>(all.size()); }
    std::vector<int> slice(std::int64_t offset, std::int64_t limit) const {
        return {all.begin() + offset, all.begin() + offset + limit};
    }
};

TEST(Paginator, CutsAContainerIntoPages) {
    Paginator paginator{numbers(10), 4};
    EXPECT_EQ(paginator.count(), 10);
    EXPECT_EQ(paginator.num_pages(), 3);
    EXPECT_EQ(paginator.page(3).object_list, (std::vector<int>{9, 10}));
    EXPECT_EQ(paginator.page_range(), (std::vector<std::int64_t>{1, 2, 3}));
    auto page = paginator.page("2");
    EXPECT_EQ(page.start_index(), 5);
    EXPECT_EQ(page.end_index(), 8);
    EXPECT_EQ(page.next_page_number(), 3);
    EXPECT_EQ(page.previous_page_number(), 1);
    EXPECT_EQ(page.str(), "<Page 2 of 3>");
    std::list<int> linked{1, 2, 3};
    EXPECT_EQ((Paginator{linked, 2}.page(2).object_list), std::vector<int>{3});
}

TEST(Paginator, OrphansJoinThePageBeforeThem) {
    EXPECT_EQ((Paginator{numbers(11), 5, {.orphans = 1}}.num_pages()), 2);
    EXPECT_EQ((Paginator{numbers(11), 5, {.orphans = 1}}.page(2).size()), 6);
    EXPECT_EQ((Paginator{numbers(12), 5, {.orphans = 1}}.num_pages()), 3);
    EXPECT_EQ((Paginator{numbers(1), 5, {.orphans = 3}}.page(1).size()), 1);
}

TEST(Paginator, RefusesPagesThatDoNotExistInDjangosWords) {
    Paginator paginator{numbers(10), 4};
    EXPECT_EQ(message_of<EmptyPage>([&] { paginator.page(0); }), "That page number is less than 1");
    EXPECT_EQ(message_of<EmptyPage>([&] { paginator.page(4); }), "That page contains no results");
    EXPECT_EQ(message_of<EmptyPage>([&] { paginator.page("99999999999999999999999"); }),
              "That page contains no results");
    EXPECT_EQ(message_of<PageNotAnInteger>([&] { paginator.page("x"); }), "That page number is not an integer");
    EXPECT_EQ(message_of<PageNotAnInteger>([&] { paginator.page(""); }), "That page number is not an integer");
    EXPECT_EQ(message_of<EmptyPage>([&] { paginator.page(3).next_page_number(); }), "That page contains no results");
    Paginator own{numbers(1), 4, {.error_messages = {.no_results = "Nothing here"}}};
    EXPECT_EQ(message_of<EmptyPage>([&] { own.page(2); }), "Nothing here");
    EXPECT_THROW((Paginator{numbers(1), 0}), Error);
}

TEST(Paginator, GetPageAlwaysFindsOne) {
    Paginator paginator{numbers(10), 4};
    EXPECT_EQ(paginator.get_page("x").number(), 1);
    EXPECT_EQ(paginator.get_page("").number(), 1);
    EXPECT_EQ(paginator.get_page(std::optional<std::string>()).number(), 1);
    EXPECT_EQ(paginator.get_page(" 2 ").number(), 2);
    EXPECT_EQ(paginator.get_page("0").number(), 3);
    EXPECT_EQ(paginator.get_page(-1).number(), 3);
    EXPECT_EQ(paginator.get_page("1_0").number(), 3);
    EXPECT_EQ(paginator.get_page("2__0").number(), 1);
    EXPECT_EQ(paginator.get_page("-99999999999999999999").number(), 3);
}

TEST(Paginator, AnEmptyListHasOneEmptyPageUnlessForbidden) {
    Paginator paginator{std::vector<int>(), 4};
    EXPECT_EQ(paginator.num_pages(), 1);
    EXPECT_EQ(paginator.get_page("7").size(), 0);
    EXPECT_EQ(paginator.page(1).start_index(), 0);
    EXPECT_EQ(paginator.page(1).end_index(), 0);
    EXPECT_FALSE(paginator.page(1).has_other_pages());
    Paginator strict{std::vector<int>(), 4, {.allow_empty_first_page = false}};
    EXPECT_EQ(strict.num_pages(), 0);
    EXPECT_THROW(strict.page(1), EmptyPage);
    EXPECT_EQ(strict.get_page(1).size(), 0);
}

TEST(Paginator, CountsALazyListOnceAndSlicesOnlyThePage) {
    int counts = 0;
    Paginator paginator{Asked{&counts}, 20};
    auto page = paginator.get_page("3");
    EXPECT_EQ(page.object_list.size(), 15u);
    EXPECT_EQ(page.object_list.front(), 41);
    EXPECT_FALSE(page.has_next());
    EXPECT_EQ(counts, 1);
}

TEST(Paginator, ElidesLongRangesAsDjangoDoes) {
    Paginator paginator{numbers(500), 10};
    EXPECT_EQ(marks(paginator.get_elided_page_range(1)), "1 2 3 4 … 49 50");
    EXPECT_EQ(marks(paginator.get_elided_page_range(7)), "1 2 3 4 5 6 7 8 9 10 … 49 50");
    EXPECT_EQ(marks(paginator.get_elided_page_range(8)), "1 2 … 5 6 7 8 9 10 11 … 49 50");
    EXPECT_EQ(marks(paginator.get_elided_page_range(43)), "1 2 … 40 41 42 43 44 45 46 … 49 50");
    EXPECT_EQ(marks(paginator.get_elided_page_range(44)), "1 2 … 41 42 43 44 45 46 47 48 49 50");
    EXPECT_EQ(marks(paginator.get_elided_page_range(8, 1, 1)), "1 … 7 8 9 … 50");
    EXPECT_EQ(marks(Paginator{numbers(100), 10}.get_elided_page_range(5)), "1 2 3 4 5 6 7 8 9 10");
}

TEST(Page, AnswersTemplatesByDjangosNames) {
    auto page = Paginator{numbers(55), 20}.page(2);
    Value value = value_of(page);
    EXPECT_EQ(value.get("number").as_integer(), 2);
    EXPECT_TRUE(value.get("has_next").truthy());
    EXPECT_EQ(value.get("next_page_number").as_integer(), 3);
    EXPECT_EQ(value.get("paginator").get("num_pages").as_integer(), 3);
    EXPECT_EQ(value.get("paginator").get("count").as_integer(), 55);
    EXPECT_EQ(value.get("paginator").get("page_range").size(), 3);
    EXPECT_EQ(value.get("object_list").size(), 20);
    EXPECT_TRUE(value.get("no_such_thing").is_missing());
    EXPECT_EQ(value.str(), "<Page 2 of 3>");
    EXPECT_EQ(value.size(), 20);
    EXPECT_EQ(value.at(0).as_integer(), 21);
    std::int64_t sum = 0;
    value.iterate([&](Value item) { return sum += item.as_integer(), true; });
    EXPECT_EQ(sum, (21 + 40) * 20 / 2);
}

/// Rows that are fetched when a template first looks at them, as a queryset's are.
struct LazyRows {
    int* fetches;
    std::int64_t count() const { return 3; }
    LazyRows slice(std::int64_t, std::int64_t) const { return *this; }
    friend Value to_value(const LazyRows& rows) {
        ++*rows.fetches;
        return Value::list({1, 2, 3});
    }
};

TEST(Page, FetchesItsItemsOnceHoweverOftenTheyAreLookedAt) {
    int fetches = 0;
    auto page = Paginator{LazyRows{&fetches}, 10}.page(1);
    Value value = value_of(page);
    EXPECT_TRUE(value.get("object_list").truthy());
    EXPECT_EQ(value.at(0).as_integer() + value.at(2).as_integer(), 4);
    value.iterate([](Value) { return true; });
    EXPECT_EQ(fetches, 1);
    auto copy = page;
    EXPECT_EQ(value_of(copy).at(1).as_integer(), 2);
    EXPECT_EQ(fetches, 2);
}

TEST(Page, ACopyDoesNotBorrowFromTheOriginal) {
    auto original = std::optional(Paginator{std::vector<std::string>{"a", "b"}, 2}.page(1));
    EXPECT_EQ(value_of(*original).at(0).as_text(), "a");
    auto moved = std::move(*original);
    original.reset();
    EXPECT_EQ(value_of(moved).at(1).as_text(), "b");
}

TEST(Page, AnOwnedPageKeepsItsItemsAlive) {
    Value items;
    {
        Value value = value_owning(Paginator{std::vector<std::string>{"a", "b", "c"}, 2}.page(1));
        items = value.get("object_list");
    }
    EXPECT_EQ(items.at(1).as_text(), "b");
}

}  // namespace
