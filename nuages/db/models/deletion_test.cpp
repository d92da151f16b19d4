// What is deleted along with a row, and what stops it: a small music shop whose listeners answer each other.
#include <nuages/async/gather.hpp>
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

namespace nuages::db::models {
namespace {

struct Music {
    Registry registry;
    ModelMeta artist, album, song, comment;

    Music() {
        begin(artist, "Artist", {});
        begin(album, "Album", {foreign("artist", artist, CASCADE)});
        begin(song, "Song", {foreign("artist", artist, CASCADE), foreign("album", album, RESTRICT)});
        begin(comment, "Comment", {foreign("parent", comment, CASCADE)});
    }
    std::vector<const ModelMeta*> models() const { return {&artist, &album, &song, &comment}; }

private:
    void begin(ModelMeta& meta, const char* name, std::vector<Field> fields) {
        meta.app_label = "music";
        meta.object_name = name;
        meta.fields = std::move(fields);
        meta.finish();
        registry.add(meta);
    }
    static Field foreign(const char* name, const ModelMeta& to, OnDelete on_delete) {
        Field field;
        field.name = name;
        field.kind = FieldKind::foreign_key;
        field.null = true;
        field.relation.model = &to;
        field.relation.on_delete = on_delete;
        return field;
    }
};

class Deletion : public ::testing::Test {
protected:
    Music music;
    Query artists{music.artist}, albums{music.album}, songs{music.song}, comments{music.comment};

    static void create(const ModelMeta& meta, std::initializer_list<std::pair<const char*, Literal>> values) {
        const Ref<Instance> made = Instance::create(meta);
        for (const auto& [name, value] : values) meta.field(name).set(made->object(), value);
        save(meta, made->object());
    }
    static QNode id_is(std::int64_t id) { return {Name("id"), Literal(id)}; }
    void on_database(FunctionRef<void()> run) {
        db::testing::with_database([&] {
            schema::create_tables(connection(), music.models());
            run();
        });
    }
};

TEST_F(Deletion, RestrictAllowsWhatGoesAnywayAlongAnotherWay) {
    on_database([&] {
        create(music.artist, {});
        create(music.album, {{"artist", 1}});
        create(music.song, {{"artist", 1}, {"album", 1}});
        EXPECT_THROW(albums.delete_(), RestrictedError);
        EXPECT_EQ(artists.filter(id_is(1)).delete_().total, 3);
        EXPECT_EQ(songs.count(), 0);
    });
}

TEST_F(Deletion, RestrictRefusesWhereOneRowWouldStay) {
    on_database([&] {
        create(music.artist, {});
        create(music.artist, {});
        create(music.album, {{"artist", 1}});
        create(music.song, {{"artist", 1}, {"album", 1}});
        create(music.song, {{"artist", 2}, {"album", 1}});
        EXPECT_THROW(artists.filter(id_is(1)).delete_(), RestrictedError);
        EXPECT_EQ(songs.count(), 2);
        EXPECT_EQ(artists.delete_().total, 5);
    });
}

TEST_F(Deletion, AThreadOfAnyDepthGoesOnTheSmallStackOfAFiber) {
    on_database([&] {
        constexpr std::int64_t depth = 2000;
        run_atomic([&] {
            create(music.comment, {});
            for (std::int64_t parent = 1; parent < depth; ++parent) create(music.comment, {{"parent", parent}});
        });
        // On a gathered fiber, as small as those of requests.
        const auto [deleted] = async::gather([&] { return comments.filter(id_is(1)).delete_().total; });
        EXPECT_EQ(deleted, depth);
        EXPECT_EQ(comments.count(), 0);
    });
}

}  // namespace
}  // namespace nuages::db::models
