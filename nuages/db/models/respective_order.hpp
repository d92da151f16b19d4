// The order of objects among those that refer to the same one: Meta.order_with_respect_to.
//
//     struct Answer : models::Model<Answer> { ...; ForeignKey<Question> question; IntegerField _order {{.editable = false}};
//         static models::Meta<Answer> meta() { return {.order_with_respect_to = "question"}; } };
//     models::get_order<Answer>(question);                // {3, 1, 2}: question.get_answer_order()
//     models::set_order<Answer>(question, {1, 2, 3});     // question.set_answer_order()
//     models::get_next_in_order(answer);                  // std::optional<Answer>
#pragma once

#include <nuages/db/models/model_slot.hpp>
#include <nuages/db/models/query.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace nuages::db::models {

/// The keys of META's objects that refer to OWNER, in their order. ImproperlyConfigured for a model without such an order.
std::vector<Literal> get_order(const ModelMeta& meta, const void* owner, std::string_view database = {});
/// Gives the objects with these keys the numbers 0, 1, 2 ... Keys of other owners' objects are passed over.
void set_order(const ModelMeta& meta, const void* owner, std::span<const Literal> keys, std::string_view database = {});
/// The object behind OBJECT in its order, or before it; null where there is none.
Ref<Instance> neighbour_in_order(const ModelMeta& meta, const void* object, bool before, std::string_view database = {});
/// The number that a new object gets: one more than the largest. save() calls it.
std::int64_t next_order_number(const ModelMeta& meta, const void* object, std::string_view database);

template <class T, class Owner> std::vector<std::int64_t> get_order(const Owner& owner) {
    std::vector<std::int64_t> keys;
    for (const Literal& key : get_order(detail::loaded_meta<T>(), &owner)) keys.push_back(key.integer());
    return keys;
}
template <class T, class Owner> void set_order(const Owner& owner, std::initializer_list<std::int64_t> keys) {
    const std::vector<Literal> list(keys.begin(), keys.end());
    set_order(detail::loaded_meta<T>(), &owner, list);
}
template <class T> std::optional<T> get_next_in_order(const T& object, bool before = false) {
    const Ref<Instance> found = neighbour_in_order(detail::loaded_meta<T>(), &object, before);
    if (!found) return {};
    return *static_cast<const T*>(found->object());
}
template <class T> std::optional<T> get_previous_in_order(const T& object) { return get_next_in_order(object, true); }

}  // namespace nuages::db::models
