// What can be wrong with a template, with the place to look at.
#pragma once

#include <nuages/base/error.hpp>

#include <string>
#include <vector>

namespace nuages::templates {

/// A place in a template's source.
struct SourcePlace {
    std::string template_name;  // as it was asked for
    std::string origin;         // the file, or what stands for it
    int line = 0;               // from 1; 0 where unknown
    int column = 0;             // bytes before the token in its line
    std::string token;          // the tag or variable as written
    /// The lines around, numbered from first_line.
    std::vector<std::string> excerpt;
    int first_line = 0;
};

/// Anything that goes wrong inside a template.
class TemplateError : public Error {
public:
    explicit TemplateError(std::string message) : Error(std::move(message)) {}
    const char* name() const noexcept override { return "TemplateError"; }
    const SourcePlace& place() const noexcept { return place_; }
    bool has_place() const noexcept { return place_.line > 0; }
    /// The innermost place is kept: a second call does nothing.
    void set_place(SourcePlace place) {
        if (!has_place()) place_ = std::move(place);
    }

private:
    SourcePlace place_;
};

/// A tag, variable or filter is malformed or misused (django.template.TemplateSyntaxError).
class TemplateSyntaxError : public TemplateError {
public:
    using TemplateError::TemplateError;
    /// RAW is the message before the template's name was put in front of it.
    TemplateSyntaxError(std::string message, std::string raw)
        : TemplateError(std::move(message)), raw_(std::move(raw)) {}
    const char* name() const noexcept override { return "TemplateSyntaxError"; }
    const std::string& raw_message() const noexcept { return raw_.empty() ? message() : raw_; }

private:
    std::string raw_;
};

/// No loader has the template (django.template.TemplateDoesNotExist). The message is the name, as Django's.
class TemplateDoesNotExist : public TemplateError {
public:
    /// A place where a loader looked, and what it found there ("Source does not exist").
    struct Tried {
        std::string origin;
        std::string reason;
    };
    explicit TemplateDoesNotExist(std::string name, std::vector<Tried> tried = {})
        : TemplateError(std::move(name)), tried_(std::move(tried)) {}
    const char* name() const noexcept override { return "TemplateDoesNotExist"; }
    const std::vector<Tried>& tried() const noexcept { return tried_; }

private:
    std::vector<Tried> tried_;
};

/// A variable in a tag's argument does not exist, where that is an error (django.template.VariableDoesNotExist).
NUAGES_DEFINE_ERROR(VariableDoesNotExist, TemplateError);
/// A value of the wrong kind where Python raises TypeError ("'int' object is not iterable").
NUAGES_DEFINE_ERROR(TypeError, TemplateError);
/// A value out of bounds where Python raises ValueError.
NUAGES_DEFINE_ERROR(ValueError, TemplateError);

}  // namespace nuages::templates
