// Generic views over models: TemplateView, RedirectView, ListView, DetailView (django.views.generic).
//
//     path("archive/", ListView<Article>({.paginate_by = 25})),
//     path("<slug:slug>/", DetailView<Article>(Article::published_articles)),
//
// They are functors that read their captures from the request; own ones are plain functions that call get_page() and
// render(), so there is nothing to override here.
#pragma once

#include <nuages/core/paginator/paginator.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/views/shortcuts.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace nuages::views {

/// Renders a template; captures are names in it.
class TemplateView {
public:
    static constexpr bool takes_any_captures = true;
    explicit TemplateView(std::string template_name, templates::ContextData extra_context = {})
        : template_name_(std::move(template_name)), extra_context_(std::move(extra_context)) {}
    http::Response operator()(http::Request& request) const;

private:
    std::string template_name_;
    templates::ContextData extra_context_;
};

/// Keyword arguments of RedirectView: one of `url` and `pattern_name`.
struct RedirectViewOptions {
    std::string url = {};           ///< %(name)s in it stands for a capture.
    std::string pattern_name = {};  ///< Reversed with the captures.
    bool permanent = false;
    bool query_string = false;  ///< The query goes along.
};

/// Redirects; 410 when neither is given.
class RedirectView {
public:
    static constexpr bool takes_any_captures = true;
    explicit RedirectView(RedirectViewOptions options) : options_(std::move(options)) {}
    http::Response operator()(http::Request& request) const;

private:
    RedirectViewOptions options_;
};

/// Keyword arguments of ListView.
struct ListViewOptions {
    std::string template_name = {};        ///< Default: "blog/article_list.html".
    std::string context_object_name = {};  ///< Default: "article_list"; `object_list` is there too.
    std::int64_t paginate_by = 0;          ///< 0: all on one page.
    std::int64_t paginate_orphans = 0;
    bool allow_empty = true;  ///< False: an empty list is a 404.
    std::string page_kwarg = "page";
};

/// Keyword arguments of DetailView.
struct DetailViewOptions {
    std::string template_name = {};        ///< Default: "blog/article_detail.html".
    std::string context_object_name = {};  ///< Default: "article"; `object` is there too.
    std::string slug_field = "slug";
    std::string slug_url_kwarg = "slug";
    std::string pk_url_kwarg = "pk";
};

namespace detail {

/// "blog/article_list.html".
std::string default_template(const db::models::ModelMeta& meta, std::string_view suffix);
/// "article".
std::string default_object_name(const db::models::ModelMeta& meta);
/// The page that the request asks for, by capture or query; "last" is one too.
std::string page_of(http::Request& request, const std::string& kwarg);
[[noreturn]] void throw_invalid_page(std::string_view page, std::string_view reason);
[[noreturn]] void throw_empty_list(const db::models::ModelMeta& meta);
[[noreturn]] void throw_no_detail(const db::models::ModelMeta& meta);
/// The rows with the request's pk, slug or both; throws ImproperlyConfigured when the route captures neither.
db::models::Query detail_query(http::Request& request, const db::models::Query& rows, const DetailViewOptions& options);

}  // namespace detail

/// A list of objects, in pages if asked for: object_list, article_list, is_paginated, page_obj.
template <class M> class ListView {
public:
    using Rows = decltype(M::objects.all());
    static constexpr bool takes_any_captures = true;

    explicit ListView(ListViewOptions options = {}) : options_(std::move(options)) {}
    explicit ListView(Rows rows, ListViewOptions options = {}) : rows_(std::move(rows)), options_(std::move(options)) {}

    http::Response operator()(http::Request& request) const {
        const Rows rows = rows_ ? rows_->all() : M::objects.all();
        const auto& meta = rows.query().meta();
        const std::string name = options_.context_object_name.empty() ? detail::default_object_name(meta) + "_list"
                                                                      : options_.context_object_name;
        const std::string file =
            options_.template_name.empty() ? detail::default_template(meta, "_list") : options_.template_name;
        if (!options_.allow_empty && !rows.exists()) detail::throw_empty_list(meta);
        if (options_.paginate_by == 0) {
            rows.results();  // fetched here, and so once for all its names
            return render(request, file,
                          {{"object_list", rows}, {name, rows}, {"is_paginated", false}, {"page_obj", nullptr}});
        }
        const auto page = find_page(request, rows);
        page.object_list.results();
        return render(request, file,
                      {{"object_list", page.object_list},
                       {name, page.object_list},
                       {"is_paginated", page.has_other_pages()},
                       {"page_obj", page}});
    }

private:
    auto find_page(http::Request& request, const Rows& rows) const {
        const std::string asked = detail::page_of(request, options_.page_kwarg);
        const core::paginator::Paginator<Rows> paginator(rows, options_.paginate_by,
                                                         {.orphans = options_.paginate_orphans});
        try {
            return asked == "last" ? paginator.page(paginator.num_pages()) : paginator.page(std::string_view(asked));
        } catch (const core::paginator::InvalidPage& error) {
            detail::throw_invalid_page(asked, error.what());
        }
    }

    std::optional<Rows> rows_;
    ListViewOptions options_;
};

/// One object by its primary key or slug: object, article.
template <class M> class DetailView {
public:
    using Rows = decltype(M::objects.all());
    static constexpr bool takes_any_captures = true;

    explicit DetailView(DetailViewOptions options = {}) : options_(std::move(options)) {}
    explicit DetailView(Rows rows, DetailViewOptions options = {})
        : rows_(std::move(rows)), options_(std::move(options)) {}

    http::Response operator()(http::Request& request) const {
        const Rows rows = rows_ ? rows_->all() : M::objects.all();
        const auto& meta = rows.query().meta();
        const auto object = find(request, rows);
        const std::string name =
            options_.context_object_name.empty() ? detail::default_object_name(meta) : options_.context_object_name;
        const std::string file =
            options_.template_name.empty() ? detail::default_template(meta, "_detail") : options_.template_name;
        return render(request, file, {{"object", object}, {name, object}});
    }

private:
    auto find(http::Request& request, const Rows& rows) const {
        try {
            return Rows(detail::detail_query(request, rows.query(), options_)).get();
        } catch (const ObjectDoesNotExist&) {
            detail::throw_no_detail(rows.query().meta());
        }
    }

    std::optional<Rows> rows_;
    DetailViewOptions options_;
};

}  // namespace nuages::views

namespace nuages {
using views::DetailView;
using views::ListView;
using views::RedirectView;
using views::TemplateView;
}  // namespace nuages
