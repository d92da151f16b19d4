// The arithmetic of pages: which numbers exist, what they hold, which of them a pager shows. Knows nothing of the list.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/utils/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::core::paginator {

/// The page that was asked for does not exist (django.core.paginator.InvalidPage).
NUAGES_DEFINE_ERROR(InvalidPage, Error);
/// The page number is not a whole number.
NUAGES_DEFINE_ERROR(PageNotAnInteger, InvalidPage);
/// The page number is a number, but there is nothing on that page.
NUAGES_DEFINE_ERROR(EmptyPage, InvalidPage);

/// Texts of the exceptions; the defaults are Django's.
struct PaginatorMessages {
    std::string invalid_page = "That page number is not an integer";
    std::string min_page = "That page number is less than 1";
    std::string no_results = "That page contains no results";
};

/// Keyword arguments of Paginator.
struct PaginatorOptions {
    std::int64_t orphans = 0;  ///< A last page with at most so many items is added to the page before it.
    bool allow_empty_first_page = true;
    PaginatorMessages error_messages = {};
};

/// One place of an elided pager: a page number, or the ellipsis.
struct PageMark {
    std::int64_t number = 0;  ///< 0 is the ellipsis.

    bool is_ellipsis() const { return number == 0; }
    std::string str() const;
    friend bool operator==(const PageMark&, const PageMark&) = default;
};
Value to_value(const PageMark& mark);

/// What an elided pager prints between numbers that are not neighbours.
inline constexpr std::string_view kEllipsis = "…";

/// Page arithmetic over a number of items.
struct PageNumbers {
    std::int64_t count = 0;
    std::int64_t per_page = 1;
    PaginatorOptions options = {};

    std::int64_t num_pages() const;
    /// NUMBER, when such a page exists; otherwise throws EmptyPage.
    std::int64_t validated(std::int64_t number) const;
    /// Reads a page number as Python's int() does; throws PageNotAnInteger or EmptyPage.
    std::int64_t validated(std::string_view text) const;
    /// Never throws: text that is no number gives the first page, a number out of range the last.
    std::int64_t nearest(std::string_view text) const;
    std::int64_t nearest(std::int64_t number) const;
    /// Index of the first item of page NUMBER, and of the one behind its last.
    std::int64_t bottom(std::int64_t number) const { return (number - 1) * per_page; }
    std::int64_t top(std::int64_t number) const;
    /// 1-based index of the first item on page NUMBER; 0 when there is none at all.
    std::int64_t start_index(std::int64_t number) const { return count == 0 ? 0 : bottom(number) + 1; }
    std::int64_t end_index(std::int64_t number) const;
    /// The numbers around NUMBER (ON_EACH_SIDE) and at both ends (ON_ENDS), with ellipses between.
    std::vector<PageMark> elided_range(std::int64_t number, std::int64_t on_each_side = 3,
                                       std::int64_t on_ends = 2) const;
};

/// A page number given as text, as a number, or not at all (page 1).
class PageArgument {
public:
    PageArgument(std::string_view text) : text_(text) {}
    PageArgument(const std::string& text) : text_(text) {}
    PageArgument(const char* text) : text_(text) {}
    template <std::integral T>
    requires(!std::same_as<T, bool>) PageArgument(T number) : number_(static_cast<std::int64_t>(number)) {}
    PageArgument(std::nullopt_t) : number_(1) {}
    template <class T>
    PageArgument(const std::optional<T>& value) : PageArgument(value ? PageArgument(*value) : PageArgument(1)) {}

    std::int64_t validated(const PageNumbers& numbers) const {
        return number_ ? numbers.validated(*number_) : numbers.validated(text_);
    }
    std::int64_t nearest(const PageNumbers& numbers) const {
        return number_ ? numbers.nearest(*number_) : numbers.nearest(text_);
    }

private:
    std::string_view text_;
    std::optional<std::int64_t> number_;
};

}  // namespace nuages::core::paginator
