/* SPDX-License-Identifier: ISC */
/* Fuzz target: a training that is to go on from any bytes refuses them with a sentence, or trains.
 * Bytes are tried as they are and, four at a time (place, bit), as changes to a good checkpoint.
 * Built with -fsanitize=fuzzer, or with replay.c as its main program. */
#include "network.h"
#include "trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 4000, EDIT_BYTES = 4 };

static float dry[FRAMES], wet[FRAMES];
static const struct train_pair PAIR = {.dry = dry, .wet = wet, .frames = FRAMES};
static const struct train_set SET = {&PAIR, 1};

static const char NETWORK[] = "{\"in_proj\": false, \"direct\": true, \"layers\": "
                              "[{\"type\": \"lstm\", \"hidden_size\": 2}]}";

static unsigned char *good;
static size_t good_size;

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static bool report(void *context, const struct train_progress *progress)
{
    (void)context;
    (void)progress;
    return true;
}

static void keep(void *context, const void *bytes, size_t size)
{
    (void)context;
    free(good);
    good = malloc(size);
    if (!good)
        abort();
    memcpy(good, bytes, size);
    good_size = size;
}

static void train(const struct train_hooks *hooks)
{
    struct xl_tensors file;
    struct xl_config config;
    struct train_result result;
    struct xlstm_error error = {""};
    struct train_options o = train_default_options();
    o.updates = 4;
    o.channels = 2;
    o.steps = 128;
    o.patience = 1;
    json_t *json = json_loads(NETWORK, 0, NULL);
    if (!network_config(json, &file, &config, &error))
        abort();
    if (train_run(&config, &SET, &SET, &o, hooks, &result, &error))
        train_result_free(&result);
    else if (!error.text[0])
        abort();
    xl_config_free(&config);
    json_decref(json);
}

static void go_on(const unsigned char *bytes, size_t size)
{
    train(&(struct train_hooks){.report = report, .checkpoint = bytes, .checkpoint_size = size});
}

static void make_checkpoint(void)
{
    for (size_t i = 0; i < FRAMES; i++) {
        dry[i] = 0.3F * sinf(0.01F * (float)i);
        wet[i] = tanhf(3 * dry[i]);
    }
    train(&(struct train_hooks){.report = report, .keep = keep});
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    if (!good)
        make_checkpoint();
    go_on(bytes, size);
    unsigned char *changed = malloc(good_size);
    if (!changed)
        abort();
    memcpy(changed, good, good_size);
    for (size_t i = 0; i + EDIT_BYTES <= size && i < 8 * EDIT_BYTES; i += EDIT_BYTES) {
        const size_t at = bytes[i] | (size_t)bytes[i + 1] << 8;
        changed[at % good_size] ^= bytes[i + 2];
    }
    go_on(changed, good_size);
    free(changed);
    return 0;
}
