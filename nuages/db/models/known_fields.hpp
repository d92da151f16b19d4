// The framework's own fields of one value, in one list: FIELD(CharField) FIELD(TextField) ...
#pragma once

#define NUAGES_KNOWN_FIELDS(FIELD)    \
    FIELD(SmallAutoField)             \
    FIELD(AutoField)                  \
    FIELD(BigAutoField)               \
    FIELD(CharField)                  \
    FIELD(TextField)                  \
    FIELD(SlugField)                  \
    FIELD(EmailField)                 \
    FIELD(URLField)                   \
    FIELD(FileField)                  \
    FIELD(ImageField)                 \
    FIELD(FilePathField)              \
    FIELD(GenericIPAddressField)      \
    FIELD(BooleanField)               \
    FIELD(SmallIntegerField)          \
    FIELD(IntegerField)               \
    FIELD(BigIntegerField)            \
    FIELD(PositiveSmallIntegerField)  \
    FIELD(PositiveIntegerField)       \
    FIELD(PositiveBigIntegerField)    \
    FIELD(FloatField)                 \
    FIELD(DecimalField)               \
    FIELD(DateField)                  \
    FIELD(TimeField)                  \
    FIELD(DateTimeField)              \
    FIELD(DurationField)              \
    FIELD(UUIDField)                  \
    FIELD(BinaryField)                \
    FIELD(JSONField)
