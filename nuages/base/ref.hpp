// Intrusive reference counting: what <memory>'s shared_ptr does, at a fraction of its compile time.
#pragma once

#include <cstddef>
#include <utility>

namespace nuages {

/// Base of objects held by Ref. The count is atomic (relaxed increments, acquire-release decrements).
class RefCounted {
public:
    RefCounted() = default;
    RefCounted(const RefCounted&) noexcept {}
    RefCounted& operator=(const RefCounted&) noexcept { return *this; }
    virtual ~RefCounted() = default;

    void retain() const noexcept { __atomic_fetch_add(&count_, 1, __ATOMIC_RELAXED); }
    void release() const noexcept {
        if (__atomic_sub_fetch(&count_, 1, __ATOMIC_ACQ_REL) == 0) delete this;
    }
    /// True when exactly one Ref holds the object: it may be changed in place.
    bool unique() const noexcept { return __atomic_load_n(&count_, __ATOMIC_ACQUIRE) == 1; }

private:
    mutable int count_ = 0;
};

/// A shared owner of a T derived from RefCounted.
template <class T>
class Ref {
public:
    using element_type = T;

    Ref() = default;
    Ref(std::nullptr_t) noexcept {}
    explicit Ref(T* object) noexcept : object_(object) {
        if (object_) object_->retain();
    }
    Ref(const Ref& other) noexcept : Ref(other.object_) {}
    // By hand: std::exchange and std::swap would make thirty classes of <type_traits> for each T.
    Ref(Ref&& other) noexcept : object_(other.object_) { other.object_ = nullptr; }
    template <class U>
        requires requires(U* from) { static_cast<T*>(from); }
    Ref(const Ref<U>& other) noexcept : Ref(static_cast<T*>(other.get())) {}
    Ref& operator=(Ref other) noexcept {
        T* const former = object_;
        object_ = other.object_;
        other.object_ = former;
        return *this;
    }
    ~Ref() {
        if (object_) object_->release();
    }

    T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    friend bool operator==(const Ref& a, const Ref& b) noexcept { return a.object_ == b.object_; }

private:
    T* object_ = nullptr;
};

template <class T, class... Arguments>
Ref<T> make_ref(Arguments&&... arguments) {
    return Ref<T>(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace nuages
