// Forward declarations of nuages/templates.
#pragma once

namespace nuages::templates {

class Context;
class Engine;
class Expression;
class Language;
class Library;
class Loader;
class Node;
class Parser;
class Renderer;
class Template;
class TemplateCheck;
class TemplateDoesNotExist;
class TemplateSyntaxError;
struct EngineOptions;
struct Token;

}  // namespace nuages::templates
