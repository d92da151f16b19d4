// expect: cannot_be_compared_with<notes::AnyWriter, "author__born", OpenField, notes::Moment>
#include <nuages/db/models/swappable.hpp>
#include <nuages/models.hpp>

namespace notes {

namespace models = nuages::models;

class AnyWriter : public models::Swappable<AnyWriter, "WRITER_MODEL", "notes.Writer"> {
    using Swappable::Swappable;
};
struct Note : models::Model<Note> {
    BigAutoField          id;
    ForeignKey<AnyWriter> author;
};
struct Moment {};

}  // namespace notes

using namespace notes;
using namespace nuages;

auto wrong() { return Note::objects.filter("author__born"_f = Moment{}); }
