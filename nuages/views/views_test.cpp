// The base handler and the shortcuts, through a resolver, a template engine and middleware of their own.
#include <nuages/middleware/csrf.hpp>
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/http/signals.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/templates/errors.hpp>
#include <nuages/templates/library.hpp>
#include <nuages/test.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/views.hpp>
#include <nuages/views/base_handler.hpp>
#include <nuages/views/detail/masking.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace nuages;

namespace {

/// In two parts, so that excerpts of this file do not show it.
std::string secret() { return std::string("hu") + "sh"; }

std::string heard;  // from signals

struct OutOfStock : std::exception {
    const char* what() const noexcept override { return "no <b>apples</b> left"; }
};

[[gnu::noinline]] int take_apple(int left) {
    if (left == 0) throw OutOfStock();  // the line that the page must show
    return left - 1;
}

struct Basket {
    std::string name;
    int apples;
    std::string get_absolute_url() const { return "/baskets/" + name + "/"; }
};

/// Rows as a queryset has them, without a database.
struct Baskets {
    std::vector<Basket> all;
    Basket get(std::string_view name) const {
        for (const Basket& basket : all) {
            if (basket.name == name) return basket;
        }
        throw ObjectDoesNotExist("Basket matching query does not exist.");
    }
    struct List {
        std::vector<Basket> rows;
        std::vector<Basket> list() const { return rows; }
    };
    List filter(int apples) const {
        List found;
        for (const Basket& basket : all) {
            if (basket.apples == apples) found.rows.push_back(basket);
        }
        return found;
    }
};
const Baskets baskets{{{"red", 3}, {"green", 0}}};

Urls urls() {
    return {.patterns = {
                path("",
                     [](Request& request) {
                         return render(request, "home.html", {{"name", "<Ada>"}});
                     },
                     {.name = "home"}),
                path("apple/<int:left>/",
                     [](Request&, std::int64_t left) {
                         return Response(std::to_string(take_apple(static_cast<int>(left))));
                     }),
                path("baskets/<slug:name>/",
                     [](Request& request, std::string_view name) {
                         const Basket basket = get_object_or_404(baskets, name);
                         return render(request, "basket.html", {{"basket", basket}}, {.status = 201});
                     },
                     {.name = "basket"}),
                path("gathered/",
                     [](Request&) {
                         async::gather([] { async::sleep_for(microseconds(1)); }, [] { take_apple(0); });
                         return Response();
                     }),
                path("denied/", [](Request&) -> Response { throw PermissionDenied("not yours"); }),
                path("bad/", [](Request&) -> Response { throw http::BadRequest("what?"); }),
                path("host/", [](Request& request) { return Response(request.get_host()); }),
                path("body/", [](Request& request) { return Response(std::string(request.body())); }),
                path("gone/", [](Request&) -> Response { throw Http404("This <page> moved"); }),
                path("number/", [](Request&) -> Response { throw 42; }),
                path("sql/",
                     [](Request&) -> Response { throw db::OperationalError("no such table: x", "SELECT * FROM x"); }),
                path("broken/", [](Request& request) { return render(request, "broken.html"); }),
                path("stream/",
                     [](Request& request) {
                         const translation::override hebrew("he");
                         const std::string name = "<Ada>";
                         std::vector<int> rows(5000);
                         for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int>(i);
                         return render_stream(request, "stream.html", {{"name", name}, {"rows", rows}, {"text", name.c_str()}},
                                              {.status = 202});
                     }),
                path("stream-broken/", [](Request& request) { return render_stream(request, "broken.html"); }),
                path("missing/", [](Request& request) { return render(request, "no/such.html"); }),
                path("cancelled/", [](Request&) -> Response { throw async::Cancelled(); }),
                path("write/<int:fail>/",
                     [](Request&, std::int64_t fail) {
                         connection().execute("INSERT INTO note VALUES (%s)", fail);
                         if (fail) throw OutOfStock();
                         return Response(connection().in_atomic_block() ? "in atomic" : "outside");
                     }),
                path("apart/", non_atomic_requests([](Request&) {
                         return Response(connection().in_atomic_block() ? "in atomic" : "outside");
                     })),
                path("counting/",
                     [](Request&) { return StreamingHttpResponse([](ResponseStream& out) { out.write(heard); }); }),
                path("put-off/<slug:name>/",
                     [](Request& request, std::string_view name) {
                         const Basket basket = get_object_or_404(baskets, name);
                         Response response = TemplateResponse(request, "basket.html", {{"basket", basket}}, {.status = 203});
                         views::template_page(response)->add_post_render_callback(
                             [](Response& done) { done["X-Length"] = std::to_string(done.content.size()); });
                         return response;
                     }),
                path("put-off-tagged/",
                     conditional_page([](Request& request) { return TemplateResponse(request, "home.html", {{"name", "Eve"}}); })),
                path("put-off-broken/", [](Request& request) { return TemplateResponse(request, "broken.html"); }),
                path("teapot/", [](Request&) { return Response("short and stout", {.status = 418}); }),
            }};
}

Response mark(Request& request, const Next& next) {
    Response response = next(request);
    response["X-Seen"] = std::to_string(response.status_code);
    return response;
}
Response explode(Request& request, const Next& next) {
    if (request.path == "/explode/") throw OutOfStock();
    return next(request);
}
const Middleware marking{.name = "marking", .call = mark};
const Middleware exploding{.name = "exploding", .call = explode};

class Views : public testing::Test {
protected:
    void SetUp() override {
        engine_.emplace(templates::EngineOptions{
            .embedded = {{}},
            .in_memory = {{"home.html", "{{ request.path }} {{ request.GET.q }} hello {{ name }}"},
                          {"basket.html", "{{ basket.name }}: {{ basket.apples }}"},
                          {"other.html", "{{ greeting }} {{ basket.name }}"},
                          {"broken.html", "one\ntwo {% if %}\nthree"},
                          {"stream.html", "{% load i18n %}{{ request.path }} {% get_current_language as code %}{{ code }} "
                                          "{{ name }} {% for row in rows %}{{ row }} {% endfor %}"},
                          {"404.html", "custom {{ request_path }}"}},
            .debug = true});
        templates::set_default_engine(&*engine_);
        routing::set_urlconf(make_ref<routing::UrlResolver>(urls));
        former_ = log::set_sink([this](log::Level, std::string_view logger, std::string_view message) {
            log_.append(logger).append(": ").append(message).append("\n");
        });
    }
    void TearDown() override {
        log::set_sink(former_);
        templates::set_default_engine(nullptr);
    }

    test::ClientResponse ask(std::string_view target, bool debug = true, const test::ClientOptions& options = {}) {
        http_options_.debug = debug;
        http_options_.data_upload_max_memory_size = 10;
        views::HandlerOptions handler_options{.debug = debug,
                                              .middleware = {marking, exploding},
                                              .resolver = make_ref<routing::UrlResolver>(urls),
                                              .settings = [] {
                                                  return views::NameValues{
                                                      {"SECRET_KEY", secret()},
                                                      {"DATABASES", "postgres://ada:" + secret() + "@db/x"},
                                                      {"PAGE_SIZE", "20"}};
                                              }};
        test::Client client(views::base_handler(std::move(handler_options)), http_options_);
        client.raise_request_exception = false;
        client.set_cookie("sessionid", secret());
        return client.request("GET", target, {}, options);
    }

    std::optional<templates::Engine> engine_;
    http::RequestOptions http_options_{.allowed_hosts = {"testserver"}};
    log::Sink former_;
    std::string log_;
};

TEST_F(Views, RenderEscapesAndKnowsTheRequest) {
    const auto response = ask("/?q=x");
    EXPECT_EQ(response.content, "/ x hello &lt;Ada&gt;");
    EXPECT_EQ(response["X-Seen"], "200");
    EXPECT_EQ(log_, "");
}

TEST_F(Views, RenderBorrowsObjectsAndTakesAStatus) {
    const auto response = ask("/baskets/red/");
    EXPECT_EQ(response.content, "red: 3");
    EXPECT_EQ(response.status_code, 201);
}

TEST_F(Views, TheDebugPageShowsTheStackAtTheThrow) {
    const auto response = ask("/apple/0/");
    EXPECT_EQ(response.status_code, 500);
    const std::string& page = response.content;
    EXPECT_NE(page.find("OutOfStock at /apple/0/"), std::string::npos);
    EXPECT_NE(page.find("take_apple(int)"), std::string::npos);
    EXPECT_NE(page.find("views_test.cpp:"), std::string::npos);
    EXPECT_NE(page.find("if (left == 0) throw OutOfStock();  // the line that the page must show"), std::string::npos);
    EXPECT_EQ(page.find("__cxa_throw"), std::string::npos);
    EXPECT_EQ(page.find("base/function.hpp"), std::string::npos);
    EXPECT_EQ(page.find("basic_string_view"), std::string::npos);
    EXPECT_NE(log_.find("nuages.request: Internal Server Error: /apple/0/"), std::string::npos);
    EXPECT_NE(log_.find("in take_apple(int)"), std::string::npos);
    EXPECT_NE(log_.find("OutOfStock: no <b>apples</b> left"), std::string::npos);
}

TEST_F(Views, TheStackOfAGatheredFiberIsShownToo) {
    EXPECT_NE(ask("/gathered/").content.find("take_apple(int)"), std::string::npos);
}

TEST_F(Views, Security68DebugPagesEscapeEverythingAndMaskSecrets) {
    const auto response =
        ask("/apple/0/?x=<script>", true, {.headers = {{"Authorization", secret()}, {"X-Odd", "<i>"}}});
    const std::string& page = response.content;
    EXPECT_EQ(page.find("<script>"), std::string::npos);
    EXPECT_EQ(page.find("<b>apples"), std::string::npos);
    EXPECT_EQ(page.find("<i></td>"), std::string::npos);
    EXPECT_NE(page.find("no &lt;b&gt;apples&lt;/b&gt; left"), std::string::npos);
    EXPECT_EQ(page.find(secret()), std::string::npos);
    EXPECT_NE(page.find("********************"), std::string::npos);
    EXPECT_NE(page.find("PAGE_SIZE"), std::string::npos);
    EXPECT_NE(ask("/gone/").content.find("This &lt;page&gt; moved"), std::string::npos);
    EXPECT_EQ(ask("/<script>alert(1)").content.find("<script>"), std::string::npos);
}

TEST_F(Views, WithoutDebugNothingOfTheExceptionIsShown) {
    const auto response = ask("/apple/0/", false);
    EXPECT_EQ(response.status_code, 500);
    EXPECT_NE(response.content.find("Server Error (500)"), std::string::npos);
    EXPECT_EQ(response.content.find("OutOfStock"), std::string::npos);
    EXPECT_NE(log_.find("OutOfStock: no <b>apples</b> left"), std::string::npos);
}

TEST_F(Views, ClientsThatTakeNoHtmlGetText) {
    const auto response = ask("/apple/0/", true, {.headers = {{"Accept", "application/json"}}});
    EXPECT_EQ(response.content_type(), http::kTextPlain);
    EXPECT_NE(response.content.find("Traceback"), std::string::npos);
}

TEST_F(Views, ExceptionsOfAnyKindBecomeResponses) {
    EXPECT_NE(ask("/number/").content.find("int at /number/"), std::string::npos);
    const auto sql = ask("/sql/");
    EXPECT_NE(sql.content.find("<h1>OperationalError at /sql/</h1>"), std::string::npos);
    EXPECT_NE(sql.content.find("SELECT * FROM x"), std::string::npos);
    const auto forbidden = ask("/denied/");
    EXPECT_EQ(forbidden.status_code, 403);
    EXPECT_NE(forbidden.content.find("403 Forbidden"), std::string::npos);
    EXPECT_EQ(ask("/bad/").status_code, 400);
    EXPECT_NE(ask("/bad/", false).content.find("Bad Request (400)"), std::string::npos);
    EXPECT_EQ(ask("/host/", false, {.headers = {{"Host", "evil.example"}}}).status_code, 400);
    EXPECT_NE(log_.find("nuages.security.DisallowedHost: "), std::string::npos);
}

TEST_F(Views, EachLayerOfMiddlewareSeesResponses) {
    EXPECT_EQ(ask("/apple/0/")["X-Seen"], "500");
    EXPECT_EQ(ask("/nowhere/")["X-Seen"], "404");
    EXPECT_EQ(ask("/explode/")["X-Seen"], "500");
}

TEST_F(Views, ACancelledFiberPassesThrough) { EXPECT_THROW(ask("/cancelled/"), async::Cancelled); }

TEST_F(Views, TheTechnical404ListsWhatWasTried) {
    const auto response = ask("/nowhere/");
    EXPECT_EQ(response.status_code, 404);
    EXPECT_NE(response.content.find("baskets/&lt;slug:name&gt;/"), std::string::npos);
    EXPECT_NE(response.content.find("[name='home']"), std::string::npos);
    EXPECT_NE(log_.find("nuages.request: Not Found: /nowhere/"), std::string::npos);
    EXPECT_NE(ask("/baskets/blue/").content.find("No object matches the given query."), std::string::npos);
}

TEST_F(Views, The404TemplateIsUsedWithoutDebug) { EXPECT_EQ(ask("/nowhere/", false).content, "custom /nowhere/"); }

TEST_F(Views, TemplateErrorsAreShownWithAnExcerpt) {
    const auto broken = ask("/broken/");
    EXPECT_NE(broken.content.find("TemplateSyntaxError"), std::string::npos);
    EXPECT_NE(broken.content.find("error at line <b>2</b>"), std::string::npos);
    EXPECT_NE(broken.content.find("two <mark>{% if %}</mark>"), std::string::npos);
    const auto missing = ask("/missing/");
    EXPECT_NE(missing.content.find("no/such.html"), std::string::npos);
    EXPECT_NE(missing.content.find("These places were tried, in this order:"), std::string::npos);
    EXPECT_NE(missing.content.find("<li><code>embedded:0:no/such.html</code> <small>Source does not exist</small>"), std::string::npos);
}

TEST_F(Views, TemplateErrorsAreToldInPlainTextToo) {
    const test::ClientOptions plain{.headers = {{"Accept", "text/plain"}}};
    const auto broken = ask("/broken/", true, plain);
    EXPECT_NE(broken.content.find("error at line 2\n   1 : one\n > 2 : two {% if %}\n   3 : three\n"), std::string::npos)
        << broken.content;
    EXPECT_NE(ask("/missing/", true, plain).content.find("\n * embedded:0:no/such.html (Source does not exist)"),
              std::string::npos);
}

TEST_F(Views, RenderStreamSendsThePageWhileItIsMade) {
    const auto response = ask("/stream/");
    EXPECT_EQ(response.status_code, 202);
    EXPECT_EQ(response["X-Seen"], "202");
    EXPECT_FALSE(response.has_header("Content-Length"));
    std::string rows;
    for (int i = 0; i < 5000; ++i) rows += std::to_string(i) + " ";
    EXPECT_EQ(response.text(), "/stream/ he &lt;Ada&gt; " + rows);
    EXPECT_EQ(ask("/stream-broken/").status_code, 500);
}

TEST_F(Views, ErrorResponsesOfViewsAreLoggedOnce) {
    EXPECT_EQ(ask("/teapot/").status_code, 418);
    EXPECT_NE(log_.find("nuages.request: I'm a Teapot: /teapot/"), std::string::npos) << log_;
}

TEST_F(Views, AtomicRequestsRollBackWhatAFailedViewWrote) {
    const db::sqlite::TestDatabase database({.name = ":memory:", .atomic_requests = true});
    connection().execute("CREATE TABLE note (fail integer)");
    EXPECT_EQ(ask("/write/0/").content, "in atomic");
    EXPECT_EQ(ask("/write/1/").status_code, 500);
    EXPECT_EQ(connection().query<int>("SELECT fail FROM note"), std::vector{std::tuple(0)});
}

TEST_F(Views, NonAtomicRequestsRunOutsideOfTheTransaction) {
    const db::sqlite::TestDatabase database({.name = ":memory:", .atomic_requests = true});
    connection().execute("CREATE TABLE note (fail integer)");
    EXPECT_EQ(ask("/write/0/").content, "in atomic");
    EXPECT_EQ(ask("/apart/").content, "outside");
}

TEST_F(Views, SignalsTellOfRequestsAndOfTheirExceptions) {
    const auto started = http::signals::request_started().connect([](Request& request) { heard += "started " + std::string(request.path); });
    const auto finished = http::signals::request_finished().connect([] { heard += ", finished"; });
    const auto failed = http::signals::got_request_exception().connect([](Request&) {
        try {
            std::rethrow_exception(std::current_exception());
        } catch (const OutOfStock&) {
            heard += ", out of stock";
        }
    });
    const auto heard_of = [&](const char* path) {
        heard.clear();
        ask(path);
        return heard;
    };
    EXPECT_EQ(heard_of("/teapot/"), "started /teapot/, finished");
    EXPECT_EQ(heard_of("/nowhere/"), "started /nowhere/, finished");
    heard.clear();
    EXPECT_EQ(ask("/counting/").text(), "started /counting/");  // what was heard when the stream was sent
    EXPECT_EQ(heard, "started /counting/, finished");
    EXPECT_EQ(heard_of("/explode/"), "started /explode/, out of stock, finished");
    http::signals::request_started().disconnect(started);
    EXPECT_EQ(heard_of("/teapot/"), ", finished");
    http::signals::request_finished().disconnect(finished);
    http::signals::got_request_exception().disconnect(failed);
    EXPECT_EQ(heard_of("/explode/"), "");
}

Response partners_not_found(Request& request, std::string_view) {
    return Response("partners have no " + std::string(request.path), {.status = 404});
}
Urls partners() {
    return {.patterns = {path("offers/", [](Request&) { return Response(reverse("offers")); }, {.name = "offers"}),
                         path("offers/stream/",
                              [](Request&) {
                                  return StreamingHttpResponse([](ResponseStream& out) { out.write(reverse("offers")); });
                              })},
            .handler404 = partners_not_found};
}
Response by_host(Request& request, const Next& next) {
    static const auto resolver = make_ref<routing::UrlResolver>(partners);
    if (request.get_host() == "partners.example") routing::set_urlconf(request, resolver);
    return next(request);
}
const Middleware hosts{.name = "hosts", .call = by_host};

TEST_F(Views, MiddlewareMayGiveARequestAResolverOfItsOwn) {
    http_options_.allowed_hosts = {"testserver", "partners.example"};
    test::Client client(views::base_handler({.middleware = {hosts}, .resolver = make_ref<routing::UrlResolver>(urls)}), http_options_);
    const auto of_partners = [&](std::string_view path) {
        return client.get(path, {}, {.headers = {{"Host", "partners.example"}}}).text();
    };
    EXPECT_EQ(of_partners("/offers/"), "/offers/");
    EXPECT_EQ(reverse("home"), "/");  // what runs after it has the site's again
    EXPECT_EQ(of_partners("/offers/stream/"), "/offers/");
    EXPECT_EQ(of_partners("/baskets/red/"), "partners have no /baskets/red/");
    EXPECT_EQ(client.get("/baskets/red/").status_code, 201);
    EXPECT_EQ(client.get("/offers/").status_code, 404);
}

Response in_other_words(Request& request, const Next& next) {
    request.slot<http::TemplateResponseHooks>().push_back([](Request&, Response& response) {
        views::TemplatePage* const page = views::template_page(response);
        page->template_names = {"no/such.html", "other.html"};
        page->context_data.push_back({"greeting", "hi from"});
    });
    return next(request);
}
const Middleware rewording{.name = "rewording", .call = in_other_words};

TEST_F(Views, ATemplateResponseIsRenderedBehindTheView) {
    const auto response = ask("/put-off/red/");
    EXPECT_EQ(response.content, "red: 3");
    EXPECT_EQ(response.status_code, 203);
    EXPECT_EQ(response["X-Length"], "6");
    EXPECT_TRUE(response.is_rendered());
    EXPECT_EQ(ask("/put-off/none/").status_code, 404);
    EXPECT_EQ(ask("/put-off-tagged/").content, "/put-off-tagged/  hello Eve");
    EXPECT_FALSE(ask("/put-off-tagged/").get("ETag").empty());
    EXPECT_EQ(ask("/put-off-broken/").status_code, 500);
}

TEST_F(Views, MiddlewareMayChangeATemplateResponse) {
    test::Client client(views::base_handler({.middleware = {rewording}, .resolver = make_ref<routing::UrlResolver>(urls)}), http_options_);
    EXPECT_EQ(client.get("/put-off/red/").content, "hi from red");
    EXPECT_EQ(client.get("/baskets/red/").content, "red: 3");
}

Response sorry(Request& request, const Next& next) {
    request.slot<http::ExceptionHooks>().push_back([](Request&) -> std::optional<Response> {
        try {
            throw;
        } catch (const OutOfStock& error) {
            return Response(std::string("sorry: ") + error.what(), {.status = 503});
        } catch (const templates::TemplateSyntaxError&) {
            return Response("sorry: no page", {.status = 503});
        } catch (...) {
            return std::nullopt;
        }
    });
    return next(request);
}
const Middleware sorry_middleware{.name = "sorry", .call = sorry};

TEST_F(Views, MiddlewareMayAnswerToAnExceptionOfAView) {
    test::Client client(views::base_handler({.middleware = {sorry_middleware}, .resolver = make_ref<routing::UrlResolver>(urls)}), http_options_);
    client.raise_request_exception = false;
    EXPECT_EQ(client.get("/apple/0/").content, "sorry: no <b>apples</b> left");
    EXPECT_EQ(client.get("/put-off-broken/").content, "sorry: no page");
    EXPECT_EQ(client.get("/gone/").status_code, 404);
    EXPECT_EQ(client.get("/number/").status_code, 500);
    EXPECT_THROW(client.get("/cancelled/"), async::Cancelled);
    EXPECT_EQ(client.get("/nowhere/").status_code, 404);  // no view has thrown
}

TEST_F(Views, ASimpleTemplateResponseKnowsNoRequestAndMayBeRenderedAtOnce) {
    Response response = SimpleTemplateResponse("home.html", {{"name", "Ada"}});
    EXPECT_FALSE(response.is_rendered());
    EXPECT_EQ(response.content, "");
    EXPECT_EQ(response.render().content, "  hello Ada");
    EXPECT_EQ(response.render().content, "  hello Ada");
    EXPECT_EQ(views::template_page(response), nullptr);
}

TEST_F(Views, TheOrderOfMiddlewareIsChecked) {
    const Middleware after{.name = "exploding", .after = {"marking"}, .call = explode};
    EXPECT_THROW(views::base_handler({.middleware = {after, marking}, .resolver = make_ref<routing::UrlResolver>(urls)}),
                 ImproperlyConfigured);
}

TEST_F(Views, Security37APathInA404PageIsNoTextOfTheSite) {  // CVE-2019-3498
    const auto response = ask("/Please%20log%20in%20at%20evil.example%3Cb%3E", false);
    EXPECT_EQ(response.status_code, 404);
    EXPECT_NE(response.content.find("/Please%20log%20in%20at%20evil.example%3Cb%3E"), std::string::npos);
    EXPECT_EQ(response.content.find("log in"), std::string::npos);
    EXPECT_EQ(response.content.find("<b>"), std::string::npos);
}

TEST_F(Views, TheFallbackWelcomesWhereNoRouteIs) {
    test::Client client(views::base_handler({.debug = true,
                                             .resolver = make_ref<routing::UrlResolver>(Urls{}),
                                             .fallback = [](Request&) { return Response("welcome"); }}),
                        http_options_);
    EXPECT_EQ(client.get("/").content, "welcome");
    EXPECT_EQ(client.get("/other/").status_code, 404);
}

TEST_F(Views, RedirectTakesObjectsRoutesAndUrls) {
    EXPECT_EQ(redirect(baskets.all[0])["Location"], "/baskets/red/");
    EXPECT_EQ(redirect("basket", "red")["Location"], "/baskets/red/");
    EXPECT_EQ(redirect("home")["Location"], "/");
    EXPECT_EQ(redirect("/login/?next=/")["Location"], "/login/?next=/");
    EXPECT_EQ(redirect("https://example.org/")["Location"], "https://example.org/");
    EXPECT_EQ(redirect("/x/", {.permanent = true}).status_code, 301);
    EXPECT_EQ(redirect("/x/", {.preserve_request = true}).status_code, 307);
    EXPECT_THROW(redirect("nowhere"), NoReverseMatch);
    EXPECT_THROW(redirect("javascript://alert(1)"), http::DisallowedRedirect);
}

TEST_F(Views, ResolveUrlTakesObjectsRoutesAndUrls) {
    EXPECT_EQ(resolve_url(baskets.all[0]), "/baskets/red/");
    EXPECT_EQ(resolve_url("basket", "red"), "/baskets/red/");
    EXPECT_EQ(resolve_url("home"), "/");
    EXPECT_EQ(resolve_url("https://example.org/?a=1"), "https://example.org/?a=1");
    EXPECT_THROW(resolve_url("nowhere"), NoReverseMatch);
}

TEST_F(Views, FormsGetTheTokenOfTheirCookie) {
    const templates::Engine engine({.in_memory = {{"form.html", "{% csrf_token %}"}}});
    templates::set_default_engine(&engine);
    const http::Handler site = views::base_handler(
        {.middleware = {csrf},
         .resolver = make_ref<routing::UrlResolver>(Urls{.patterns = {path("", [](Request& request) {
             return request.method == "POST" ? Response("taken") : render(request, "form.html");
         })}})});
    test::Client client(site, http_options_);
    client.enforce_csrf_checks = true;
    EXPECT_EQ(client.post("/").status_code, 403);
    const std::string page = client.get("/").content;
    constexpr std::string_view kStart = "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"";
    ASSERT_TRUE(page.starts_with(kStart)) << page;
    const std::string token = page.substr(kStart.size(), middleware::kCsrfTokenLength);
    EXPECT_EQ(client.post("/", {{"csrfmiddlewaretoken", token}}).content, "taken");
    EXPECT_EQ(client.post("/", {{"csrfmiddlewaretoken", "forged"}}).status_code, 403);
    client.enforce_csrf_checks = false;
    EXPECT_EQ(client.post("/").content, "taken");
    templates::set_default_engine(&*engine_);
}

TEST_F(Views, PagesKnowTheTokenByName) {
    const templates::Engine engine({.in_memory = {{"page.html", "{% if no %}{{ csrf_token }}{% else %}{{ csrf_token|length }}{% endif %}"},
                                                  {"plain.html", "{{ name }}"}}});
    templates::set_default_engine(&engine);
    http::RequestHead head;
    head.method = "GET";
    head.target = "/";
    http::Request request(head);
    EXPECT_EQ(render(request, "plain.html", {{"name", "x"}}).content, "x");
    EXPECT_EQ(render(request, "page.html").content, std::to_string(middleware::kCsrfTokenLength));
    EXPECT_EQ(render(request, "page.html", {{"csrf_token", "own"}}).content, "3");
    templates::set_default_engine(&*engine_);
}

TEST_F(Views, ASiteMayAnswerErrorsByViewsOfItsOwn) {
    const auto answering = [](const char* name, int status) {
        return [=](Request& request, std::string_view exception) {
            return Response(std::string(name) + " " + std::string(request.path) + " " + std::string(exception), {.status = status});
        };
    };
    const Urls table{.patterns = {path("gone/", [](Request&) -> Response { throw Http404("no such page"); }),
                                  path("private/", [](Request&) -> Response { throw PermissionDenied("not yours"); }),
                                  path("odd/", [](Request&) -> Response { throw BadRequest("odd"); }),
                                  path("broken/", [](Request&) -> Response { throw Error("broken"); })},
                     .handler400 = answering("400", 400),
                     .handler403 = answering("403", 403),
                     .handler404 = answering("404", 404),
                     .handler500 = [](Request&, std::string_view) -> Response { throw Error("the handler too"); }};
    test::Client client(views::base_handler({.resolver = make_ref<routing::UrlResolver>(table)}), http_options_);
    client.raise_request_exception = false;
    EXPECT_EQ(client.get("/gone/").content, "404 /gone/ no such page");
    EXPECT_EQ(client.get("/nowhere/").content, "404 /nowhere/ Resolver404");
    EXPECT_EQ(client.get("/private/").content, "403 /private/ not yours");
    EXPECT_EQ(client.get("/odd/").status_code, 400);
    EXPECT_EQ(client.get("/broken/").status_code, 500);
    EXPECT_NE(client.get("/broken/").content.find("Server Error (500)"), std::string::npos);
}

TEST_F(Views, GetListOr404WantsAtLeastOne) {
    EXPECT_EQ(get_list_or_404(baskets, 3).size(), 1u);
    EXPECT_THROW(get_list_or_404(baskets, 7), Http404);
}

TEST(Masking, HidesSecretsByNameAndPasswordsInUrls) {
    using views::detail::masked;
    const std::string mask(20, '*');
    EXPECT_EQ(masked("EMAIL_HOST_PASSWORD", "x"), mask);
    EXPECT_EQ(masked("api_url", "x"), mask);
    EXPECT_EQ(masked("X-Auth-Token", "x"), mask);
    EXPECT_EQ(masked("DEBUG", "True"), "True");
    EXPECT_EQ(masked("DATABASES", "default: postgres://ada:s3cr@t@db:5432/x, redis://:pw@cache/0 http://a/b"),
              "default: postgres://ada:" + mask + "@db:5432/x, redis://:" + mask + "@cache/0 http://a/b");
}

}  // namespace
