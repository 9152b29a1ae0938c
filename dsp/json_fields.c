/* SPDX-License-Identifier: ISC */
#include "json_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Fields of NX-AI's configurations that concern training, the kernels of its backends or the
 *  longest sequence, wherever they stand: what a trained model computes does not depend on them. */
static const char *const INERT[] = {
    "add_embedding_dropout",
    "autocast_kernel_dtype",
    "backend",
    "batch_size",
    "bias_init",
    "causal_conv_bias",
    "channel_mixing",
    "chunk_size",
    "chunkwise_kernel",
    "constants",
    "context_length",
    "dropout",
    "dtype",
    "dtype_a",
    "dtype_b",
    "dtype_g",
    "dtype_r",
    "dtype_s",
    "dtype_w",
    "enable_automatic_mixed_precision",
    "forward_clipval",
    "gradient_recurrent_clipval",
    "gradient_recurrent_cut",
    "inference_state_dtype",
    "initial_val",
    "input_shape",
    "internal_input_shape",
    "mode",
    "norm_reduction_force_float32",
    "num_gates",
    "num_states",
    "output_shape",
    "recurrent_weight_init",
    "return_last_states",
    "sequence_kernel",
    "step_kernel",
    "tie_weights",
    "vocab_size",
    "weight_decay_on_embedding",
};

static int compare_text(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool inert(const char *field)
{
    return *field == '_' ||
           bsearch(field, INERT, sizeof INERT / sizeof *INERT, sizeof *INERT, compare_text) != NULL;
}

static bool noted(const struct fields *fields, const json_t *object, const char *field)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->asked[i].object == object && strcmp(fields->asked[i].field, field) == 0)
            return true;
    return false;
}

bool fields_note(struct fields *fields, const json_t *object, const char *field)
{
    if (!object || noted(fields, object, field))
        return true;
    if (fields->count == fields->room) {
        const size_t room = 2 * fields->room + 64;
        struct asked *more = realloc(fields->asked, room * sizeof *more);
        if (!more)
            return false;
        fields->asked = more;
        fields->room = room;
    }
    fields->asked[fields->count++] = (struct asked){object, field};
    return true;
}

static const char *unknown_in(const struct fields *fields, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!inert(key) && !noted(fields, object, key))
            return key;
    }
    return NULL;
}

const char *fields_unknown(const struct fields *fields, const json_t **object)
{
    for (size_t i = 0; i < fields->count; i++) {
        *object = fields->asked[i].object;
        if (i > 0 && fields->asked[i - 1].object == *object)
            continue; /* seen right before */
        const char *unknown = unknown_in(fields, *object);
        if (unknown)
            return unknown;
    }
    return NULL;
}

void fields_list(const struct fields *fields, const json_t *object, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (size_t i = 0; i < fields->count && used < size; i++)
        if (fields->asked[i].object == object)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     fields->asked[i].field);
}

void fields_free(struct fields *fields)
{
    free(fields->asked);
    *fields = (struct fields){0};
}
