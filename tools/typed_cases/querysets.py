"""Querysets and their results as C++."""
import json
import re

from .expressions import AGGREGATES, Expressions, Rows
from .models import Cannot, keyword, text


class Querysets(Expressions):
    # -- querysets
    def rows(self, node):
        if "index" in node:
            slice_ = node["index"].get("slice")
            if not slice_:
                raise Cannot("an element where rows are needed")
            base = self.rows(node["of"])
            if slice_[2] is not None:
                raise Cannot("a slice with a step")
            low = 0 if slice_[0] is None else self.number(slice_[0])
            high = None if slice_[1] is None else self.number(slice_[1])
            if low < 0 or (high or 0) < 0:
                raise Cannot("a negative slice")
            limit = "" if high is None else f", {max(high - low, 0)}"
            if base.fetched:
                raise Cannot("a slice of a list")
            return Rows(f"{base.cpp}.slice({low}{limit})", base.model, base.shape, base.extras)
        if "op" in node and node["op"] in ("&", "|", "^"):
            left, right = (self.rows(one) for one in node["args"])
            return Rows(f"({left.iterable} {node['op']} {right.iterable})", left.model, left.shape, left.extras)
        if "name" in node:
            known = self.names_here.get(node["name"])
            if isinstance(known, Rows):
                return known
        if "call" in node:
            callee = node["call"]
            if callee.get("name") == "list":
                return self.rows(self.args(node)[0])
            if callee.get("name") == "sorted":
                return self.sorted(node)
            if "attr" in callee:
                return self.method(self.rows(callee["of"]), callee["attr"], node)
        if "attr" in node and node["attr"] in ("objects", "_default_manager"):
            model = node["of"].get("name")
            if model not in self.models.by_name:
                raise Cannot("something that is no model")
            known = self.models.by_name[model]
            name = f'::{known["app"]}::{model}'
            return Rows(f"{name}::objects", name, manager=True)
        if "attr" in node and (rows := self.related(node)):
            return rows
        raise Cannot("no queryset")

    def sorted(self, node):
        """sorted(rows, key=lambda x: x.field)"""
        base, kwargs = self.rows(self.args(node)[0]), dict(self.kwargs(node))
        key = kwargs.pop("key", {})
        if kwargs or len(key.get("lambda", [])) != 1:
            raise Cannot("a sort of another kind")
        with self.known(key["lambda"][0], ("element", base)):
            value = self.result(key["body"])
        return Rows(f"nuages::conformance::sorted_by({base.iterable}, [&](auto& {self.local(key['lambda'][0])}) {{ return {value}; }})",
                    base.model, base.shape, base.extras, fetched=True)

    def number(self, node):
        if (number := self.folded(node)) is not None and "op" in node:
            return number
        number = self.const(node, "a computed bound")
        if not isinstance(number, int):
            raise Cannot("a slice by something that is no number")
        return number

    def conditions(self, node):
        parts = []
        for one in self.args(node):
            parts.append(self.condition(one))
        parts += [self.keyword(name, value) for name, value in self.kwargs(node)]
        return ", ".join(parts)

    def aliases(self, node):
        parts = []
        for one in self.args(node):
            call = one.get("call", {})
            operand = one.get("args", [{}])
            if call.get("name") not in AGGREGATES or not operand or not isinstance(operand[0].get("const"), str) or operand[0]["const"] == "*":
                raise Cannot("an annotation without a name")
            alias = f'{operand[0]["const"]}__{call["name"].lower()}'
            parts.append(f"{self.name(alias)} = {self.expression(one)}")
        for name, value in self.kwargs(node):
            parts.append(f"{self.name(name)} = {self.annotation(value)}")
        return ", ".join(parts)

    def annotation(self, value):
        if "const" in value:
            raise Cannot("an annotation that is no expression")
        return self.expression(value)

    def names(self, node, at_most=None):
        names = [self.const(one, "a computed name") for one in self.args(node)]
        if not all(isinstance(one, str) for one in names):
            raise Cannot("a name that is no text")
        if at_most and len(names) > at_most:
            raise Cannot(f"more than {at_most} names")
        return names

    def ordering(self, node, expressions=False):
        args = self.args(node)
        if all("const" in one for one in args) and not expressions:
            return ", ".join(text(one) for one in self.names(node, 5))
        parts = []
        for one in args:
            if "const" in one:
                name = one["const"]
                parts.append(f"{self.name(name.lstrip('-'))}.{'desc' if name.startswith('-') else 'asc'}()")
            elif "op" in one and one["op"] == "unary-":
                parts.append(f"{self.expression(one['args'][0])}.desc()")
            elif "call" in one and one["call"].get("attr") in ("asc", "desc"):
                nulls = [f".{name} = true" for name, value in self.kwargs(one) if self.const(value)]
                operand = self.expression(one["call"]["of"])
                parts.append(f"{operand}.{one['call']['attr']}({'{' + ', '.join(nulls) + '}' if nulls else ''})")
            else:
                parts.append(f"{self.expression(one)}.asc()")
        return ", ".join(parts)

    def method(self, base, name, node):
        self.outer.append(base.model)
        try:
            return self.method_of(base, name, node)
        finally:
            self.outer.pop()

    def method_of(self, base, name, node):
        make = lambda call, shape=None, **extras: Rows(f"{base.cpp}.{call}", base.model, shape or base.shape, {**base.extras, **extras})
        if base.fetched:
            raise Cannot("a list has no method " + name)
        if name in ("filter", "exclude"):
            conditions = self.conditions(node)
            return make(f"{name}({conditions})") if conditions or name == "exclude" else make("all()")
        if name in ("annotate", "alias"):
            beside = {key: None for key, value in self.kwargs(node) if name == "annotate"}
            return make(f"{name}({self.aliases(node)})", **beside)
        if name == "raw":
            return self.raw(base, node)
        if name == "fetch_mode":
            mode = {"FETCH_ONE": "one", "FETCH_PEERS": "peers", "RAISE": "raise"}[self.args(node)[0]["name"]]
            return make(f"fetch_mode(models::FetchMode::{mode})")
        if name == "iterator":
            size = [*self.args(node), *dict(self.kwargs(node)).values()]
            if not size and ".prefetch_related(" in base.cpp:
                raise Cannot("iterator() always has a chunk's size")
            return Rows(f"{base.cpp}.iterator({', '.join(self.scalar(self.const(one)) for one in size)})", base.model, base.shape,
                        base.extras, fetched=True)
        if name == "order_by":
            return make(f"order_by({self.ordering(node)})")
        if name == "distinct" and self.args(node):
            return make(f"distinct({', '.join(text(one) for one in self.names(node, 3))})")
        if name in ("all", "distinct", "reverse", "none"):
            return make(f"{name}()")
        if name == "select_for_update":
            options = [f".{key} = {self.scalar(self.const(value))}" for key, value in self.kwargs(node) if key != "of"]
            options.sort(key=lambda one: [".nowait", ".skip_locked", ".no_key"].index(one.split()[0]))
            for key, value in self.kwargs(node):
                if key == "of":
                    tables = value.get("tuple") or value.get("list") or []
                    options.append(f".of = {{{', '.join(text(self.const(one)) for one in tables)}}}")
            return make(f"select_for_update({'{' + ', '.join(options) + '}' if options else ''})")
        if name in ("values", "values_list"):
            kwargs = dict(self.kwargs(node))
            flat = "flat" in kwargs and self.const(kwargs.pop("flat"))
            named = "named" in kwargs and self.const(kwargs.pop("named"))
            if base.shape != "objects" and (kwargs or not self.args(node)):
                raise Cannot("values() of values")
            if flat and (named or len(self.args(node)) != 1):
                raise Cannot("flat=True with other than one field")
            if kwargs and name == "values_list":
                raise Cannot(f"{name} with {', '.join(kwargs)}")
            if kwargs:  # expressions under names
                added = ", ".join(f"{self.name(key)} = {self.annotation(value)}" for key, value in kwargs.items())
                base = Rows(f"{base.cpp}.annotate({added})", base.model)
                make = lambda call, shape=None: Rows(f"{base.cpp}.{call}", base.model, shape)
            computed = any("const" not in one for one in self.args(node))
            if computed and (name == "values" or named):
                raise Cannot(f"an expression without a name in {name}")
            columns = [self.expression(one) for one in self.args(node)] + [self.name(key) for key in kwargs]
            method = "values_flat" if flat else "values" if named else name
            return make(f"{method}({', '.join(columns)})", "flat" if flat else "named" if named else name)
        if name in ("select_related", "prefetch_related"):
            if name == "prefetch_related" and any("call" in one for one in self.args(node)):
                return self.prefetched(base, node)
            if [self.folded(one) for one in self.args(node)] == [None] and self.args(node)[0].get("const", 0) is None:
                return make(f"{name}(nullptr)")
            names = self.names(node, 8)
            if not names and name == "prefetch_related":
                raise Cannot(name + " without names")
            return make(f"{name}({', '.join(text(one) for one in names)})")
        if name in ("only", "defer"):
            names = self.names(node)
            if not names:
                raise Cannot(name + " without names")
            return make(f"{name}({', '.join(self.name(one) for one in names)})")
        if name in ("union", "intersection", "difference"):
            others = [self.rows(one).cpp for one in self.args(node)]
            kwargs = dict(self.kwargs(node))
            every = "all" in kwargs and self.const(kwargs["all"])
            cpp = "union_" if name == "union" else name
            if every:
                cpp = "union_all"
            return make(f"{cpp}({', '.join(others)})")
        if name in ("dates", "datetimes"):
            given = [self.const(one) for one in self.args(node)]
            kwargs, zone = dict(self.kwargs(node)), ""
            if "tzinfo" in kwargs:
                zone = ", " + text(self.zone(kwargs.pop("tzinfo")))
            if "order" in kwargs:
                given.append(self.const(kwargs.pop("order")))
            if kwargs:
                raise Cannot(f"{name} with {', '.join(kwargs)}")
            if len(given) > 2 and given[2] not in ("ASC", "DESC"):
                raise Cannot("an order that is neither ASC nor DESC")
            descending = len(given) > 2 and given[2] == "DESC"
            order = ", true" if descending else ", false" if zone else ""
            return make(f"{name}({self.name(given[0])}, {text(given[1])}{order}{zone})", "flat")
        if name == "using":
            return make(f"using_({self.value(self.args(node)[0])})")
        if name == "complex_filter":
            one = self.args(node)[0]
            parts = [self.keyword(self.const(k), v) for k, v in one["dict"]] if "dict" in one else [self.condition(one)]
            return make(f"filter({', '.join(parts)})")
        raise Cannot("method " + name)

    def raw(self, base, node):
        args, kwargs = self.args(node), dict(self.kwargs(node))
        params = (args[1] if len(args) > 1 else kwargs.pop("params", {"list": []}))
        if "dict" in params:
            given = "".join(f", {self.name(self.const(k))} = {self.value(v)}" for k, v in params["dict"])
        else:
            given = "".join(f", {self.value(one)}" for one in params.get("list") or params.get("tuple") or [])
        if "*" not in self.const(args[0]):
            raise Cannot("raw() of some columns, which reads the others at once")
        sql = text(self.const(args[0]))
        if "translations" in kwargs:
            pairs = ", ".join(f"{{{text(self.const(k))}, {text(self.const(v))}}}" for k, v in kwargs.pop("translations")["dict"])
            sql = f"{{{sql}, {{{pairs}}}}}"
        if kwargs:
            raise Cannot("raw() with " + ", ".join(kwargs))
        return Rows(f"{base.cpp}.raw({sql}{given})", base.model, fetched=True)

    def prefetched(self, base, node):
        """prefetch_related() with Prefetch objects: one call for each."""
        cpp, extras = base.cpp, dict(base.extras)
        for one in self.args(node):
            if "const" in one:
                cpp += f".prefetch_related({text(self.const(one))})"
                continue
            args, kwargs = self.args(one), dict(self.kwargs(one))
            path = self.const(args[0])
            queryset = args[1] if len(args) > 1 else kwargs.pop("queryset", None)
            to_attr = kwargs.pop("to_attr", None)
            if one["call"].get("name") != "Prefetch" or queryset is None or kwargs:
                raise Cannot("a Prefetch without a queryset")
            rows = self.rows(queryset)
            if f'prefetch_related("{path}"' in cpp:
                raise Cannot("a relation that is prefetched twice")
            if to_attr:
                if "__" in path:
                    raise Cannot("to_attr behind a relation")
                extras[self.const(to_attr)] = rows.model
            cpp += f".prefetch_related({text(path)}, {rows.iterable}{', ' + self.name(self.const(to_attr)) if to_attr else ''})"
        return Rows(cpp, base.model, base.shape, extras)

    # -- results
    def result(self, node):
        """C++ whose value is the result."""
        if "const" in node:
            return self.scalar(node["const"])
        if "tuple" in node or "list" in node:
            items = node.get("tuple") or node.get("list") or []
            return f"nuages::conformance::row({', '.join(self.result(one) for one in items)})"
        if "name" in node:
            known = self.names_here.get(node["name"])
            if known is None:
                raise Cannot("a name that is nothing here")
            return known.iterable if isinstance(known, Rows) else self.local(node["name"])
        if "for" in node:
            return self.comprehension(node)
        if "op" in node and node["op"] == "and":
            return self.chain(node["args"])
        if "op" in node and (number := self.folded(node)) is not None:
            return self.scalar(number)
        if "op" in node and node["op"] in ("==", "!=", "+", "-", "*"):
            left, right = (self.result(one) for one in node["args"])
            return f"({left} {node['op']} {right})"
        if "index" in node and node["of"].get("call", {}).get("attr") in ("get_or_create", "update_or_create"):
            return self.result(node["of"]) + (".first" if self.number(node["index"]) == 0 else ".second")
        if "index" in node and node["of"].get("call", {}).get("attr") == "aggregate":
            return f"{self.result(node['of'])}[{self.name(self.const(node['index']))}]"
        if "index" in node and "slice" not in node["index"]:
            base = self.rows(node["of"])
            at = self.number(node["index"])
            if at < 0:
                raise Cannot("a negative index")
            return f"{base.cpp}[{at}]"
        if "attr" in node:
            value = self.attribute(node)
            if value:
                return value
            if node["attr"] in ("ordered", "totally_ordered", "db"):
                base = self.rows(node["of"])
                if base.manager:
                    raise Cannot("an attribute of a manager")
                return f"{base.cpp}.{node['attr']}()"
        if "call" in node:
            callee = node["call"]
            if callee.get("name") in self.models.by_name:
                return self.object(self.models.type_named(callee["name"]), node)
            if "attr" in callee and (done := self.done_to_object(node)):
                return done
            if callee.get("attr") in ("bulk_create", "bulk_update"):
                return self.bulk(node)
            if callee.get("attr") == "explain":
                raise Cannot("a plan")
            if callee.get("name") == "len":
                inner = self.args(node)[0]
                if inner.get("call", {}).get("attr") == "in_bulk":
                    return f"{self.result(inner)}.size()"
                return f"static_cast<std::int64_t>({self.rows(inner).iterable}.size())"
            if callee.get("name") == "bool":
                return f"{self.rows(self.args(node)[0]).cpp}.exists()"
            if "attr" in callee:
                final = self.final(callee["attr"], callee["of"], node)
                if final:
                    return final
        rows = self.rows(node)
        return f"nuages::conformance::named({rows.cpp})" if rows.shape == "named" else rows.cpp

    def comprehension(self, node):
        if "name" not in node["for"]:
            raise Cannot("a loop over several names")
        if "if" in node:
            raise Cannot("a loop with a condition")
        name, rows = node["for"]["name"], self.rows(node["in"])
        if rows.shape != "objects":
            raise Cannot("a loop over values")
        cpp = rows.iterable
        if not rows.fetched and ".fetch_mode(" not in cpp and cpp.startswith("::") and "(*" not in cpp and ".get(" not in cpp:
            cpp += ".fetch_mode(models::FetchMode::one)"  # as the recording fetches
        with self.known(name, ("element", rows)):
            return f"nuages::conformance::each({cpp}, [&](auto& {self.local(name)}) {{ return {self.result(node['yield'])}; }})"

    def chain(self, parts):
        """`a.b and a.b.c`: null where a relation is."""
        if len(parts) == 1:
            return self.result(parts[0])
        tested = self.attribute(parts[0], as_field=True)
        if not tested:
            raise Cannot("and of other things than relations")
        return f"nuages::conformance::if_set({tested}, [&] {{ return {self.chain(parts[1:])}; }})"

    def bulk(self, node):
        name, kwargs = node["call"]["attr"], dict(self.kwargs(node))
        base, args = self.rows(node["call"]["of"]), self.args(node)
        options = []
        for key in ("batch_size", "ignore_conflicts", "update_conflicts", "update_fields", "unique_fields"):
            if key not in kwargs:
                continue
            value = kwargs.pop(key)
            if "list" in value:
                options.append(f".{key} = {{{', '.join(text(self.const(one)) for one in value['list'])}}}")
            else:
                options.append(f".{key} = {self.scalar(self.folded(value) if self.folded(value) is not None else self.const(value))}")
        if kwargs:
            raise Cannot(f"{name} with {', '.join(kwargs)}")
        if any(".batch_size = std::int64_t(0)" in one for one in options):
            raise Cannot("a batch of no rows, which is no batch's size here")
        given = self.names_here.get(args[0].get("name", ""))
        if isinstance(given, Rows) and given.fetched:
            lines, objects = "", self.local(args[0]["name"])
        elif items := args[0].get("list"):
            made = ", ".join(self.object(base.model, one) for one in items)
            lines, objects = f"std::vector<{base.model}> made{{{made}}}; ", "made"
        else:
            raise Cannot(name + " of a computed list")
        if name == "bulk_create":
            given = f", {{{', '.join(options)}}}" if options else ""
            return (f"[&] {{ {lines}{base.cpp}.bulk_create({objects}{given}); return {objects}; }}()")
        fields = ", ".join(text(self.const(one)) for one in args[1].get("list") or args[1].get("tuple"))
        batch = "".join(", " + one.split(" = ")[1] for one in options)
        return f"[&] {{ {lines}return {base.cpp}.bulk_update({objects}, {{{fields}}}{batch}); }}()"

    def final(self, name, of, node):
        if name in ("count", "exists", "delete", "first", "last", "latest", "earliest", "get", "aggregate", "update", "contains", "in_bulk",
                    "create", "get_or_create", "update_or_create"):
            base = self.rows(of)
        else:
            return None
        if base.fetched:
            raise Cannot("a list has no method " + name)
        self.outer.append(base.model)
        try:
            if name in ("count", "exists", "first", "last"):
                return f"{base.cpp}.{name}()"
            if name == "delete":
                return f"{base.cpp}.delete_()"
            if name in ("latest", "earliest"):
                return f"{base.cpp}.{name}({', '.join(text(one) for one in self.names(node, 3))})"
            if name == "get":
                return f"{base.cpp}.get({self.conditions(node)})"
            if name == "aggregate":
                aliases = self.aliases(node)
                if not aliases:
                    raise Cannot("aggregate of nothing")
                return f"{base.cpp}.aggregate({aliases})"
            if name == "update":
                parts = [self.keyword(key, value) for key, value in self.kwargs(node)]
                if not parts:
                    raise Cannot("update of nothing")
                return f"{base.cpp}.update({', '.join(parts)})"
            if name == "contains":
                return f"{base.cpp}.contains({self.result(self.args(node)[0])})"
            if name == "in_bulk":
                kwargs = dict(self.kwargs(node))
                field = kwargs.pop("field_name", None)
                if not self.args(node) and not field and not kwargs:
                    return f"{base.cpp}.in_bulk()"
                if kwargs or len(self.args(node)) != 1:
                    raise Cannot("in_bulk with other arguments")
                keys = self.value(self.args(node)[0])
                if field:
                    described = self.models.field_of(base.model, self.const(field))
                    if described and described["type"] in ("ForeignKey", "OneToOneField"):
                        raise Cannot("rows by a relation, which are found by its key, not by its object")
                    kind = "std::string" if '"' in keys else "std::int64_t"
                    return f"{base.cpp}.in_bulk({self.name(self.const(field))}, std::vector<{kind}>{keys})"
                return f"{base.cpp}.in_bulk({keys})"
            if name in ("get_or_create", "update_or_create"):
                parts = []
                for key, value in self.kwargs(node):
                    if key in ("defaults", "create_defaults"):
                        if "dict" not in value:
                            raise Cannot(key)
                        if name == "update_or_create" and any("op" in v or v.get("call", {}).get("name") == "F" for _, v in value["dict"]):
                            raise Cannot("an expression among the defaults, which is read back by a query more")
                        items = [self.keyword(self.const(k), v) for k, v in value["dict"]]
                        parts.append(f"models::{key}({', '.join(items)})")
                    else:
                        parts.append(self.keyword(key, value))
                return f"{base.cpp}.{name}({', '.join(parts)})"
            if name == "create":
                return f"{base.cpp}.create({self.object(base.model, node)})"
        finally:
            self.outer.pop()
        return None

    def object(self, type_, node):
        model = self.models.by_name[type_.rsplit("::", 1)[1]]
        order = [keyword(field["name"]) for field in model["fields"]]
        given = {}
        if self.args(node):
            raise Cannot("an object by the places of its fields")
        for name, value in self.kwargs(node):
            if name == "pk":
                parts = model["pk"] if isinstance(model["pk"], list) else [model["pk"]]
                values = value.get("tuple") or value.get("list") or [value]
                for part, one in zip(parts, values):
                    part = keyword(part)
                    given[part if part in order else part[:-3]] = self.value(one)
                continue
            field = keyword(name)
            if field not in order and name.endswith("_id") and name[:-3] in order:
                field = name[:-3]
            if field not in order:
                raise Cannot("a field that the model does not have")
            given[field] = self.assigned(value)
        parts = [f".{name} = {given[name]}" for name in order if name in given]
        return f"{type_}{{{', '.join(parts)}}}"

    def assigned(self, value):
        """What a member of an object is set to."""
        if "const" in value and value["const"] is None:
            return "std::nullopt"
        if "call" in value and "attr" in value["call"] and value["call"]["of"].get("name") != "dt" or "name" in value or "attr" in value:
            return self.result(value)
        if "call" in value and value["call"].get("name") in self.models.by_name:
            return self.result(value)
        if "list" in value:
            return f"models::Json({text(json.dumps(self.python(value)))})"
        try:
            return self.value(value)
        except Cannot:
            return self.result(value)
