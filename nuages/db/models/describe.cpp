#include <nuages/base/error.hpp>
#include <nuages/db/models/describe.hpp>
#include <nuages/db/models/detail/described_options.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/model_meta.hpp>
#include <nuages/db/models/validation.hpp>

#include <string>
#include <vector>

namespace nuages::db::models::detail {

constinit thread_local bool decoding = false;

namespace {

class Describer;
constinit thread_local Describer* describer = nullptr;  // the one at work

/// Collects what the constructors of one object's fields report.
class Describer {
public:
    struct Report {
        const void* member;
        DescribedOptions options;
    };

    Describer() : former_(describer) { describer = this; }
    ~Describer() { describer = former_; }
    Describer(const Describer&) = delete;

    void add(const void* member, const DescribedOptions& options) { reports_.push_back({member, options}); }
    const DescribedOptions* find(const void* member) const {
        for (const Report& report : reports_) {
            if (report.member == member) return &report.options;
        }
        return nullptr;
    }

private:
    std::vector<Report> reports_;
    Describer* former_;
};

void report_all(const void* member, const DescribedOptions& options) { describer->add(member, options); }

}  // namespace

void report_described(const void* member, const DescribedOptions& options) { report_all(member, options); }

#define NUAGES_REPORT(...) \
    void report(const void* member, const __VA_ARGS__& options) { report_all(member, described(options)); }
NUAGES_REPORT(ScalarOptions<bool>)
NUAGES_REPORT(ScalarOptions<std::int16_t>)
NUAGES_REPORT(ScalarOptions<std::int32_t>)
NUAGES_REPORT(ScalarOptions<std::int64_t>)
NUAGES_REPORT(ScalarOptions<double>)
NUAGES_REPORT(MomentOptions<Date>)
NUAGES_REPORT(MomentOptions<Time>)
NUAGES_REPORT(MomentOptions<DateTime>)
NUAGES_REPORT(ValueOptions<Duration>)
NUAGES_REPORT(ValueOptions<Uuid>)
NUAGES_REPORT(ValueOptions<Json, std::string_view>)
NUAGES_REPORT(BinaryOptions)
#undef NUAGES_REPORT

void report(const void* member, const TextOptions& options) {
    DescribedOptions all = described(options);
    all.db_collation = options.db_collation;
    all.allow_unicode = options.allow_unicode;
    report_all(member, all);
}

void report(const void* member, const DecimalOptions& options) {
    DescribedOptions all = described(options);
    all.max_digits = options.max_digits;
    all.decimal_places = options.decimal_places;
    report_all(member, all);
}

void report(const void* member, const GeneratedOptions& options) {
    DescribedOptions all;
    all.generated = options.expression.make();
    all.db_persist = options.db_persist;
    all.max_length = options.max_length;
    all.max_digits = options.max_digits;
    all.decimal_places = options.decimal_places;
    all.verbose_name = options.verbose_name;
    all.help_text = options.help_text;
    all.db_column = options.db_column;
    report_all(member, all);
}

void report(const void* member, const FileFieldOptions& options) {
    DescribedOptions all = described(options);
    all.upload_to = options.upload_to;
    all.width_field = options.width_field;
    all.height_field = options.height_field;
    report_all(member, all);
}

void report(const void* member, const FilePathOptions& options) {
    DescribedOptions all = described(options);
    all.path = options.path;
    all.match = options.match;
    all.recursive = options.recursive;
    all.allow_files = options.allow_files;
    all.allow_folders = options.allow_folders;
    report_all(member, all);
}

void report(const void* member, const AddressOptions& options) {
    DescribedOptions all = described(options);
    all.protocol = options.protocol;
    all.unpack_ipv4 = options.unpack_ipv4;
    report_all(member, all);
}

void report(const void* member, const ForeignKeyOptions& options) {
    DescribedOptions all = described(options);
    all.on_delete = options.on_delete;
    all.db_constraint = options.db_constraint;
    all.related_name = options.related_name;
    all.related_query_name = options.related_query_name;
    all.limit_choices_to = options.limit_choices_to.make;
    all.set_call = options.set.function;
    if (options.set.given && !options.set.function) all.set_value = Literal(options.set.value);
    report_all(member, all);
}

void report(const void* member, const ManyToManyOptions& options) {
    DescribedOptions all;
    all.related_name = options.related_name;
    all.through_source = options.through_fields[0];
    all.through_target = options.through_fields[1];
    all.symmetrical = options.symmetrical;
    all.through = options.through;
    all.db_table = options.db_table;
    all.related_query_name = options.related_query_name;
    all.limit_choices_to = options.limit_choices_to.make;
    all.db_constraint = options.db_constraint;
    all.blank = options.blank;
    all.verbose_name = options.verbose_name;
    all.help_text = options.help_text;
    report_all(member, all);
}

namespace {

// "... [with T = blog::Article; ...]" on g++, "[T = blog::Article]" on clang.
std::string_view type_in(std::string_view printed) {
    const auto at = printed.find("T = ") + 4;
    std::string_view type = printed.substr(at);
    return type.substr(0, type.find_first_of(";]"));
}

bool is_anonymous(std::string_view space) { return space.starts_with('{') || space.starts_with('(') || space.empty(); }

// Sets the names that the type has: "blog::Article" is Article of the app blog.
void name_model(ModelMeta& meta, std::string_view type) {
    auto colons = type.rfind("::");
    meta.object_name = colons == type.npos ? type : type.substr(colons + 2);
    while (colons != type.npos && meta.app_label.empty()) {
        type = type.substr(0, colons);
        colons = type.rfind("::");
        const std::string_view space = colons == type.npos ? type : type.substr(colons + 2);
        if (!is_anonymous(space) && !space.ends_with(')')) meta.app_label = space;
    }
}

void apply_options(Field& field, const DescribedOptions& options) {
    field.max_length = options.max_length;
    field.blank = options.blank;
    field.unique = options.unique;
    field.db_index = options.db_index;
    field.primary_key = options.primary_key;
    field.editable = options.editable;
    field.auto_now = options.auto_now;
    field.auto_now_add = options.auto_now_add;
    field.max_digits = options.max_digits;
    field.decimal_places = options.decimal_places;
    field.db_collation = options.db_collation;
    field.db_comment = options.db_comment;
    field.db_tablespace = options.db_tablespace;
    field.unique_for_date = options.unique_for_date;
    field.unique_for_month = options.unique_for_month;
    field.unique_for_year = options.unique_for_year;
    if (!options.protocol.empty()) field.protocol = options.protocol;
    field.unpack_ipv4 = options.unpack_ipv4;
    field.allow_unicode = options.allow_unicode;
    field.file = {.upload_to = std::string(options.upload_to),
                  .width_field = std::string(options.width_field),
                  .height_field = std::string(options.height_field),
                  .path = std::string(options.path),
                  .match = std::string(options.match),
                  .recursive = options.recursive,
                  .allow_files = options.allow_files,
                  .allow_folders = options.allow_folders};
    field.size = options.size;
    field.choices = options.choices;
    field.validators = options.validators;
    field.error_messages = options.error_messages;
    field.db_default = options.db_default;
    field.generated = options.generated;
    field.db_persist = options.db_persist;
    field.verbose_name = options.verbose_name;
    field.help_text = options.help_text;
    field.column = options.db_column;
    field.has_default = options.has_default;
    field.default_value = options.default_value;
    field.default_call = options.default_call;
    field.relation.on_delete = options.on_delete;
    field.relation.db_constraint = options.db_constraint;
    field.relation.set_value = options.set_value;
    field.relation.set_call = options.set_call;
    field.relation.limit_choices_call = options.limit_choices_to;
    if (options.symmetrical.given) field.relation.symmetrical = options.symmetrical.value;
    field.relation.through = options.through;
    field.relation.db_table = options.db_table;
    field.relation.through_source = options.through_source;
    field.relation.through_target = options.through_target;
    if (!options.related_name.empty()) field.relation.related_name = options.related_name;
    if (!options.related_query_name.empty()) field.relation.related_query_name = options.related_query_name;
}

// What the field's class says where the options don't.
void apply_class(Field& field, const MemberType& type) {
    field.type_name = type.class_name;
    field.type = type.field_type;
    field.null = type.null;
    if (type.complete) type.complete(field);
    if (type.choices) {
        if (!field.max_length) field.max_length = static_cast<int>(type.choices->length_max);
        for (std::size_t i = 0; i < kEnumeratorsMax; ++i) {
            const std::string_view name = type.choices->names[i];
            if (!name.empty()) field.choices.push_back({Literal(name), choice_label(*type.choices, i)});
        }
    }
    if (field.is_auto()) field.primary_key = field.auto_created = true;
}

void add_members(ModelMeta& meta, const StructShape& shape, const void* object, const void* start,
                 const Describer& reports) {
    std::vector<const void*> addresses(shape.count);
    shape.addresses(object, addresses.data());
    for (std::size_t i = 0; i < shape.count; ++i) {
        const MemberType& type = *shape.types[i];
        if (type.embedded) {
            add_members(meta, *type.embedded, addresses[i], start, reports);
            continue;
        }
        if (!type.is_field) continue;
        Field& field = meta.fields.emplace_back();
        field.name = shape.names[i];
        field.kind = type.kind;
        field.offset =
            static_cast<std::size_t>(static_cast<const char*>(addresses[i]) - static_cast<const char*>(start));
        field.ops = type.ops;
        field.relation.resolve = type.related;
        field.relation.via = type.via;
        field.relation.related_name = type.related_name;
        field.relation.swappable = type.swappable;
        field.relation.symmetrical = type.to_self;
        if (type.key_name != "pk") field.relation.to_field = type.key_name;
        field.relation.parent_link = type.parent_link;
        if (type.kind == FieldKind::composite) {
            field.name = "pk";
            field.primary_key = true;
            field.parts.assign(type.parts, type.parts + type.parts_count);
        }
        if (const DescribedOptions* options = reports.find(addresses[i])) apply_options(field, *options);
        apply_class(field, type);
        if (type.parent_link) {
            field.primary_key = true;
            if (field.column.empty()) field.column = type.related().model_name + "_ptr_id";  // Django's name
        }
    }
}

}  // namespace

const ModelMeta& build_meta(const ModelRecipe& recipe) {
    auto* meta = new ModelMeta;  // never freed: queries and instances point to it until the program ends
    name_model(*meta, type_in(recipe.printed_type));
    meta->ops = recipe.ops;
    {
        Describer reports;
        DecodingScope no_callable_defaults;
        recipe.construct([&](const void* object) { add_members(*meta, *recipe.shape, object, object, reports); });
    }
    recipe.apply_meta(*meta);
    bool has_key = false;
    for (const Field& field : meta->fields) has_key |= field.primary_key;
    if (!has_key) {
        throw ImproperlyConfigured(
            meta->object_name + " has no primary key: declare `BigAutoField id;` or give a field .primary_key = true");
    }
    meta->finish();
    Registry::global().add(*meta);
    __atomic_store_n(&recipe.slot->meta, meta, __ATOMIC_RELEASE);
    return *meta;
}

const ModelMeta& load_model(const ModelSlot& slot, std::string_view printed) {
    if (slot.make) return slot.make();
    const std::string type(type_in(printed));
    throw ImproperlyConfigured("The model " + type + " is not loaded: name it in the models of its App, models::list<" +
                               type + ">().");
}

void full_clean(const ModelMeta& meta, void* object) { models::full_clean(meta, object, CleanOptions{}); }

Ref<ObjectList> make_row_list(const ModelMeta& meta) { return make_ref<RowList>(meta, *meta.ops); }

std::string str_of(const ModelMeta& meta, const void* object) { return meta.ops->str(meta, object); }

}  // namespace nuages::db::models::detail
