// What <type_traits> says through chains of classes, said without them: headers that every model includes ask these
// questions for each type and each overload, and each class that a question makes costs its users compile time.
#pragma once

namespace nuages {

/// As std::convertible_to: a From may stand where a T is taken.
template <class From, class T>
concept ConvertsTo = requires(void (*take)(T), From&& from) { take(static_cast<From&&>(from)); };

/// As std::is_integral_v of a type without const, bool and characters among them.
template <class T> inline constexpr bool is_integer = false;
template <> inline constexpr bool is_integer<bool> = true;
template <> inline constexpr bool is_integer<char> = true;
template <> inline constexpr bool is_integer<wchar_t> = true;
template <> inline constexpr bool is_integer<char8_t> = true;
template <> inline constexpr bool is_integer<char16_t> = true;
template <> inline constexpr bool is_integer<char32_t> = true;
template <> inline constexpr bool is_integer<signed char> = true;
template <> inline constexpr bool is_integer<unsigned char> = true;
template <> inline constexpr bool is_integer<short> = true;
template <> inline constexpr bool is_integer<unsigned short> = true;
template <> inline constexpr bool is_integer<int> = true;
template <> inline constexpr bool is_integer<unsigned> = true;
template <> inline constexpr bool is_integer<long> = true;
template <> inline constexpr bool is_integer<unsigned long> = true;
template <> inline constexpr bool is_integer<long long> = true;
template <> inline constexpr bool is_integer<unsigned long long> = true;

/// As std::is_floating_point_v of a type without const.
template <class T> inline constexpr bool is_fraction = false;
template <> inline constexpr bool is_fraction<float> = true;
template <> inline constexpr bool is_fraction<double> = true;
template <> inline constexpr bool is_fraction<long double> = true;

template <class T> inline constexpr bool is_pointer = false;
template <class T> inline constexpr bool is_pointer<T*> = true;

}  // namespace nuages
