"""The recorded models as C++ structs."""


NUMBERS = {"AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField",
           "PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField", "FloatField"}


class Cannot(Exception):
    """The typed layer has no words for it."""


def text(value):
    escaped = "".join(c if " " <= c <= "~" and c not in '"\\?' else "".join(f"\\{b:03o}" for b in c.encode()) for c in value)
    return f'"{escaped}"'


def keyword(name):
    return name + "_" if name in {"class", "default", "union", "delete", "operator", "register", "template", "this", "meta", "save", "update",
                                   "char", "float", "int", "long", "short", "double", "bool", "new", "public", "private", "case", "export"} else name


class Models:
    def __init__(self, recorded):
        self.by_name = {m["model"]: m for m in recorded}
        self.by_label = {m["label"]: m for m in recorded}
        self.order = recorded

    def type_named(self, name):
        return f'::{self.by_name[name]["app"]}::{name}'

    def type_of(self, label):
        model = self.by_label[label.lower()]
        return f'::{model["app"]}::{model["model"]}'

    def field_of(self, type_, name):
        model = self.by_name[type_.rsplit("::", 1)[1]]
        return next((field for field in model["fields"] if field["name"] == name), None)

    def check_validation(self, type_):
        """Validation is only said of models whose options stand in the C++ struct."""
        said = {"max_length", "max_digits", "decimal_places", "default", "null", "blank", "unique", "db_index", "primary_key", "to", "on_delete",
                "related_name", "related_query_name", "db_column", "db_constraint", "to_field", "through", "through_fields", "verbose_name"}
        model = self.by_name[type_.rsplit("::", 1)[1]]
        plain = all(set(field["options"]) <= said and not isinstance(field["options"].get("default"), dict) for field in model["fields"])
        if not plain or len(model["pk"]) > 1 or {"constraints", "unique_together"} & set(model["meta"]):
            raise Cannot("validation of a model whose validators, choices or constraints are not made in C++")

    def required_between(self, field):
        """The fields of the rows between two models that Python would miss."""
        if not field or field["type"] != "ManyToManyField" or "through" not in field["options"]:
            return set()
        between = self.by_label[field["options"]["through"].lower()]
        return {one["name"] for one in between["fields"]
                if not {"default", "null", "db_default", "auto_now", "auto_now_add"} & set(one["options"]) and one["type"] not in ("ForeignKey", "OneToOneField")
                and not one["type"].endswith("AutoField")}

    def field(self, model, field):
        kind, options = field["type"], field["options"]
        if kind == "CompositePrimaryKey":
            names = ", ".join(text(name) for name in model["pk"])
            return f'CompositePrimaryKey<{names}> composite_key;'
        name = keyword(field["name"])
        given = []
        output = options.get("output_field")
        if kind == "GeneratedField":
            kwargs = output.get("kwargs", {})
            given = [f".expression = models::call<[] {{ return {self.generated(options['expression'])}; }}>"]
            given += [f".{name} = {kwargs[name]}" for name in ("max_length", "max_digits", "decimal_places") if name in kwargs]
            return f'Generated<{output["type"]}> {name}{{{{{", ".join(given)}}}}};'
        if kind in ("ForeignKey", "OneToOneField"):
            on_delete = options["on_delete"]["$callable"].rsplit(".", 1)[1]
            to_field = f', {text(options["to_field"])}' if "to_field" in options else ""
            cpp = f'{kind}<{self.type_of(options["to"])}{to_field}>'
            given.append(f".on_delete = models::{on_delete}")
            if options.get("related_name") == "+":
                given.append('.related_name = "+"')
            if "related_query_name" in options:
                given.append(f'.related_query_name = {text(options["related_query_name"])}')
            if options.get("db_constraint") is False:
                given.append(".db_constraint = false")
        elif kind == "ManyToManyField":
            cpp = f'ManyToManyField<{self.type_of(options["to"])}>'
            if options["to"].lower() == model["label"]:
                given.append(".symmetrical = true")
            if "through" in options:
                given.append(f'.through = models::through<{self.type_of(options["through"])}>')
                if "through_fields" in options:
                    pair = ", ".join(text(name) for name in options["through_fields"])
                    given.append(f".through_fields = {{{pair}}}")
            if "db_table" in options:
                given.append(f'.db_table = {text(options["db_table"])}')
            return f'{cpp} {name}{{{{{", ".join(given)}}}}};' if given else f"{cpp} {name};"
        else:
            cpp = kind
            for option in ("max_digits", "decimal_places", "max_length"):
                if option in options and not (option == "max_length" and kind == "GenericIPAddressField"):
                    given.append(f".{option} = {options[option]}")
            default = options.get("default")
            if isinstance(default, bool):
                given.append(f".default_ = {str(default).lower()}")
            elif isinstance(default, str) or (isinstance(default, (int, float)) and kind in NUMBERS):
                given.append(f".default_ = {text(default) if isinstance(default, str) else default}")
            elif kind == "JSONField" and default is not None:
                given.append('.default_ = "{}"')
        if field["options"].get("primary_key") and not kind.endswith("AutoField"):
            given.append(".primary_key = true")
        for option in ("unique", "db_index", "blank"):
            if options.get(option):
                given.append(f".{option} = true")
        if "db_column" in options:
            given.append(f'.db_column = {text(options["db_column"])}')
        order = ["max_digits", "decimal_places", "max_length", "default_", "on_delete", "related_name", "related_query_name",
                 "db_constraint", "blank", "unique", "db_index", "primary_key", "db_column"]
        rank = {"on_delete": -1, "default_": 0, "related_name": 1, "related_query_name": 2, "db_constraint": 3}
        given.sort(key=lambda one: order.index(one[1:one.index(" ")]) if "on_delete" not in one else -1)
        if "db_default" in options:
            value = options["db_default"]
            given.append(f".db_default = models::call<[] {{ return {self.computed(value)}; }}>")
            cpp = f"DatabaseDefault<{cpp}>"
        if options.get("null"):
            cpp = f"Nullable<{cpp}>"
        return f'{cpp} {name}{{{{{", ".join(given)}}}}};' if given else f"{cpp} {name};"

    def computed(self, value):
        if isinstance(value, dict):
            return f'models::functions::{value["$obj"].rsplit(".", 1)[-1]}()'
        return f"models::constant({text(value) if isinstance(value, str) else value})"

    def generated(self, tree):
        """The expression of a generated column."""
        if not isinstance(tree, dict):
            return tree if isinstance(tree, str) else str(tree)
        name, args = tree["$obj"].rsplit(".", 1)[-1], tree.get("args", [])
        if name == "F":
            return f"nuages::literals::operator\"\"_f<{text(args[0])}>()"
        if name == "Value":
            return f"models::constant({text(args[0]) if isinstance(args[0], str) else args[0]})"
        parts = [self.generated(one) for one in args]
        if name == "CombinedExpression":
            return f"({parts[0]} {parts[1]} {parts[2]})"
        return f"models::functions::{name}({', '.join(parts)})"

    def header(self):
        lines = ["// Made by tools/ast_to_cpp.", "#pragma once", "#include <nuages/db/models/case.hpp>",
                 "#include <nuages/db/models/comparisons.hpp>",
                 "#include <nuages/db/models/functions.hpp>", "#include <nuages/db/models/window.hpp>", "#include <nuages/models.hpp>",
                 '#include "typed_values.hpp"', ""]
        for model in self.order:
            lines.append(f'namespace {model["app"]} {{ struct {model["model"]}; }}')
        for model in self.order:
            name = model["model"]
            lines += [f'namespace {model["app"]} {{', "namespace models = nuages::models;",
                      f"struct {name} : models::Model<{name}> {{"]
            lines += [f"    {self.field(model, field)}" for field in model["fields"]]
            for reverse in model["reverse_accessors"]:
                query = f', {text(reverse["query_name"])}' if reverse["query_name"] != reverse["accessor"] else ""
                lines.append(f'    Reverse<{self.type_of(reverse["from"])}, {text(reverse["field"])}{query}> {reverse["accessor"]};')
            lines += [f"    static models::Meta<{name}> meta();", "};", "}", ""]
        lines.append("std::vector<const nuages::models::ModelMeta& (*)()> all_models();")
        return "\n".join(lines) + "\n"

    def source(self):
        lines = ['#include "models.hpp"']
        for model in self.order:
            meta = model["meta"]
            given = []
            if "ordering" in meta:
                given.append(f'.ordering = {{{", ".join(text(name) for name in meta["ordering"])}}}')
            table = meta.get("db_table")
            if table:
                given.append(f".db_table = {text(table)}")
            latest = meta.get("get_latest_by")
            if latest:
                names = [latest] if isinstance(latest, str) else latest
                given.append(f'.get_latest_by = {{{", ".join(text(name) for name in names)}}}')
            name = f'{model["app"]}::{model["model"]}'
            lines.append(f'nuages::models::Meta<{name}> {name}::meta() {{ return {{{", ".join(given)}}}; }}')
        names = ", ".join(f'{m["app"]}::{m["model"]}' for m in self.order)
        lines.append(f"std::vector<const nuages::models::ModelMeta& (*)()> all_models() {{ return nuages::models::list<{names}>(); }}")
        return "\n".join(lines) + "\n"
