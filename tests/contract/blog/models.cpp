#include "models.hpp"

namespace blog {

const Article::Manager Article::published_articles{Article::objects.published()};

bool Article::is_recent() const { return published_at && nuages::timezone::now() - *published_at < nuages::days(7); }

void Article::save(models::SaveOptions options) {
    if (status == Status::published && !published_at) published_at = nuages::timezone::now();
    Model::save(options);
}

}  // namespace blog
