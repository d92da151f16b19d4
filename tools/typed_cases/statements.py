"""Objects, and cases of several statements, as C++."""
import contextlib

from .models import Cannot, keyword, text
from .querysets import Querysets, Rows

EXCEPTIONS = {"IntegrityError": "nuages::db::IntegrityError", "ValueError": "nuages::db::models::ValueError",
              "TransactionManagementError": "nuages::db::TransactionManagementError", "KeyError": "nuages::conformance::KeyError",
              "RuntimeError": "std::runtime_error"}


class Object:
    """One object: its C++ and model, and what stands beside its fields."""

    def __init__(self, cpp, model, extras=None, new=False):
        self.cpp, self.model, self.extras, self.new = cpp, model, extras or {}, new


class Translator(Querysets):
    # -- names of the case
    def local(self, name):
        return f"py_{name}"

    @contextlib.contextmanager
    def known(self, name, what):
        """A name for the length of a block: ("element", rows) is one of its objects."""
        former = self.names_here.get(name)
        self.names_here[name] = Object(self.local(name), what[1].model, what[1].extras)
        yield
        self.names_here.pop(name)
        if former:
            self.names_here[name] = former

    # -- objects
    def instance(self, node):
        """The object that a tree is, for what Python writes behind it; None if it is none."""
        if "name" in node:
            known = self.names_here.get(node["name"])
            return known if isinstance(known, Object) else None
        if "call" in node and node["call"].get("name") in self.models.by_name:
            type_ = self.models.type_named(node["call"]["name"])
            return Object(self.object(type_, node), type_, new=True)
        if "call" in node and node["call"].get("attr") in ("get", "first", "last", "latest", "earliest", "create") and "of" in node["call"]:
            name, of = node["call"]["attr"], node["call"]["of"]
            try:
                base = self.rows(of)
            except Cannot:
                return None
            if base.shape != "objects" or base.fetched or ".only(" in base.cpp or ".defer(" in base.cpp:
                return None
            cpp = self.final(name, of, node)
            return Object(f"(*{cpp})" if name in ("first", "last") else cpp, base.model, base.extras)
        if "index" in node and "slice" not in node["index"]:
            try:
                base = self.rows(node["of"])
            except Cannot:
                return None
            return Object(self.result(node), base.model, base.extras) if base.shape == "objects" else None
        if "attr" in node:
            owner = self.instance(node["of"])
            field = owner and self.models.field_of(owner.model, node["attr"])
            if field and field["type"] in ("ForeignKey", "OneToOneField"):
                related = f'nuages::conformance::object_of({owner.cpp}.{keyword(field["name"])})'
                return Object(related, self.models.type_of(field["options"]["to"]))
            if owner and (reverse := self.reverse(owner, node["attr"])) and reverse["kind"] == "one_to_one":
                return Object(f'(*{owner.cpp}.{reverse["accessor"]})', self.models.type_of(reverse["from"]))
        return None

    def reverse(self, owner, name):
        model = self.models.by_name[owner.model.rsplit("::", 1)[1]]
        return next((one for one in model["reverse_accessors"] if one["accessor"] == name), None)

    def related(self, node):
        """The rows of a to-many relation of an object."""
        owner = self.instance(node["of"])
        if not owner:
            return None
        if beside := owner.extras.get(node["attr"]):
            return Rows(f'{owner.cpp}[{self.name(node["attr"])}]', beside, fetched=True)
        field = self.models.field_of(owner.model, node["attr"])
        if field and field["type"] == "ManyToManyField":
            return Rows(f'{owner.cpp}.{keyword(field["name"])}', self.models.type_of(field["options"]["to"]), manager=True, field=field)
        reverse = self.reverse(owner, node["attr"])
        if reverse and reverse["kind"] != "one_to_one":
            other = self.models.field_of(self.models.type_of(reverse["from"]), reverse["field"])
            return Rows(f'{owner.cpp}.{reverse["accessor"]}', self.models.type_of(reverse["from"]), manager=True, field=other)
        return None

    def attribute(self, node, as_field=False):
        """A value of an object; a relation as its object, or (AS_FIELD) as the member."""
        owner = self.instance(node["of"]) if "of" in node else None
        if not owner:
            return None
        if node["attr"] == "pk":
            if len(self.models.by_name[owner.model.rsplit("::", 1)[1]]["pk"]) > 1 and owner.new:
                raise Cannot("the key of several parts of a new object")
            return f"nuages::conformance::key({owner.cpp}.pk())"
        if node["attr"] in owner.extras:
            return f'{owner.cpp}[{self.name(node["attr"])}]'
        field = self.models.field_of(owner.model, node["attr"])
        if not field and node["attr"].endswith("_id"):
            field = self.models.field_of(owner.model, node["attr"][:-3])
            return f'nuages::conformance::key_of({owner.cpp}.{keyword(field["name"])})' if field else None
        if not field:
            one = self.instance(node)
            return one.cpp if one else None
        if field["type"] == "ManyToManyField":
            return None
        name = f'{owner.cpp}.{keyword(field["name"])}'
        relation = field["type"] in ("ForeignKey", "OneToOneField")
        return f"nuages::conformance::object_of({name})" if relation and not as_field else name

    def done_to_object(self, node):
        """A method of an object, or of the manager of its relation, that Python calls for what it does."""
        name, of = node["call"]["attr"], node["call"]["of"]
        if name in ("add", "remove", "set", "clear"):
            rows = self.rows(of)
            if not rows.manager or "::objects" in rows.cpp.rsplit(".", 1)[-1]:
                raise Cannot(f"{name} of other things than relations")
            return self.effect(f"{rows.cpp}.{name}({', '.join(self.changed(name, rows, node))})")
        if of.get("name") == "transaction":
            return self.transaction(name, node)
        if name == "append" and "name" in of:
            return self.effect(f"{self.local(of['name'])}.push_back({self.result(self.args(node)[0])})")
        one = self.instance(of)
        if not one:
            return None
        kwargs = dict(self.kwargs(node))
        if name == "save":
            return self.effect(f"{one.cpp}.save({self.save_options(kwargs)})")
        if name == "delete" and not kwargs:
            return f"{one.cpp}.delete_()"
        if name == "full_clean" and not kwargs:
            self.models.check_validation(one.model)
            return self.effect(f"{one.cpp}.full_clean()")
        if name == "refresh_from_db":
            fields = kwargs.pop("fields", {"list": []}).get("list", [])
            if kwargs:
                raise Cannot("refresh_from_db with " + ", ".join(kwargs))
            return self.effect(f"{one.cpp}.refresh_from_db({', '.join(self.name(self.const(field)) for field in fields)})")
        for start in ("get_next_by_", "get_previous_by_"):
            if name.startswith(start):
                conditions = "".join(", " + self.keyword(key, value) for key, value in kwargs.items())
                return f"{one.cpp}.{start.removesuffix('_')}({self.name(name.removeprefix(start))}{conditions})"
        raise Cannot("method " + name + " of an object")

    def effect(self, call):
        """A call for what it does: Python's value of it is None."""
        return f"[&] {{ {call}; return nullptr; }}()"

    def save_options(self, kwargs):
        options = []
        for key in ("force_insert", "force_update", "update_fields"):
            if key not in kwargs:
                continue
            value = kwargs.pop(key)
            if key == "update_fields":
                names = value.get("list") or value.get("tuple") or []
                if not names:
                    raise Cannot("save() of no fields at all")
                options.append(f".update_fields = {{{', '.join(text(self.const(one)) for one in names)}}}")
            else:
                options.append(f".{key} = {self.scalar(self.const(value))}")
        if kwargs:
            raise Cannot("save() with " + ", ".join(kwargs))
        return f"{{{', '.join(options)}}}" if options else ""

    def changed(self, name, rows, node):
        """The arguments of add(), remove(), set()."""
        kwargs = dict(self.kwargs(node))
        defaults = kwargs.pop("through_defaults", None)
        if kwargs:
            raise Cannot(f"{name} with {', '.join(kwargs)}")
        parts = [self.result(one) for one in self.args(node)] if name != "set" else []
        if name == "set":
            given = self.args(node)[0]
            items = given.get("list")
            if items is None:
                parts = [f"{self.rows(given).iterable}.list()"]
            elif items and all(self.instance(one) for one in items):
                parts = [f"std::vector<{rows.model}>{{{', '.join(self.result(one) for one in items)}}}"]
            else:
                keys = [f"{one.cpp}.pk()" if (one := self.instance(item)) else self.result(item) for item in items]
                parts = [f"std::vector<std::int64_t>{{{', '.join(keys)}}}"]
        if defaults:
            pairs = ", ".join(self.keyword(self.const(key), value) for key, value in defaults["dict"])
            parts.append(f"models::through_defaults({pairs})")
        given = {self.const(key) for key, _ in defaults["dict"]} if defaults else set()
        if name in ("add", "set") and self.models.required_between(rows.field) - given:
            raise Cannot("rows between, whose fields have values of their own in C++")
        return parts

    def transaction(self, name, node):
        args = self.args(node)
        if name == "on_commit" and len(args) == 1 and args[0].get("lambda") == [] and not self.kwargs(node):
            return self.effect(f"nuages::on_commit([&] {{ {self.result(args[0]['body'])}; }})")
        if name in ("savepoint", "savepoint_rollback", "savepoint_commit") and not self.kwargs(node):
            call = f"nuages::db::{name}({', '.join(self.result(one) for one in args)})"
            return call if name == "savepoint" else self.effect(call)
        raise Cannot("transaction." + name)

    # -- statements
    def program(self, tree):
        """The lines of a case's function."""
        statements = tree.get("seq") or [tree]
        *before, last = statements
        lines = [line for one in before for line in self.statement(one)]
        if any(word in last for word in ("assign", "with", "try", "raise")):
            return [*lines, *self.statement(last), "nuages::conformance::put(out, nullptr);"]
        if last.get("call", {}).get("attr") == "savepoint":
            raise Cannot("a savepoint's number")
        return [*lines, f"nuages::conformance::put(out, {self.result(last)});"]

    def statement(self, node):
        if "assign" in node:
            return self.assignment(node)
        if "with" in node:
            return self.block(node)
        if "try" in node:
            kind = node.get("except")
            if kind not in EXCEPTIONS or set(node) - {"try", "except", "handler"}:
                raise Cannot("an exception of another kind")
            handler = [line for one in node["handler"] for line in self.statement(one)]
            return ["try {", *[line for one in node["try"] for line in self.statement(one)], f"}} catch (const {EXCEPTIONS[kind]}&) {{", *handler, "}"]
        if "raise" in node:
            raised = node["raise"]
            kind = raised.get("call", {}).get("name")
            if kind not in EXCEPTIONS:
                raise Cannot("an exception of another kind")
            return [f"throw {EXCEPTIONS[kind]}({text(self.const(self.args(raised)[0]))});"]
        if "pass" in node:
            return []
        if "for" in node:
            return self.loop(node)
        if "def" in node or "return" in node:
            raise Cannot("a function of its own")
        if "call" in node and (zone := self.zone_block(node)) is not None:
            return zone
        return [f"(void)({self.result(node)});"]

    def zone_block(self, node):
        """override.__enter__() and __exit__() of a timezone.override."""
        callee = node["call"]
        known = self.names_here.get(callee.get("of", {}).get("name", ""))
        if not isinstance(known, tuple) or known[0] != "zone":
            return None
        name = self.local(callee["of"]["name"])
        if callee["attr"] == "__enter__":
            return [f"std::optional<nuages::timezone::override> {name}(std::in_place, {text(known[1])});"]
        return [f"{name}.reset();"]

    def assignment(self, node):
        target, value = node["assign"], node["value"]
        if "attr" in target:
            return [self.member_assignment(self.instance(target["of"]), target["attr"], value)]
        if "name" not in target:
            raise Cannot("an assignment to several names")
        if value.get("call", {}).get("attr") == "override":
            self.names_here[target["name"]] = ("zone", self.const(self.args(value)[0]))
            return []
        if value == {"list": []}:
            self.names_here[target["name"]] = "log"
            return [f"std::vector<std::string> {self.local(target['name'])};"]
        cpp, what = self.kept(target["name"], value)
        self.names_here[target["name"]] = what
        return [f"auto {self.local(target['name'])} = {cpp};"]

    def kept(self, name, value):
        """What a variable is made of, and what it is then."""
        local = self.local(name)
        if one := self.instance(value):
            return one.cpp, Object(local, one.model, one.extras)
        if value.get("call", {}).get("name") == "list":
            rows = self.rows(self.args(value)[0])
            return (rows.cpp if rows.fetched else f"{rows.iterable}.list()"), Rows(local, rows.model, rows.shape, rows.extras, fetched=True)
        if "for" in value or "const" in value:
            return self.result(value), "value"
        try:
            rows = self.rows(value)
        except Cannot:
            return self.result(value), "value"
        return rows.iterable, Rows(local, rows.model, rows.shape, rows.extras, fetched=rows.fetched)

    def member_assignment(self, owner, name, value):
        if not owner:
            raise Cannot("an attribute of something that is no object")
        model = self.models.by_name[owner.model.rsplit("::", 1)[1]]
        if name == "pk":
            if len(model["pk"]) != 1:
                raise Cannot("a key of several parts set at once")
            name = model["pk"][0]
        field = self.models.field_of(owner.model, name) or self.models.field_of(owner.model, name.removesuffix("_id"))
        if not field:
            raise Cannot("an attribute that is no field")
        if field["type"] == "ManyToManyField":
            raise Cannot("many objects set at once")
        right = self.assigned(value)
        if right == "std::nullopt" and field["type"].endswith("AutoField"):
            right = "0"
        return f"{owner.cpp}.{keyword(field['name'])} = {right};"

    def loop(self, node):
        """[setattr(x, "field", value) for x in list]"""
        rows = self.rows(node["in"])
        calls = node["yield"]["args"] if node["yield"].get("op") == "or" else [node["yield"]]
        if not rows.fetched or any(one.get("call", {}).get("name") != "setattr" for one in calls):
            raise Cannot("a loop of another kind")
        name = node["for"]["name"]
        with self.known(name, ("element", rows)):
            sets = [self.member_assignment(self.instance(self.args(one)[0]), self.const(self.args(one)[1]), self.args(one)[2]) for one in calls]
        return [f"for (auto& {self.local(name)} : {rows.cpp}) {{ {' '.join(sets)} }}"]

    def block(self, node):
        """with transaction.atomic(): what is assigned last stays known behind it."""
        call = node["with"].get("call", {})
        if call.get("attr") != "atomic" or call["of"].get("name") != "transaction" or self.args(node["with"]):
            raise Cannot("a with block of another kind")
        options = dict(self.kwargs(node["with"]))
        given = [f".{key} = {self.scalar(self.const(options.pop(key)))}" for key in ("savepoint", "durable") if key in options]
        if options:
            raise Cannot("atomic() with " + ", ".join(options))
        *body, last = node["body"]
        lines = [line for one in body for line in self.statement(one)]
        behind = f", {{{', '.join(given)}}}" if given else ""
        if "assign" in last and "name" in last["assign"]:
            cpp, what = self.kept(last["assign"]["name"], last["value"])
            self.names_here[last["assign"]["name"]] = what
            return [f"auto {self.local(last['assign']['name'])} = nuages::atomic([&] {{", *lines, f"return {cpp};", f"}}{behind});"]
        return ["nuages::atomic([&] {", *lines, *self.statement(last), f"}}{behind});"]
