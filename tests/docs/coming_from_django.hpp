// The models that docs/topics/coming-from-django.md speaks of.
#pragma once

#include <nuages/contrib/auth/any_user.hpp>
#include <nuages/db/models/case.hpp>
#include <nuages/db/models/comparisons.hpp>
#include <nuages/db/models/model_signals.hpp>
#include <nuages/db/models/window.hpp>
#include <nuages/models.hpp>

namespace models = nuages::models;
namespace fn = models::functions;
using namespace nuages;

struct Author : models::Model<Author> {
    BigAutoField id;
    CharField name{{.max_length = 100}};
    Reverse<struct Book, "author"> books;
};
struct Book : models::Model<Book> {
    BigAutoField id;
    CharField title{{.max_length = 200}};
    ForeignKey<Author> author{{.on_delete = CASCADE}};
    IntegerField pages{{.default_ = 0}};
    Nullable<DateTimeField> published;
};
