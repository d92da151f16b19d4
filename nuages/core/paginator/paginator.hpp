// Paginator and Page: a long list in pages, with Django's names and errors.
//
// The list is anything with count() and slice(offset, limit) (querysets, managers), or a container with size() and
// begin(). The templates are a thin layer: numbers and errors are computed by PageNumbers, and one table of functions
// answers for every Page in templates.
#pragma once

#include <nuages/base/log.hpp>
#include <nuages/core/paginator/page_numbers.hpp>
#include <nuages/utils/to_value.hpp>

#include <concepts>
#include <span>
#include <utility>

namespace nuages::core::paginator {

namespace detail {

template <class List>
concept Sliceable = requires(const List& list, std::int64_t n) {
    { list.count() } -> std::convertible_to<std::int64_t>;
    list.slice(n, n);
};

template <class List> std::int64_t count_of(const List& list) {
    if constexpr (Sliceable<List>)
        return static_cast<std::int64_t>(list.count());
    else
        return static_cast<std::int64_t>(list.size());
}

/// The items [BOTTOM, TOP) of LIST.
template <class List> auto slice_of(const List& list, std::int64_t bottom, std::int64_t top) {
    if constexpr (Sliceable<List>) {
        return list.slice(bottom, top - bottom);
    } else if constexpr (requires { list.subspan(std::size_t{}, std::size_t{}); }) {
        return list.subspan(static_cast<std::size_t>(bottom), static_cast<std::size_t>(top - bottom));
    } else {
        auto first = list.begin();
        for (std::int64_t i = 0; i < bottom; ++i) ++first;
        std::vector<std::remove_cvref_t<decltype(*first)>> items;
        items.reserve(static_cast<std::size_t>(top - bottom));
        for (std::int64_t i = bottom; i < top; ++i, ++first) items.push_back(*first);
        return items;
    }
}

}  // namespace detail

/// What is the same for pages of every list.
class PageBase {
public:
    std::int64_t number() const { return number_; }
    const PageNumbers& numbers() const { return numbers_; }
    bool has_next() const { return number_ < numbers_.num_pages(); }
    bool has_previous() const { return number_ > 1; }
    bool has_other_pages() const { return has_next() || has_previous(); }
    /// Throws EmptyPage when there is no next page.
    std::int64_t next_page_number() const { return numbers_.validated(number_ + 1); }
    std::int64_t previous_page_number() const { return numbers_.validated(number_ - 1); }
    /// 1-based index of the first item on this page, relative to all items; 0 when there are none.
    std::int64_t start_index() const { return numbers_.start_index(number_); }
    std::int64_t end_index() const { return numbers_.end_index(number_); }
    /// The pager around this page (paginator.get_elided_page_range(page.number)).
    std::vector<PageMark> elided_page_range(std::int64_t on_each_side = 3, std::int64_t on_ends = 2) const {
        return numbers_.elided_range(number_, on_each_side, on_ends);
    }
    /// "<Page 2 of 7>"
    std::string str() const;

protected:
    using Items = Value (*)(const PageBase& page);

    PageBase(std::int64_t number, PageNumbers numbers, Items items)
        : number_(number), numbers_(std::move(numbers)), items_(items) {}

private:
    friend Value to_value(const PageBase& page);
    friend struct PageType;
    /// object_list as templates see it, made once: a queryset behind it is then fetched once. A copied page makes its
    /// own, because the value borrows from the page.
    struct Cache {
        Value value;
        Cache() = default;
        Cache(const Cache&) {}
        Cache& operator=(const Cache&) { return value = Value(), *this; }
    };

    std::int64_t number_;
    PageNumbers numbers_;
    Items items_;
    mutable Cache cache_;
};

/// For templates: object_list, number, paginator, has_next ... and the items themselves by iteration.
Value to_value(const PageBase& page);

/// One page of LIST's slices; iterates over its items.
template <class List> class Page : public PageBase {
public:
    using ObjectList = decltype(detail::slice_of(std::declval<const List&>(), 0, 0));

    ObjectList object_list;

    Page(ObjectList items, std::int64_t number, PageNumbers numbers)
        : PageBase(number, std::move(numbers),
                   [](const PageBase& page) { return value_of(static_cast<const Page&>(page).object_list); }),
          object_list(std::move(items)) {}

    auto begin() const { return object_list.begin(); }
    auto end() const { return object_list.end(); }
    /// How many items stand on this page.
    std::int64_t size() const { return numbers().top(number()) - numbers().bottom(number()); }
};

/// Cuts LIST into pages of PER_PAGE items. The items are counted when they are first needed, then never again.
template <class List> class Paginator {
public:
    /// PER_PAGE is at least 1.
    Paginator(List list, std::int64_t per_page, PaginatorOptions options = {})
        : list_(std::move(list)), numbers_{.count = -1, .per_page = per_page, .options = std::move(options)} {
        if (per_page < 1) throw Error("Paginator: per_page must be at least 1");
        if constexpr (requires {
                          { list_.ordered() } -> std::convertible_to<bool>;
                      })
            if (!list_.ordered())
                log::warning("nuages.paginator",
                             "Pagination may yield inconsistent results with an unordered object_list");
    }

    /// Number of items on all pages.
    std::int64_t count() const { return numbers().count; }
    std::int64_t per_page() const { return numbers_.per_page; }
    std::int64_t num_pages() const { return numbers().num_pages(); }
    /// Page NUMBER; throws PageNotAnInteger or EmptyPage.
    Page<List> page(PageArgument number) const { return make(number.validated(numbers())); }
    /// Page NUMBER, or the first one for text that is no number, or the last one when it is out of range.
    Page<List> get_page(PageArgument number) const { return make(number.nearest(numbers())); }
    std::vector<std::int64_t> page_range() const {
        std::vector<std::int64_t> all;
        for (std::int64_t n = 1; n <= num_pages(); ++n) all.push_back(n);
        return all;
    }
    std::vector<PageMark> get_elided_page_range(PageArgument number = 1, std::int64_t on_each_side = 3,
                                                std::int64_t on_ends = 2) const {
        return numbers().elided_range(number.validated(numbers()), on_each_side, on_ends);
    }

private:
    const PageNumbers& numbers() const {
        if (numbers_.count < 0) numbers_.count = detail::count_of(list_);
        return numbers_;
    }
    Page<List> make(std::int64_t number) const {
        return {detail::slice_of(list_, numbers_.bottom(number), numbers_.top(number)), number, numbers_};
    }

    List list_;
    mutable PageNumbers numbers_;
};

template <class List> Paginator(List, std::int64_t) -> Paginator<List>;

}  // namespace nuages::core::paginator

namespace nuages {
using core::paginator::EmptyPage;
using core::paginator::InvalidPage;
using core::paginator::Page;
using core::paginator::PageNotAnInteger;
using core::paginator::Paginator;
}  // namespace nuages
