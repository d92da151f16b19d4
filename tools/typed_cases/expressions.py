"""Values, expressions and conditions of a tree as C++."""
import datetime
import json
import re
import zoneinfo

from .models import Cannot, text


class Rows:
    """A queryset: its C++ and model, whether its rows are objects, and what stands beside their fields."""

    def __init__(self, cpp, model, shape="objects", extras=None, manager=False, fetched=False, field=None):
        self.cpp, self.model, self.shape, self.manager, self.fetched, self.field = cpp, model, shape, manager, fetched, field
        self.extras = extras or {}  # annotations: None; to_attr of a Prefetch: its model

    @property
    def iterable(self):
        """A manager keeps no rows: all() does."""
        return f"{self.cpp}.all()" if self.manager else self.cpp


AGGREGATES = {"Count", "Sum", "Avg", "Min", "Max", "StdDev", "Variance", "AnyValue", "StringAgg"}
FUNCTIONS = set("""Lower Upper Trim LTrim RTrim Length Concat Substr Left Right LPad RPad Repeat Replace Reverse StrIndex Chr Ord MD5
SHA1 SHA224 SHA256 SHA384 SHA512 Coalesce Greatest Least NullIf Abs Ceil Floor Round Mod Power Sign Sqrt Exp Ln Log Degrees Radians Sin
Cos Tan Cot ASin ACos ATan ATan2 Pi Random Now ExtractYear ExtractIsoYear ExtractQuarter ExtractMonth ExtractWeek ExtractWeekDay
ExtractIsoWeekDay ExtractDay ExtractHour ExtractMinute ExtractSecond TruncYear TruncQuarter TruncMonth TruncWeek TruncDay TruncHour
TruncMinute TruncSecond TruncDate TruncTime JSONArray""".split())
WINDOW_FUNCTIONS = {"RowNumber", "Rank", "DenseRank", "PercentRank", "CumeDist", "Ntile", "Lag", "Lead", "FirstValue", "LastValue", "NthValue"}
# Strings behind these positions are values, not names of fields.
PLAIN_ARGUMENTS = {"LPad": {2}, "RPad": {2}, "StrIndex": set(), "Collate": {1}}
# Keyword arguments that C++ takes by their place, behind the first argument.
PLACED = {"Round": ("precision",), "Lag": ("offset", "default"), "Lead": ("offset", "default"), "NthValue": ("nth",), "Ntile": ("num_buckets",)}
COMPARISONS = set("""Exact IExact GreaterThan GreaterThanOrEqual LessThan LessThanOrEqual In Range IsNull Contains IContains StartsWith
IStartsWith EndsWith IEndsWith Regex IRegex""".split())
BITS = {"bitand": "bitand_", "bitor": "bitor_", "bitxor": "bitxor", "bitleftshift": "bitleftshift", "bitrightshift": "bitrightshift"}
ARITHMETIC = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "**": lambda a, b: a ** b}


class Expressions:
    def __init__(self, models):
        self.models = models
        self.outer = []  # models of the querysets around an argument
        self.names_here = {}  # variables of the case

    def args(self, node):
        for one in node.get("args", []):
            if "star" in one:
                raise Cannot("unpacked arguments")
        return node.get("args", [])

    def kwargs(self, node):
        pairs = node.get("kwargs", [])
        for name, _ in pairs:
            if not isinstance(name, str):
                raise Cannot("unpacked keyword arguments")
        return pairs

    def const(self, node, what="a computed name"):
        if not isinstance(node, dict) or "const" not in node:
            raise Cannot(what)
        return node["const"]

    # -- plain values
    def value(self, node):
        if "const" in node:
            return self.scalar(node["const"])
        if "list" in node or "set" in node or ("tuple" in node):
            items = node.get("list") or node.get("set") or node.get("tuple") or []
            if not items:
                return "std::vector<std::int64_t>{}"
            kinds = {self.kind(item) for item in items}
            if len(kinds) > 1:
                raise Cannot("a list of values of several types")
            if "tuple" in node and kinds == {"tuple"}:
                return "{" + ", ".join(self.tuple(item) for item in items) + "}"
            if kinds == {"tuple"}:
                return "{" + ", ".join(self.tuple(item) for item in items) + "}"
            return "{" + ", ".join(self.value(item) for item in items) + "}"
        if "op" in node and (number := self.folded(node)) is not None:
            return self.scalar(number)
        if "call" in node:
            callee = node["call"]
            if callee.get("name") == "D":
                return f'nuages::Decimal({text(str(self.const(self.args(node)[0])))})'
            if callee.get("name") == "UUID":
                number = dict(self.kwargs(node)).get("int")
                digits = f'{self.const(number):032x}' if number else self.const(self.args(node)[0])
                return f'*nuages::Uuid::parse({text(digits)})'
            if callee.get("attr") in ("date", "datetime", "time", "timedelta") and callee["of"].get("name") == "dt":
                return self.moment(callee["attr"], node)
            if callee.get("name") == "range":
                numbers = [self.const(one) for one in self.args(node)]
                return "{" + ", ".join(f"std::int64_t({n})" for n in range(*numbers)) + "}"
        if "dict" in node:
            return f"models::Json({text(json.dumps(self.python(node)))})"
        raise Cannot("a value of another kind")

    def folded(self, node):
        """A number that Python computes from constants alone; None where there is more than that."""
        if "const" in node:
            value = node["const"]
            return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        if "op" not in node:
            return None
        numbers = [self.folded(one) for one in node["args"]]
        if None in numbers:
            return None
        if node["op"] == "unary-":
            return -numbers[0]
        if node["op"] in ARITHMETIC and len(numbers) == 2 and not (node["op"] == "**" and abs(numbers[1]) > 64):
            return ARITHMETIC[node["op"]](*numbers)
        return None

    def python(self, node):
        if "const" in node:
            return node["const"]
        if "list" in node:
            return [self.python(one) for one in node["list"]]
        if "dict" in node:
            return {self.python(k): self.python(v) for k, v in node["dict"]}
        raise Cannot("a JSON value that is computed")

    def kind(self, node):
        if "const" in node:
            value = node["const"]
            if value is None:
                raise Cannot("None in a list")
            return "float" if isinstance(value, float) else type(value).__name__
        if "tuple" in node or "list" in node:
            return "tuple"
        return "other"

    def tuple(self, node):
        items = node.get("tuple") or node.get("list")
        return "std::tuple(" + ", ".join(self.typed_scalar(item) for item in items) + ")"

    def typed_scalar(self, node):
        value = self.value(node)
        return f"std::string({value})" if value.startswith('"') else value

    def scalar(self, value):
        if value is None:
            return "nullptr"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            if not -2**63 < value < 2**63:
                raise Cannot("an integer past 64 bits")
            return f"std::int64_t({value})"
        if isinstance(value, float):
            return repr(value)
        if isinstance(value, str):
            return f"std::string({text(value)}, {len(value.encode())})" if "\0" in value else text(value)
        if isinstance(value, dict) and value.get("$type") == "bytes":
            import base64
            data = base64.b64decode(value["value"])
            return 'models::Bytes(std::string_view("' + "".join(f"\\{b:03o}" for b in data) + f'", {len(data)}))'
        raise Cannot("a constant of another kind")

    def moment(self, kind, node):
        numbers = [self.const(one) for one in self.args(node)]
        zone = None
        if kind == "timedelta":
            units = {"days": 86400e6, "hours": 3600e6, "minutes": 60e6, "seconds": 1e6, "microseconds": 1, "weeks": 7 * 86400e6,
                     "milliseconds": 1e3}
            total = (numbers[0] if numbers else 0) * 86400e6 + (numbers[1] if len(numbers) > 1 else 0) * 1e6
            for name, value in self.kwargs(node):
                total += self.const(value) * units[name]
            return f"nuages::Duration{{{int(total)}}}"
        for name, value in self.kwargs(node):
            if name != "tzinfo" or kind != "datetime":
                raise Cannot("a time with a zone")
            zone = "UTC" if value.get("name") == "UTC" else self.zone(value)
        if kind == "date":
            return f"nuages::Date::from_ymd({numbers[0]}, {numbers[1]}, {numbers[2]})"
        if kind == "time":
            numbers += [0] * (4 - len(numbers))
            return f"nuages::Time::from_hms({', '.join(map(str, numbers))})"
        if not zone:
            raise Cannot("a datetime without time zone")
        numbers += [0] * (7 - len(numbers))
        if zone != "UTC":
            moment = datetime.datetime(*numbers, tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(datetime.timezone.utc)
            numbers = [*moment.timetuple()[:6], moment.microsecond]
        return f"nuages::DateTime::from_ymdhms({', '.join(map(str, numbers))})"

    def zone(self, node):
        """The key of tz("Europe/Paris")."""
        if "call" not in node or node["call"].get("name") != "tz":
            raise Cannot("a time zone of another kind")
        return self.const(self.args(node)[0])

    # -- expressions
    def name(self, path):
        if not re.fullmatch(r"[A-Za-z_]\w*", path):
            raise Cannot("a name that is no identifier")
        return f'{text(path)}_f'

    def expression(self, node, text_is_name=True):
        if "const" in node:
            if isinstance(node["const"], str) and text_is_name:
                return "models::star" if node["const"] == "*" else self.name(node["const"])
            return self.scalar(node["const"])
        if "op" in node:
            return self.operation(node, text_is_name)
        if "call" in node and "name" in node["call"]:
            return self.function(node["call"]["name"], node)
        if "call" in node and node["call"].get("attr") in BITS:
            return f'{BITS[node["call"]["attr"]]}({self.expression(node["call"]["of"])}, {self.expression(self.args(node)[0], False)})'
        if "index" in node and node["of"].get("call", {}).get("name") == "F":
            return self.part_of_text(node)
        if "call" in node and node["call"].get("attr") in ("date", "datetime", "time", "timedelta") and node["call"]["of"].get("name") == "dt":
            return self.value(node)
        if "call" in node or "index" in node:
            return f"models::Subquery({self.rows(node).cpp})"
        raise Cannot("an expression of another kind")

    def part_of_text(self, node):
        bounds = node["index"].get("slice")
        if not bounds:
            at = self.number(node["index"])
            bounds = [{"const": at}, {"const": at + 1}, None]
        low, high = (None if one is None else self.number(one) for one in bounds[:2])
        if bounds[2] is not None or (low or 0) < 0 or (high or 0) < 0:
            raise Cannot("a slice that no database has")
        return f"{self.expression(node['of'])}.slice({low or 0}{'' if high is None else f', {max(high - (low or 0), 0)}'})"

    def operation(self, node, text_is_name=False):
        op, args = node["op"], node["args"]
        if op == "unary~":
            return f"!({self.condition(args[0])})"
        if op == "unary-":
            if "const" in args[0]:
                return self.scalar(-args[0]["const"])
            return f"({self.expression(args[0])} * -1)"
        if op in ("&", "|", "^"):
            if "call" in args[0] and args[0]["call"].get("attr"):
                raise Cannot("querysets joined by operators")
            cpp = {"&": "&&", "|": "||", "^": "^"}[op]
            return f"({self.condition(args[0])} {cpp} {self.condition(args[1])})"
        if op in ("+", "-", "*", "/", "%"):
            if all("const" in one for one in args):
                raise Cannot("Python's arithmetic")
            left, right = (self.expression(one, False) for one in args)
            return f"({left} {op} {right})"
        if op == "**" and self.folded(node) is None:
            left, right = (self.expression(one, False) for one in args)
            return f"pow({left}, {right})"
        raise Cannot("operator " + op)

    def condition(self, node):
        if "op" in node:
            return self.operation(node)
        if "call" in node:
            name = node["call"].get("name")
            if name == "Q":
                return self.q(node)
            if name == "Exists":
                return self.function(name, node)
            if name in COMPARISONS:
                left, right = self.args(node)
                if "list" in right or "tuple" in right:
                    raise Cannot("a list right of a comparison")
                return f"models::lookups::{name}({self.expression(left)}, {self.operand(right)})"
        raise Cannot("a condition of another kind")

    def operand(self, node):
        """What stands right of a comparison: texts are values."""
        return self.rows(node).cpp if "call" in node and "attr" in node["call"] and node["call"]["attr"] not in BITS else self.expression(node, False)

    def q(self, node):
        connector, negated, parts = "&&", False, []
        for one in self.args(node):
            pair = one.get("tuple")
            parts.append(self.keyword(self.const(pair[0]), pair[1]) if pair else self.condition(one))
        for name, value in self.kwargs(node):
            if name == "_negated":
                negated = self.const(value)
            elif name == "_connector":
                connector = {"AND": "&&", "OR": "||", "XOR": "^"}[value["attr"] if "attr" in value else self.const(value)]
            else:
                parts.append(self.keyword(name, value))
        if not parts:
            raise Cannot("an empty Q without model")
        return ("!" if negated else "") + "(" + f" {connector} ".join(parts) + ")"

    def keyword(self, name, value):
        if "name" in value or "attr" in value and "name" in value["of"]:
            right = self.result(value)
        elif items := self.objects_of(value):
            right = f"std::vector{{{', '.join(items)}}}"
        elif "dict" in value or "const" in value or "list" in value or "tuple" in value or "set" in value:
            items = value.get("tuple") or value.get("list") or []
            if self.compares_keys(name) and "tuple" in value:
                right = self.tuple(value)
            elif any("op" in one and self.folded(one) is None or one.get("call", {}).get("name") == "F" for one in items):
                right = f"std::tuple({', '.join(self.expression(one, False) for one in items)})"
            else:
                right = self.value(value)
        elif "op" in value and value["op"] == "unary-":
            right = self.value(value)
        elif "call" in value and value["call"].get("name") in ("D", "UUID", "range"):
            right = self.value(value)
        elif "call" in value and value["call"].get("of", {}).get("name") == "dt":
            right = self.value(value)
        elif "call" in value and "name" in value["call"] or "op" in value:
            right = self.expression(value, False)
        elif "call" in value or "index" in value:
            right = self.result(value)
        else:
            raise Cannot("a filter with an object")
        return f"({self.name(name)} = {right})"

    def compares_keys(self, name):
        """Whether a tuple right of this lookup is one composite key."""
        parts = name.split("__")
        if parts[-1] in ("in", "range"):
            return False
        return "pk" in parts[-2:]

    def objects_of(self, node):
        """A list of new objects."""
        items = node.get("list") or node.get("tuple") or []
        if items and all(one.get("call", {}).get("name") in self.models.by_name for one in items):
            return [self.object(self.models.type_named(one["call"]["name"]), one) for one in items]
        return None

    def function(self, name, node):
        if name == "FilteredRelation":
            condition = dict(self.kwargs(node))["condition"]
            return f"models::FilteredRelation({self.name(self.const(node['args'][0]))}, {self.condition(condition)})"
        if name in ("D", "UUID"):
            return self.value(node)
        if name in self.models.by_name:
            return self.object(self.models.type_named(name), node)
        args, kwargs = self.args(node), dict(self.kwargs(node))
        if name == "F":
            return self.name(self.const(args[0]))
        if name in COMPARISONS:
            return self.condition(node)
        if name == "KT":
            return f"models::KT({self.name(self.const(args[0]))})"
        if name == "JSONNull":
            return "models::JSONNull()"
        if name == "JSONObject" and not args:
            members = ", ".join(f"({self.name(key)} = {self.expression(value)})" for key, value in kwargs.items())
            return f"models::functions::JSONObject({members})"
        if name == "Collate":
            return f"models::functions::Collate({self.expression(args[0])}, {text(self.const(args[1]))})"
        if name in ("Trunc", "Extract"):
            output = kwargs.pop("output_field", None)
            if output and (name == "Extract" or "tzinfo" in kwargs):
                raise Cannot(f"{name} with an output field")
            part = "".join(word.capitalize() for word in self.const(args[1] if len(args) > 1 else kwargs.pop("kind")).split("_"))
            name, args = name + part, args[:1]
            if output:
                return f'models::functions::{name}<models::{output["call"]["name"]}>({self.expression(args[0])})'
        if name.startswith(("Trunc", "Extract")) and "tzinfo" in kwargs:
            zone = self.zone(kwargs.pop("tzinfo"))
            if kwargs or name not in FUNCTIONS:
                raise Cannot(f"{name} with an output field")
            return f"models::functions::{name}({self.expression(args[0])}, {{.tzinfo = {text(zone)}}})"
        if name == "RawSQL":
            if "output_field" not in kwargs and len(args) < 3:
                raise Cannot("RawSQL without output_field")
            output = args[2] if len(args) > 2 else kwargs["output_field"]
            params = "".join(f", {self.value(one)}" for one in args[1].get("list") or args[1].get("tuple") or [])
            return f'models::RawSQL<models::{output["call"]["name"]}>({text(self.const(args[0]))}{params})'
        if name == "Value":
            kwargs.pop("output_field", None)
            return f"models::constant({self.value(args[0])})"
        if name == "Q":
            return self.q(node)
        if name == "OuterRef":
            if len(self.outer) < 2:
                raise Cannot("OuterRef without a query around it")
            if "const" not in args[0]:
                if len(self.outer) < 3 or args[0].get("call", {}).get("name") != "OuterRef":
                    raise Cannot("OuterRef of other things")
                inner = self.args(args[0])[0]
                return f"models::OuterRef(models::OuterRef<{self.outer[-3]}>({self.name(self.const(inner))}))"
            return f"models::OuterRef<{self.outer[-2]}>({self.name(self.const(args[0]))})"
        if name == "Exists":
            return f"models::Exists({self.rows(args[0]).cpp})"
        if name == "Subquery":
            kwargs.pop("output_field", None)
            return f"models::Subquery({self.rows(args[0]).cpp})"
        if name in AGGREGATES:
            options = []
            if "distinct" in kwargs and self.const(kwargs["distinct"]):
                options.append(".distinct = true")
            if "default" in kwargs:
                options.append(f".default_ = {self.value(kwargs['default'])}")
            if "sample" in kwargs:
                options.insert(0, f".sample = {self.scalar(self.const(kwargs['sample']))}")
            delimiter = ""
            if name == "StringAgg":
                given = kwargs.pop("delimiter", None) or args[1]
                args = args[:1]
                delimiter = ", " + text(self.const(given["args"][0] if given.get("call", {}).get("name") == "Value" else given))
            unknown = set(kwargs) - {"distinct", "default", "filter", "output_field", "sample", "order_by"}
            if unknown or len(args) != 1:
                raise Cannot(f"{name} with {', '.join(sorted(unknown)) or 'other arguments'}")
            cpp = f"models::{name}({self.expression(args[0])}{delimiter}{', {' + ', '.join(options) + '}' if options else ''})"
            if "filter" in kwargs:
                cpp += f".filter({self.condition(kwargs['filter'])})"
            if "order_by" in kwargs:
                parts = kwargs["order_by"].get("list") or kwargs["order_by"].get("tuple") or [kwargs["order_by"]]
                cpp += f".order_by({self.ordering({'args': parts}, True)})"
            return self.wrapped(cpp, kwargs.get("output_field"))
        if name == "Case":
            whens = [self.function("When", one) for one in args if one.get("call", {}).get("name") == "When"]
            if len(whens) != len(args) or not whens:
                raise Cannot("a Case of other things")
            if "default" in kwargs:
                whens.append(f"models::Default({self.expression(kwargs['default'])})")
            cpp = f"models::Case({', '.join(whens)})"
            return self.wrapped(cpp, kwargs.get("output_field"))
        if name == "When":
            then = kwargs.pop("then")
            parts = [self.condition(one) for one in args] + [self.keyword(k, v) for k, v in kwargs.items()]
            if not parts:
                raise Cannot("When without a condition")
            return f"models::When({' && '.join(parts)}, {self.expression(then)})"
        if name == "Cast":
            field = (args[1] if len(args) > 1 else kwargs["output_field"])["call"]["name"]
            return f"models::functions::Cast<models::{field}>({self.expression(args[0])})"
        if name == "ExpressionWrapper":
            return self.wrapped(self.expression(args[0], False), args[1] if len(args) > 1 else kwargs["output_field"], True)
        if name == "Window":
            return self.window(args, kwargs)
        if name in FUNCTIONS | WINDOW_FUNCTIONS:
            output = kwargs.pop("output_field", None)
            for place, key in enumerate(PLACED.get(name, ()), 0 if name == "Ntile" else 1):
                if key in kwargs and place == len(args):
                    args = [*args, kwargs.pop(key)]
            if name in ("Lag", "Lead") and "default" in kwargs and len(args) == 1:
                args = [*args, {"const": 1}, kwargs.pop("default")]
            if kwargs:
                raise Cannot(f"{name} with {', '.join(sorted(kwargs))}")
            plain = PLAIN_ARGUMENTS.get(name, set())
            parts = [self.expression(one, i not in plain) for i, one in enumerate(args)]
            return self.wrapped(f"models::functions::{name}({', '.join(parts)})", output)
        raise Cannot("function " + name)

    def window(self, args, kwargs):
        cpp = f"models::Window({self.expression(args[0] if args else kwargs['expression'])})"
        if "partition_by" in kwargs:
            parts = kwargs["partition_by"]
            parts = parts.get("list") or parts.get("tuple") or [parts]
            cpp += f".partition_by({', '.join(self.expression(one) for one in parts)})"
        if "order_by" in kwargs:
            parts = kwargs["order_by"]
            parts = parts.get("list") or parts.get("tuple") or [parts]
            named = [dict(one, const=one["const"]) for one in parts]if all("const" in one for one in parts) else parts
            cpp += f".order_by({self.ordering({'args': named}, True)})"
        if "frame" in kwargs:
            frame = kwargs["frame"]
            bounds = dict(self.kwargs(frame))
            exclusion = f', models::WindowFrameExclusion::{bounds["exclusion"]["attr"].lower()}' if "exclusion" in bounds else ""
            numbers = [self.number(bounds[one]) if one in bounds and bounds[one].get("const", 0) is not None else None for one in ("start", "end")]
            method = {"RowRange": "rows", "ValueRange": "range"}[frame["call"]["name"]]
            cpp += f".{method}({', '.join('std::nullopt' if n is None else str(n) for n in numbers)}{exclusion})"
        if set(kwargs) - {"expression", "partition_by", "order_by", "frame"}:
            raise Cannot("Window with an output field")
        return cpp

    def wrapped(self, cpp, output, always=False):
        if output is None:
            return cpp
        if "call" not in output or output.get("kwargs") and output["call"]["name"] != "DecimalField":
            raise Cannot("an output field with options")
        return f'models::ExpressionWrapper<models::{output["call"]["name"]}>({cpp})'
