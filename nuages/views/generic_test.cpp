// Generic views over real models in a database in memory.
#include <nuages/models.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/templates/library.hpp>
#include <nuages/test.hpp>
#include <nuages/views.hpp>
#include <nuages/views/base_handler.hpp>

#include <string>

using namespace nuages;
using namespace nuages::literals;

namespace shelf {

struct Book : db::models::Model<Book> {
    BigAutoField id;
    CharField title{{.max_length = 50}};
    SlugField slug{{.unique = true}};

    static db::models::Meta<Book> meta() { return {.ordering = {"title"}}; }
    std::string get_absolute_url() const { return "/books/" + slug + "/"; }
};

}  // namespace shelf

namespace {

using shelf::Book;

Urls book_urls() {
    return {
        .patterns = {
            path("about/<str:who>/", TemplateView("about.html", {{"word", "hello"}})),
            path("old/<slug:slug>/", RedirectView({.pattern_name = "detail", .permanent = true, .query_string = true})),
            path("away/<slug:slug>/", RedirectView({.url = "https://example.org/%(slug)s/100%%"})),
            path("nowhere/", RedirectView({})),
            path("books/", ListView<Book>({.paginate_by = 2})),
            path("all/", ListView<Book>()),
            path("none/", ListView<Book>(Book::objects.none(), {.allow_empty = false})),
            path("books/<int:pk>/", DetailView<Book>()),
            path("books/<slug:slug>/", DetailView<Book>(), {.name = "detail"}),
            path("shortcut/<slug:slug>/",
                 [](Request&, std::string_view slug) { return redirect(get_object_or_404<Book>("slug"_f = slug)); }),
            path("wrong/<slug:other>/", DetailView<Book>()),
        }};
}

class GenericViews : public TestCase {
protected:
    GenericViews()
        : engine_({.in_memory = {{"about.html", "{{ word }} {{ who }}"},
                                 {"shelf/book_list.html",
                                  "{% for book in book_list %}{{ book.title }} {% endfor %}"
                                  "{{ object_list|length }} {{ is_paginated }} {{ page_obj.number }}"},
                                 {"shelf/book_detail.html", "{{ object.title }} {{ book.slug }}"}}}),
          client_(views::base_handler({.resolver = make_ref<routing::UrlResolver>(book_urls)})) {}

    void SetUp() override {
        db::models::meta_of<Book>();  // without a site, the tables are those of the models in use
        TestCase::SetUp();
        client_.raise_request_exception = false;
        templates::set_default_engine(&engine_);
        routing::set_urlconf(make_ref<routing::UrlResolver>(book_urls));
        for (const char* name : {"a", "b", "c"}) Book::objects.create({.title = std::string("T") + name, .slug = name});
    }
    void TearDown() override {
        templates::set_default_engine(nullptr);
        TestCase::TearDown();
    }

    templates::Engine engine_;
    test::Client client_;
};

TEST_F(GenericViews, TemplateViewHasItsCaptures) { EXPECT_CONTAINS(client_.get("/about/ada/"), "hello ada"); }

TEST_F(GenericViews, RedirectViewReversesOrInterpolates) {
    EXPECT_REDIRECTS(client_.get("/old/a/?x=1"), "/books/a/?x=1", 301);
    EXPECT_REDIRECTS(client_.get("/away/b/"), "https://example.org/b/100%", 302);
    EXPECT_EQ(client_.get("/nowhere/").status_code, 410);
}

TEST_F(GenericViews, ListViewShowsPages) {
    EXPECT_CONTAINS(client_.get("/books/"), "Ta Tb 2 True 1");
    EXPECT_CONTAINS(client_.get("/books/", {{"page", "last"}}), "Tc 1 True 2");
    EXPECT_CONTAINS(client_.get("/all/"), "Ta Tb Tc 3 False");
    EXPECT_EQ(client_.get("/books/", {{"page", "9"}}).status_code, 404);
    EXPECT_EQ(client_.get("/none/").status_code, 404);
    EXPECT_NUM_QUERIES(2, client_.get("/books/"));
}

TEST_F(GenericViews, DetailViewFindsByKeyOrSlug) {
    EXPECT_CONTAINS(client_.get("/books/b/"), "Tb b");
    const Book book = Book::objects.get("slug"_f = "c");
    EXPECT_CONTAINS(client_.get("/books/" + std::to_string(book.id.value) + "/"), "Tc c");
    EXPECT_EQ(client_.get("/books/z/").status_code, 404);
    EXPECT_EQ(client_.get("/wrong/a/").status_code, 500);
}

TEST_F(GenericViews, ShortcutsTakeModels) {
    EXPECT_REDIRECTS(client_.get("/shortcut/a/"), "/books/a/");
    EXPECT_EQ(client_.get("/shortcut/z/").status_code, 404);
}

}  // namespace
