/* Packed named arrays. A field is: u8 type, u8 name length, u64 count, u64 bytes, the name with its
 * NUL, the values; little-endian, unaligned. */
#include "muster/base.h"

#include <assert.h>
#include <string.h>

enum { FIELD_HEAD = 18 };

static size_t element_size(enum muster_field_type type)
{
    static const size_t sizes[] = {
        [MUSTER_F64] = 8, [MUSTER_F32] = 4, [MUSTER_I64] = 8, [MUSTER_U8] = 1, [MUSTER_STRINGS] = 0,
    };
    return sizes[type];
}

static size_t strings_size(const char *strings, size_t count)
{
    size_t bytes = 0;
    for (; count > 0; count--)
        bytes += strlen(strings + bytes) + 1;
    return bytes;
}

void muster_pack_put(struct muster_pack *pack, const char *name, enum muster_field_type type,
                     const void *values, size_t count)
{
    size_t length = strlen(name);
    assert(length < 256);
    uint64_t bytes =
        type == MUSTER_STRINGS ? strings_size(values, count) : element_size(type) * count;
    size_t whole = FIELD_HEAD + length + 1 + bytes;
    if (pack->failed || muster_grow(&pack->data, &pack->capacity, pack->length + whole, 1)) {
        pack->failed = true;
        return;
    }
    unsigned char *at = pack->data + pack->length;
    uint64_t count64 = count;
    at[0] = (unsigned char)type;
    at[1] = (unsigned char)length;
    memcpy(at + 2, &count64, 8);
    memcpy(at + 10, &bytes, 8);
    memcpy(at + FIELD_HEAD, name, length + 1);
    if (bytes > 0)
        memcpy(at + FIELD_HEAD + length + 1, values, bytes);
    pack->length += whole;
}

void muster_pack_f64(struct muster_pack *pack, const char *name, double value)
{
    muster_pack_put(pack, name, MUSTER_F64, &value, 1);
}

void muster_pack_i64(struct muster_pack *pack, const char *name, int64_t value)
{
    muster_pack_put(pack, name, MUSTER_I64, &value, 1);
}

void muster_pack_text(struct muster_pack *pack, const char *name, const char *value)
{
    muster_pack_put(pack, name, MUSTER_STRINGS, value, 1);
}

void muster_pack_free(struct muster_pack *pack)
{
    muster_free(pack->data);
    *pack = (struct muster_pack){0};
}

/* True where `bytes` are exactly `count` NUL-terminated strings. */
static bool are_strings(const char *bytes, size_t n, uint64_t count)
{
    uint64_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += bytes[i] == '\0';
    return found == count && (n == 0 || bytes[n - 1] == '\0');
}

bool muster_pack_next(const void *bytes, size_t n, size_t *offset, struct muster_field *field)
{
    const unsigned char *at = (const unsigned char *)bytes + *offset;
    size_t left = n - *offset;
    if (left < FIELD_HEAD)
        return false;
    uint64_t count, size;
    memcpy(&count, at + 2, 8);
    memcpy(&size, at + 10, 8);
    size_t names = (size_t)at[1] + 1;
    if (at[0] > MUSTER_STRINGS || left - FIELD_HEAD < names || at[FIELD_HEAD + at[1]] != '\0' ||
        size > left - FIELD_HEAD - names)
        return false;
    *field = (struct muster_field){
        .name = (const char *)at + FIELD_HEAD,
        .type = (enum muster_field_type)at[0],
        .count = count,
        .data = at + FIELD_HEAD + names,
        .bytes = size,
    };
    bool fits = field->type == MUSTER_STRINGS
                    ? are_strings(field->data, size, count)
                    : count <= size && size == count * element_size(field->type);
    if (fits)
        *offset += FIELD_HEAD + names + size;
    return fits;
}

bool muster_pack_find(const void *bytes, size_t n, const char *name, struct muster_field *field)
{
    size_t offset = 0;
    while (muster_pack_next(bytes, n, &offset, field))
        if (strcmp(field->name, name) == 0)
            return true;
    return false;
}

size_t muster_pack_get(const void *bytes, size_t n, const char *name, enum muster_field_type type,
                       void *values, size_t count)
{
    struct muster_field field;
    if (!muster_pack_find(bytes, n, name, &field) || field.type != type)
        return 0;
    size_t copied = count < field.count ? count : field.count;
    if (type == MUSTER_STRINGS || copied == 0)
        return field.count;
    memcpy(values, field.data, copied * element_size(type));
    return field.count;
}

double muster_pack_get_f64(const void *bytes, size_t n, const char *name, double otherwise)
{
    muster_pack_get(bytes, n, name, MUSTER_F64, &otherwise, 1);
    return otherwise;
}

int64_t muster_pack_get_i64(const void *bytes, size_t n, const char *name, int64_t otherwise)
{
    muster_pack_get(bytes, n, name, MUSTER_I64, &otherwise, 1);
    return otherwise;
}

const char *muster_pack_get_text(const void *bytes, size_t n, const char *name)
{
    struct muster_field field;
    bool found = muster_pack_find(bytes, n, name, &field) && field.type == MUSTER_STRINGS;
    return found && field.count > 0 ? field.data : NULL;
}
