// Catalogs of translations: GNU gettext's .mo and .po files in memory.
#pragma once

#include <nuages/base/ref.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nuages::utils::detail {

/// The formula of a Plural-Forms header: which of the forms stands for N.
class PluralRule {
public:
    /// Germanic: one form for 1, another one for all else.
    PluralRule() = default;
    /// Reads "nplurals=3; plural=(n%10==1 && ...);"; false, and the germanic rule, for what is malformed.
    bool parse(std::string_view header);

    std::size_t form_of(std::uint64_t n) const noexcept;
    std::size_t form_count() const noexcept { return count_; }
    std::string_view text() const noexcept { return text_; }

private:
    struct Reader;
    enum class Operator : std::uint8_t {
        number, n, not_, multiply, divide, modulo, add, subtract, less, less_equal, greater, greater_equal, equal,
        not_equal, and_, or_, choose,
    };
    struct Part {
        Operator op = Operator::number;
        std::uint64_t value = 0;
        int a = -1, b = -1, c = -1;
    };
    std::uint64_t value_of(int part, std::uint64_t n) const noexcept;

    std::vector<Part> parts_;
    int root_ = -1;
    std::size_t count_ = 2;
    std::string text_;
};

/// The messages of one language, by context and id.
class Catalog final : public RefCounted {
public:
    /// Adds a message unless it is there; FORMS has one text, or one per plural form.
    void add(std::string_view context, bool has_context, std::string_view id, std::vector<std::string> forms);
    /// Adds the messages of a file: .mo by its magic number, else .po. False when it is neither, with the reason.
    bool read(std::string_view bytes, std::string& error);

    /// The forms of a message, or null.
    const std::vector<std::string>* find(std::string_view context, bool has_context, std::string_view id) const;

    /// Takes over the messages of OTHER that are not here.
    void merge(const Catalog& other);
    bool empty() const noexcept { return messages_.empty(); }
    PluralRule plural;

    /// Calls EACH with every message: its context, whether it has one, its id and its forms.
    template <class F> void each(F each_message) const {
        for (const auto& [key, forms] : messages_) {
            const std::size_t mark = key.find('\4');
            const bool has_context = mark != key.npos;
            each_message(has_context ? std::string_view(key).substr(0, mark) : std::string_view(), has_context,
                         has_context ? std::string_view(key).substr(mark + 1) : std::string_view(key), forms);
        }
    }

private:
    bool read_mo(std::string_view bytes, std::string& error);
    bool read_po(std::string_view text, std::string& error);
    void take_header(std::string_view header);

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
    };
    // Keys as gettext has them: "context\4id".
    std::unordered_map<std::string, std::vector<std::string>, Hash, Equal> messages_;
};

}  // namespace nuages::utils::detail
