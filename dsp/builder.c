/* SPDX-License-Identifier: ISC */
#include "builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Most numbers that a model may hold or remember: keeps hostile sizes from exhausting memory. */
static const uint64_t MAX_NUMBERS = 1ULL << 28;

void builder_fail(struct builder *b, const char *format, ...)
{
    char text[sizeof b->error->text];
    va_list arguments;
    if (b->failed)
        return;
    b->failed = true;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    xl_fail(b->error, "%s", text);
}

/** One more element at the end of a growing array; NULL out of memory. */
static void *append(struct builder *b, void **array, size_t *count, size_t *room, size_t size)
{
    if (*count == *room) {
        const size_t larger = *room ? 2 * *room : 64;
        void *grown = realloc(*array, larger * size);
        if (!grown) {
            builder_fail(b, "out of memory");
            return NULL;
        }
        *array = grown;
        *room = larger;
    }
    void *element = (char *)*array + (*count)++ * size;
    memset(element, 0, size);
    return element;
}

static size_t grow(struct builder *b, size_t *total, uint64_t count)
{
    const size_t at = *total;
    if (at + count > MAX_NUMBERS) {
        builder_fail(b, "the model needs more than %llu numbers", (unsigned long long)MAX_NUMBERS);
        return 0;
    }
    *total += (size_t)count;
    return at;
}

/* ---- tensors -------------------------------------------------------------------------------- */

size_t want_shape(struct builder *b, const char *prefix, const char *name, unsigned rank,
                  const uint64_t *shape)
{
    struct xl_plan *plan = b->plan;
    uint64_t count = 1;
    struct xl_slot *slot =
        append(b, (void **)&plan->slots, &plan->slot_count, &b->room_slots, sizeof *slot);
    if (!slot)
        return 0;
    snprintf(slot->name, sizeof slot->name, "%s%s", prefix, name);
    slot->rank = rank;
    for (unsigned i = 0; i < rank; i++) {
        slot->shape[i] = shape[i];
        count = count > MAX_NUMBERS ? count : count * shape[i];
    }
    slot->count = (size_t)count;
    slot->offset = grow(b, &plan->values, count);
    return slot->offset;
}

static const struct xl_tensor *stored(const struct builder *b, const char *prefix, const char *name)
{
    char full[XL_NAME_BYTES];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    return b->file ? xl_tensors_find(b->file, full) : NULL;
}

bool has_shape(const struct builder *b, const char *prefix, const char *name, size_t first,
               size_t second, size_t third)
{
    const struct xl_tensor *tensor = stored(b, prefix, name);
    return tensor && tensor->rank == 3 && tensor->shape[0] == first && tensor->shape[1] == second &&
           tensor->shape[2] == third;
}

/* ---- room ----------------------------------------------------------------------------------- */

size_t add_packed(struct builder *b, size_t count)
{
    return grow(b, &b->plan->packed, count);
}

size_t add_work(struct builder *b, size_t width)
{
    return grow(b, &b->layer_work, width);
}

size_t add_state(struct builder *b, const char *name, size_t count, struct xl_field field)
{
    struct xl_plan *plan = b->plan;
    char initial[32];
    const size_t offset = grow(b, &plan->state, xl_pad(count));
    if (!name)
        return offset;
    struct xl_field *added =
        append(b, (void **)&plan->fields, &plan->field_count, &b->room_fields, sizeof *added);
    if (!added)
        return offset;
    *added = field;
    added->layer = b->layer;
    added->name = name;
    added->offset = offset;
    added->low = added->initial = XL_NONE;
    snprintf(initial, sizeof initial, "initial.%s", name);
    if (stored(b, b->layer_config->prefix, initial))
        added->initial = want(b, b->layer_config->prefix, initial, 1,
                              field.count[0] * field.count[1] * field.count[2]);
    return offset;
}

size_t add_state_vector(struct builder *b, const char *name, size_t heads, size_t width)
{
    return add_state(b, name, heads * width,
                     (struct xl_field){.count = {heads, width, 1}, .step = {width, 1, 1}});
}

size_t add_state_low(struct builder *b, size_t width)
{
    const size_t offset = add_state(b, NULL, width, (struct xl_field){0});
    if (b->plan->field_count)
        b->plan->fields[b->plan->field_count - 1].low = offset;
    return offset;
}

void add_copy(struct builder *b, struct xl_copy copy)
{
    struct xl_plan *plan = b->plan;
    struct xl_copy *added =
        append(b, (void **)&plan->copies, &plan->copy_count, &b->room_copies, sizeof *added);
    if (added)
        *added = copy;
}

void copy_vector(struct builder *b, size_t to, size_t from, size_t count)
{
    add_copy(b,
             (struct xl_copy){
                 .count = {count, 1, 1}, .to = to, .to_step = {1}, .from = from, .from_step = {1}});
}

void copy_matrix(struct builder *b, const struct xl_matrix *m, size_t from)
{
    add_copy(b, (struct xl_copy){.count = {m->out, m->in, 1},
                                 .to = m->weight,
                                 .to_step = {1, m->columns},
                                 .from = from,
                                 .from_step = {m->in, 1}});
    count_macs(b, (uint64_t)m->in * m->out);
}

void count_macs(struct builder *b, uint64_t macs)
{
    b->plan->macs += macs;
}

/* ---- parts ---------------------------------------------------------------------------------- */

unsigned block_width(unsigned heads, unsigned size)
{
    for (unsigned together = 1; together < heads; together++)
        if (heads % together == 0 && together * size % XL_PAD == 0)
            return together * size;
    return heads * size;
}

struct xl_matrix new_matrix(struct builder *b, unsigned blocks, unsigned in, unsigned out,
                            bool bias)
{
    struct xl_matrix m = {.blocks = blocks, .in = in, .out = out, .columns = xl_pad(out)};
    m.weight = add_packed(b, blocks * in * m.columns);
    m.bias = bias ? add_packed(b, xl_pad((size_t)(blocks - 1) * out + m.columns)) : XL_NONE;
    return m;
}

static struct xl_matrix grouped_matrix(struct builder *b, unsigned blocks, unsigned size, bool bias)
{
    struct xl_matrix m = {.blocks = blocks,
                          .in = size,
                          .out = size,
                          .grouped = true,
                          .columns = xl_pad((size_t)blocks * size)};
    m.weight = add_packed(b, size * m.columns);
    m.bias = bias ? add_packed(b, m.columns) : XL_NONE;
    return m;
}

struct xl_matrix matrix_part(const struct xl_matrix *m, size_t first, unsigned count)
{
    struct xl_matrix part = *m;
    part.out = count;
    part.weight += first;
    part.bias = m->bias == XL_NONE ? XL_NONE : m->bias + first;
    return part;
}

/** "name" + "." + "weight", or just "weight". */
static void tensor_name(char *full, size_t size, const char *name, const char *what)
{
    snprintf(full, size, "%s%s%s", name, *name ? "." : "", what);
}

void stacked_linear(struct builder *b, const char *prefix, const char *name,
                    const struct xl_matrix *parts, size_t count, bool bias)
{
    char full[64];
    size_t out = 0;
    for (size_t i = 0; i < count; i++)
        out += parts[i].out;
    tensor_name(full, sizeof full, name, "weight");
    size_t weight = want(b, prefix, full, 2, out, parts->in);
    tensor_name(full, sizeof full, name, "bias");
    size_t offset = bias ? want(b, prefix, full, 1, out) : 0;
    for (size_t i = 0; i < count; i++) {
        copy_matrix(b, &parts[i], weight);
        weight += (size_t)parts[i].out * parts[i].in;
        if (bias)
            copy_vector(b, parts[i].bias, offset, parts[i].out);
        offset += parts[i].out;
    }
}

struct xl_matrix linear(struct builder *b, const char *prefix, const char *name, unsigned in,
                        unsigned out, bool bias)
{
    const struct xl_matrix m = new_matrix(b, 1, in, out, bias);
    stacked_linear(b, prefix, name, &m, 1, bias);
    return m;
}

struct xl_matrix headwise(struct builder *b, const char *prefix, const char *name, unsigned heads,
                          unsigned width, bool bias)
{
    char full[64];
    const unsigned size = width / heads, block = block_width(heads, size);
    const bool grouped = xl_is_grouped(heads, size);
    const struct xl_matrix m = grouped ? grouped_matrix(b, heads, size, bias)
                                       : new_matrix(b, width / block, block, block, bias);
    tensor_name(full, sizeof full, name, "weight");
    const size_t weight = want(b, prefix, full, 3, heads, size, size);
    for (size_t head = 0; head < heads; head++) {
        const size_t unit = head * size, inside = unit % block;
        const size_t first = unit / block * block * m.columns + inside * m.columns + inside;
        add_copy(b, (struct xl_copy){.count = {size, size, 1},
                                     .to = m.weight + (grouped ? unit : first),
                                     .to_step = {1, m.columns},
                                     .from = weight + head * size * size,
                                     .from_step = {size, 1}});
    }
    count_macs(b, (uint64_t)width * size);
    tensor_name(full, sizeof full, name, "bias");
    if (bias)
        copy_vector(b, m.bias, want(b, prefix, full, 1, width), width);
    return m;
}

struct xl_conv new_conv(struct builder *b, const char *prefix, const char *name, unsigned width,
                        unsigned taps)
{
    char full[64];
    const size_t padded = xl_pad(width);
    struct xl_conv conv = {.width = width, .taps = taps};
    conv.weight = add_packed(b, taps * padded);
    conv.bias = add_packed(b, padded);
    tensor_name(full, sizeof full, name, "weight");
    add_copy(b, (struct xl_copy){.count = {width, taps, 1},
                                 .to = conv.weight,
                                 .to_step = {1, padded},
                                 .from = want(b, prefix, full, 3, width, 1, taps),
                                 .from_step = {taps, 1}});
    tensor_name(full, sizeof full, name, "bias");
    copy_vector(b, conv.bias, want(b, prefix, full, 1, width), width);
    conv.state =
        add_state(b, "conv", (taps - 1) * padded,
                  (struct xl_field){.count = {taps - 1, width, 1}, .step = {padded, 1, 1}});
    count_macs(b, (uint64_t)taps * width);
    return conv;
}

struct xl_norm new_norm(struct builder *b, const struct xl_layer_config *config, const char *name,
                        unsigned groups, unsigned width, bool weight)
{
    char full[64];
    const size_t count = (size_t)groups * width;
    const bool bias = config->bias && config->factor_is_plain;
    struct xl_norm norm = {
        .groups = groups, .width = width, .centred = true, .epsilon = config->epsilon};
    norm.weight = add_packed(b, xl_pad(count));
    norm.bias = bias ? add_packed(b, xl_pad(count)) : XL_NONE;
    /* Without a weight the factor is 1: a copy that adds nothing but the constant. */
    struct xl_copy copy = {.count = {count, 1, 1},
                           .to = norm.weight,
                           .to_step = {1},
                           .from = XL_NONE,
                           .add = config->factor_is_plain ? 0 : 1};
    if (weight) {
        tensor_name(full, sizeof full, name, "weight");
        copy.from = want(b, config->prefix, full, 1, count);
        copy.from_step[0] = 1;
    }
    add_copy(b, copy);
    tensor_name(full, sizeof full, name, "bias");
    if (bias)
        copy_vector(b, norm.bias, want(b, config->prefix, full, 1, count), count);
    return norm;
}

/* ---- slots against a file ------------------------------------------------------------------- */

const struct xl_slot *xl_plan_slot(const struct xl_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->slot_count; i++)
        if (strcmp(plan->slots[i].name, name) == 0)
            return &plan->slots[i];
    return NULL;
}

static void shape_text(char *text, size_t size, unsigned rank, const uint64_t *shape)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (unsigned i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%llu", i ? ", " : "",
                                 (unsigned long long)shape[i]);
    if (used < size)
        snprintf(text + used, size - used, ")");
}

static bool check_slot(const struct xl_slot *slot, const struct xl_tensor *tensor,
                       struct xlstm_error *error)
{
    char expected[128], found[128];
    shape_text(expected, sizeof expected, slot->rank, slot->shape);
    if (!tensor)
        return xl_fail(error, "tensor %s is missing, expected shape %s", slot->name, expected);
    shape_text(found, sizeof found, tensor->rank, tensor->shape);
    if (tensor->rank != slot->rank ||
        memcmp(tensor->shape, slot->shape, slot->rank * sizeof *slot->shape) != 0)
        return xl_fail(error, "tensor %s has shape %s, expected %s", slot->name, found, expected);
    if (tensor->dtype == XL_I64 || tensor->dtype == XL_OTHER_DTYPE)
        return xl_fail(error, "tensor %s is not of a floating type, expected F32, F64, F16 or BF16",
                       slot->name);
    for (uint64_t i = 0; i < slot->count; i++) {
        const double value = xl_tensor_get(tensor, i);
        if (!(value > -1e30 && value < 1e30))
            return xl_fail(error, "tensor %s holds %g at element %llu, expected a finite number",
                           slot->name, value, (unsigned long long)i);
    }
    return true;
}

/** Names that only a part of a model can have; "in.x" and the like beside them are nobody's. */
static const char *const OWNED[] = {
    "layers.",          "blocks.",    "xlstm_block_stack.", "in_proj.", "rnn.",
    "out_proj.",        "direct.",    "backbone.",          "lin.",     "lm_head.",
    "token_embedding.", "embedding.", "post_blocks_norm."};

static bool is_owned(const char *name)
{
    for (size_t i = 0; i < sizeof OWNED / sizeof *OWNED; i++)
        if (strncmp(name, OWNED[i], strlen(OWNED[i])) == 0)
            return true;
    return false;
}

/** A tensor that the configuration has no place for means that one of the two is wrong. */
static bool check_unused(const struct xl_plan *plan, const struct xl_tensors *file,
                         struct xlstm_error *error)
{
    for (size_t i = 0; i < file->count; i++) {
        const char *name = file->tensors[i].name;
        if (is_owned(name) && !xl_plan_slot(plan, name))
            return xl_fail(error, "tensor %s is there, but the configuration has no place for it",
                           name);
    }
    return true;
}

bool xl_plan_check(const struct xl_plan *plan, const struct xl_tensors *file,
                   struct xlstm_error *error)
{
    for (size_t i = 0; i < plan->slot_count; i++)
        if (!check_slot(&plan->slots[i], xl_tensors_find(file, plan->slots[i].name), error))
            return false;
    return check_unused(plan, file, error);
}
