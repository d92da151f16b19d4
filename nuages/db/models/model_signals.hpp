// The signals of one model, typed: receivers take the model's own objects.
//
//     post_save<Article>().connect([](Article& article, bool created) { ... });
//     pre_delete<Article>().connect([](Article& article) { ... }, {.dispatch_uid = "blog.files"});
//     m2m_changed<&Article::tags>().connect([](const models::signals::M2mChanged& event) { ... });
//
// Connect in an app's ready hook: by then every model is known. In a site's code each of them also takes the hook's
// registry, post_save<Article>(registry): nuages/site/model_signals.hpp, which <nuages/site.hpp> includes.
// Underneath are the signals of nuages/db/models/signals.hpp, with the model as the sender.
#pragma once

#include <nuages/db/models/field_kind.hpp>
#include <nuages/db/models/model_slot.hpp>
#include <nuages/db/models/signals.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages::db::models {

struct ModelTag;  // values.hpp: the base of all models

/// What stands for a model in its signals: the sender, and what receivers get of an object, which may be a value.
template <class M> struct SignalObject {
    static_assert(std::is_base_of_v<ModelTag, M>, "the signals of models are those of a class derived from models::Model");
    static const ModelMeta& sender() { return detail::loaded_meta<M>(); }
    static M& object(const ModelMeta&, void* object) { return *static_cast<M*>(object); }
};

/// auth::AnyUser and its like: the model that the site chose. What the receiver gets refers to the object while it runs.
template <Swapped M> struct SignalObject<M> {
    static const ModelMeta& sender() { return M::model_meta(); }
    static M object(const ModelMeta& meta, void* object) { return M(meta, {}, object); }
};

/// The object that an event tells of, null where it is one of another model: for receivers that listen to several.
template <class M>
    requires(!Swapped<M>)
M* object_of(const signals::Save& event) {
    return &event.meta == &SignalObject<M>::sender() ? static_cast<M*>(event.object) : nullptr;
}
template <class M>
    requires(!Swapped<M>)
M* object_of(const signals::Delete& event) {
    return &event.meta == &SignalObject<M>::sender() ? static_cast<M*>(event.object) : nullptr;
}
template <class M>
    requires(!Swapped<M>)
const M* object_of(const signals::M2mChanged& event) {
    return &event.meta == &SignalObject<M>::sender() ? static_cast<const M*>(event.object) : nullptr;
}

/// Keyword arguments of connect(); the sender is the model.
struct ReceiverOptions {
    std::string dispatch_uid = {};  ///< a second receiver of the same uid and model is not connected
};

namespace signal_kinds {
struct pre_save {
    using Event = signals::Save;
    static auto& signal() { return signals::pre_save(); }
};
struct post_save {
    using Event = signals::Save;
    static auto& signal() { return signals::post_save(); }
};
struct pre_delete {
    using Event = signals::Delete;
    static auto& signal() { return signals::pre_delete(); }
};
struct post_delete {
    using Event = signals::Delete;
    static auto& signal() { return signals::post_delete(); }
};
struct m2m_changed {
    using Event = signals::M2mChanged;
};
}  // namespace signal_kinds

// Names of errors: a receiver `takes` these, and behind them those that it `may_take`.
template <class... Parameters> struct takes {};
template <class... Parameters> struct may_take {};
template <class Kind, class Takes, class MayTake> struct wrong_receiver_of {};
template <auto Member> struct no_many_to_many_field {};

namespace detail {

struct NoProblem {
    using valid = int;
};
template <class Kind> constexpr bool tells_created = false;
template <> inline constexpr bool tells_created<signal_kinds::post_save> = true;

template <class Kind, class Object> struct WrongReceiver {
    using type = wrong_receiver_of<Kind, takes<Object&>, may_take<const typename Kind::Event&>>;
};
template <class Object> struct WrongReceiver<signal_kinds::post_save, Object> {
    using type = wrong_receiver_of<signal_kinds::post_save, takes<Object&>, may_take<bool, const signals::Save&>>;
};

template <class R, class... A> concept ReceiverOf = requires(R& receiver, A... arguments) { receiver(arguments...); };

template <class Kind, class R, class Object> consteval bool fits_receiver() {
    using Event = const typename Kind::Event&;
    if constexpr (ReceiverOf<R, Object&> || ReceiverOf<R, Object&, Event>)
        return true;
    else if constexpr (tells_created<Kind>)
        return ReceiverOf<R, Object&, bool> || ReceiverOf<R, Object&, bool, Event>;
    else
        return false;
}

template <bool Fits, class Problem> struct ProblemUnless { using type = NoProblem; };
template <class Problem> struct ProblemUnless<false, Problem> { using type = Problem; };

/// The table between two models. The field is a many-to-many one, or the other side of one.
const ModelMeta& table_between(const Field& relation);
template <class Owner, class Member> const Field& relation_field();  // to_many.hpp

template <class> struct RelationMember;
template <class M, class F> struct RelationMember<F M::*> {
    using owner = M;
    using field = F;
};
template <auto Member> const ModelMeta& owner_of_member() {
    return SignalObject<typename RelationMember<decltype(Member)>::owner>::sender();
}

}  // namespace detail

/// One signal of one model, as post_save<M>() and its like return it.
template <class M, class Kind> class ModelSignal {
    using Event = typename Kind::Event;
    using Object = SignalObject<M>;

public:
    /// The receiver takes (M&), where rows are saved (M&, bool created) as well, and either with the event behind it:
    /// `const signals::Save&` tells raw, using_ and update_fields. Throws ImproperlyConfigured for a model that no app lists.
    template <class R> nuages::signals::Connection connect(R receiver, ReceiverOptions options = {}) const {
        constexpr bool fits = detail::fits_receiver<Kind, R, M>();
        (void)sizeof(typename detail::ProblemUnless<fits, typename detail::WrongReceiver<Kind, M>::type>::type::valid);
        if constexpr (fits) {
            return Kind::signal().connect(
                [receiver = std::move(receiver)](const Event& event) mutable {
                    auto&& object = Object::object(event.meta, event.object);
                    constexpr bool created = detail::tells_created<Kind>;
                    if constexpr (created && detail::ReceiverOf<R, M&, bool, const Event&>)
                        receiver(object, event.created, event);
                    else if constexpr (created && detail::ReceiverOf<R, M&, bool>)
                        receiver(object, event.created);
                    else if constexpr (detail::ReceiverOf<R, M&, const Event&>)
                        receiver(object, event);
                    else
                        receiver(object);
                },
                {.dispatch_uid = std::move(options.dispatch_uid), .sender = &Object::sender()});
        } else {
            return {};
        }
    }
    /// False when it was not connected.
    bool disconnect(const nuages::signals::Connection& connection) const { return Kind::signal().disconnect(connection); }
    bool disconnect(std::string_view dispatch_uid) const { return Kind::signal().disconnect(dispatch_uid, &Object::sender()); }
    /// Whether somebody listens to this model, or to all.
    bool has_listeners() const { return Kind::signal().has_listeners(&Object::sender()); }
};

/// m2m_changed of one table between two models.
class ManyToManySignal {
public:
    explicit ManyToManySignal(const ModelMeta& table) : table_(&table) {}
    template <class R> nuages::signals::Connection connect(R receiver, ReceiverOptions options = {}) const {
        constexpr bool fits = detail::ReceiverOf<R, const signals::M2mChanged&>;
        (void)sizeof(typename detail::ProblemUnless<
                     fits, wrong_receiver_of<signal_kinds::m2m_changed, takes<const signals::M2mChanged&>, may_take<>>>::type::valid);
        if constexpr (fits)
            return signals::m2m_changed().connect(std::move(receiver),
                                                  {.dispatch_uid = std::move(options.dispatch_uid), .sender = table_});
        else
            return {};
    }
    /// False when it was not connected.
    bool disconnect(const nuages::signals::Connection& connection) const { return signals::m2m_changed().disconnect(connection); }
    bool disconnect(std::string_view dispatch_uid) const { return signals::m2m_changed().disconnect(dispatch_uid, table_); }
    bool has_listeners() const { return signals::m2m_changed().has_listeners(table_); }

private:
    const ModelMeta* table_;
};

/// Before a row is written; what the receiver changes in the object is saved.
template <class M> ModelSignal<M, signal_kinds::pre_save> pre_save() { return {}; }
template <class M> ModelSignal<M, signal_kinds::post_save> post_save() { return {}; }
template <class M> ModelSignal<M, signal_kinds::pre_delete> pre_delete() { return {}; }
template <class M> ModelSignal<M, signal_kinds::post_delete> post_delete() { return {}; }

/// The table of a many-to-many field, whichever side changes it: m2m_changed<&Article::tags>().
template <auto Relation> ManyToManySignal m2m_changed() {
    using Member = detail::RelationMember<decltype(Relation)>;
    constexpr bool fits = requires { Member::field::kind; requires Member::field::kind == FieldKind::many_to_many; };
    (void)sizeof(typename detail::ProblemUnless<fits, no_many_to_many_field<Relation>>::type::valid);
    if constexpr (fits)
        return ManyToManySignal(detail::table_between(detail::relation_field<typename Member::owner, typename Member::field>()));
    else
        return ManyToManySignal(detail::loaded_meta<typename Member::owner>());
}
/// The same by the model of the table: m2m_changed<Membership>().
template <class Through> ManyToManySignal m2m_changed() { return ManyToManySignal(SignalObject<Through>::sender()); }

}  // namespace nuages::db::models

namespace nuages {
using db::models::m2m_changed;
using db::models::post_delete;
using db::models::post_save;
using db::models::pre_delete;
using db::models::pre_save;
}  // namespace nuages
