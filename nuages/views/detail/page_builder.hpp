// Appends HTML piece by piece, escaped unless it is markup of ours.
#pragma once

#include <nuages/utils/html.hpp>

#include <string>
#include <string_view>

namespace nuages::views::detail {

/// The page's text under construction.
class PageBuilder {
public:
    /// Markup from this library's own literals.
    PageBuilder& html(std::string_view markup) {
        text_ += markup;
        return *this;
    }
    /// Anything else.
    PageBuilder& text(std::string_view text) {
        utils::append_escaped(text_, text);
        return *this;
    }
    PageBuilder& number(long number) {
        text_ += std::to_string(number);
        return *this;
    }
    std::string take() && { return std::move(text_); }

private:
    std::string text_;
};

/// Doctype, style and the opening of the body.
void begin_page(PageBuilder& page, std::string_view title);
void end_page(PageBuilder& page, std::string_view note);

}  // namespace nuages::views::detail
