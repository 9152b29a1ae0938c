/* SPDX-License-Identifier: ISC */
/* xlstm bench: what models cost on this machine. */
#include "bench_models.h"
#include "bench_peak.h"
#include "bench_time.h"
#include "bench_train.h"
#include "command.h"
#include "options.h"
#include "report.h"
#include "slurp.h"

#include "model_file.h"

#include "engine.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { MAX_STREAMS = 256 };
static const enum xlstm_isa BEST_ISA = XLSTM_ISA_AUTO;

struct settings {
    struct option_list isas, blocks, streams;
    int input; /* enum bench_input */
    double seconds, worst;
    bool train, json;
};

static const struct option_row options[] = {
    {"isa", 'i', OPTION_LIST, offsetof(struct settings, isas), "SET",
     "generic, sse2, avx2, avx512 or neon; may be repeated", 0, 0, NULL},
    {"block", 'b', OPTION_LIST, offsetof(struct settings, blocks), "FRAMES",
     "frames of a call, or 'whole'; may be repeated", 0, 0, NULL},
    {"streams", 's', OPTION_LIST, offsetof(struct settings, streams), "N",
     "streams of the model in lock-step; may be repeated", 0, 0, NULL},
    {"input", 'n', OPTION_CHOICE, offsetof(struct settings, input), "WHAT",
     "noise, silence, denormals or nan", 0, 0, bench_input_names},
    {"time", 't', OPTION_DURATION, offsetof(struct settings, seconds), "TIME",
     "time for each figure (default: 0.1s)", 0.001, 3600, NULL},
    {"worst", 'w', OPTION_DURATION, offsetof(struct settings, worst), "TIME",
     "time single calls for that long: median, the one in\n10,000, the longest", 0.001, 86400,
     NULL},
    {"train", 'T', OPTION_FLAG, offsetof(struct settings, train), NULL,
     "training instead: forward and backward, one thread", 0, 0, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL,
     "one object with all figures instead of a table", 0, 0, NULL},
    {0},
};

static const char *const isa_names[] = {
    [XLSTM_ISA_GENERIC] = "generic", [XLSTM_ISA_SSE2] = "sse2", [XLSTM_ISA_AVX2] = "avx2",
    [XLSTM_ISA_AVX512] = "avx512",   [XLSTM_ISA_NEON] = "neon",
};

enum { ISAS = sizeof isa_names / sizeof *isa_names, MAX_POINTS = 1024 };

/** One figure to measure of each model. */
struct point {
    enum xlstm_isa isa;
    size_t block;
    unsigned streams;
};

struct bench {
    struct settings settings;
    struct point points[MAX_POINTS];
    size_t point_count;
    double peaks[ISAS], peak; /* GFLOP/s; of the best set */
    json_t *results;
};

/* ---- what to measure ------------------------------------------------------------------------ */

static void add_point(struct bench *b, enum xlstm_isa isa, size_t block, unsigned streams)
{
    if (b->point_count < MAX_POINTS)
        b->points[b->point_count++] = (struct point){isa, block, streams};
}

/** Blocks and streams on the best instruction set, and the others at 64 frames. */
static void usual_points(struct bench *b)
{
    static const size_t BLOCKS[] = {16, 64, 512, BENCH_WHOLE};
    static const unsigned STREAMS[] = {2, 4, 16};
    for (size_t i = 0; i < sizeof BLOCKS / sizeof *BLOCKS; i++)
        add_point(b, BEST_ISA, BLOCKS[i], 1);
    for (size_t i = 0; i < sizeof STREAMS / sizeof *STREAMS; i++)
        add_point(b, BEST_ISA, 64, STREAMS[i]);
    for (int isa = ISAS - 1; isa > XLSTM_ISA_AUTO; isa--)
        if (b->peaks[isa] > 0 && b->peaks[isa] < b->peak)
            add_point(b, (enum xlstm_isa)isa, 64, 1);
}

static bool read_isa(const char *text, enum xlstm_isa *isa)
{
    for (int i = XLSTM_ISA_GENERIC; i < ISAS; i++)
        if (!strcmp(text, isa_names[i])) {
            *isa = (enum xlstm_isa)i;
            return true;
        }
    complain(NULL, "'%s' is not an instruction set; see 'xlstm help bench'", text);
    return false;
}

static bool read_count(const char *what, const char *text, size_t most, size_t *count)
{
    char *end;
    const unsigned long number = strtoul(text, &end, 10);
    *count = number;
    if (*text >= '0' && *text <= '9' && !*end && number >= 1 && number <= most)
        return true;
    complain(NULL, "%s is '%s', expected a whole number from 1 to %zu", what, text, most);
    return false;
}

/** Item `i` of a list, or what stands for an empty one. */
static const char *item(const struct option_list *list, size_t i, const char *otherwise)
{
    return list->count ? list->items[i] : otherwise;
}

static size_t items(const struct option_list *list)
{
    return list->count ? list->count : 1;
}

/** Everything that was asked for, each with each. */
static bool asked_points(struct bench *b)
{
    const struct settings *s = &b->settings;
    for (size_t i = 0; i < items(&s->isas); i++)
        for (size_t j = 0; j < items(&s->blocks); j++)
            for (size_t k = 0; k < items(&s->streams); k++) {
                enum xlstm_isa isa = BEST_ISA;
                size_t block = BENCH_WHOLE, streams;
                const char *frames = item(&s->blocks, j, "64");
                if ((s->isas.count && !read_isa(s->isas.items[i], &isa)) ||
                    (strcmp(frames, "whole") != 0 &&
                     !read_count("--block", frames, BENCH_WHOLE, &block)) ||
                    !read_count("--streams", item(&s->streams, k, "1"), MAX_STREAMS, &streams))
                    return false;
                add_point(b, isa, block, (unsigned)streams);
            }
    return true;
}

/* ---- measuring ------------------------------------------------------------------------------ */

/** A reference network by its name, otherwise a file. */
static xlstm_model *open_model(const char *name, enum xlstm_isa isa)
{
    struct xlstm_error error;
    size_t size;
    json_t *config = bench_model_config(name);
    xlstm_model *model = NULL;
    if (config) {
        model = bench_model_new(config, isa, &error);
    } else {
        void *bytes = slurp(name, MODEL_FILE_LIMIT, &size, &error);
        model = bytes ? xlstm_model_parse(bytes, size, isa, &error) : NULL;
        free(bytes);
    }
    if (!model)
        complain(name, "%s", error.text);
    return model;
}

static void keep(struct bench *b, const char *name, const struct bench_setup *setup, double time,
                 const struct bench_calls *calls)
{
    const struct xlstm_info *info = xlstm_model_info(setup->model);
    const double macs = (double)info->macs_per_frame, rate = info->sample_rate;
    const double share = 2 * macs * setup->streams / time / b->peak;
    const double speed = setup->streams * 1e9 / rate / time;
    const bool whole = setup->block == BENCH_WHOLE;
    json_t *result =
        json_pack("{s:s, s:i, s:s, s:i, s:s, s:f, s:f, s:I, s:f}", "model", name, "block",
                  (int)setup->block, "isa", info->isa, "streams", (int)setup->streams, "input",
                  bench_input_names[setup->input], "ns_per_frame", time, "times_real_time", speed,
                  "macs_per_frame", (json_int_t)info->macs_per_frame, "fma_peak_fraction", share);
    if (calls) {
        json_object_set_new(result, "median_call_ns", json_real(calls->median));
        json_object_set_new(result, "rare_call_ns", json_real(calls->rare));
        json_object_set_new(result, "worst_call_ns", json_real(calls->worst));
    }
    json_array_append_new(b->results, result);
    if (b->settings.json)
        return;
    printf("%-24s %-8s %6.0zu%5s %7u %10.1f %10.0f %10.0f %7.1f%%", name, info->isa,
           whole ? (size_t)0 : setup->block, whole ? "whole" : "", setup->streams, time, speed,
           macs, 100 * share);
    if (calls)
        printf(" %10.0f %10.0f %10.0f", calls->median, calls->rare, calls->worst);
    putchar('\n');
    fflush(stdout);
}

static bool measure(struct bench *b, const char *name, const struct point *point,
                    const xlstm_model *model)
{
    struct bench_calls calls;
    const bool worst = b->settings.worst > 0;
    const struct bench_setup setup = {model, point->streams, point->block,
                                      (enum bench_input)b->settings.input};
    const double time = bench_frame_time(&setup, b->settings.seconds);
    if (isnan(time) || (worst && !bench_call_times(&setup, b->settings.worst, &calls))) {
        complain(name, "out of memory");
        return false;
    }
    keep(b, name, &setup, time, worst ? &calls : NULL);
    return true;
}

/** The time for a frame of a training step; backward counts twice the multiply-adds of forward. */
static bool measure_training(struct bench *b, const char *name, enum xlstm_isa isa)
{
    struct xlstm_error error;
    uint64_t macs;
    json_t *config = bench_model_config(name);
    if (!config) {
        complain(name, "is no reference network, which is what can be trained for the benchmark");
        return false;
    }
    const double time = bench_train_time(config, isa, b->settings.seconds, &macs, &error);
    if (isnan(time)) {
        complain(name, "%s", error.text);
        return false;
    }
    const char *set = xl_engine_find(isa)->name;
    const double share = 6 * (double)macs / time / b->peak;
    json_array_append_new(b->results, json_pack("{s:s, s:s, s:b, s:f, s:f, s:I, s:f}", "model",
                                                name, "isa", set, "train", 1, "ns_per_frame", time,
                                                "frames_per_second", 1e9 / time, "macs_per_frame",
                                                (json_int_t)macs, "fma_peak_fraction", share));
    if (!b->settings.json)
        printf("%-24s %-8s %19s %10.1f %10.2g %10llu %7.1f%%\n", name, set, "training", time,
               1e9 / time, (unsigned long long)macs, 100 * share);
    return true;
}

/** All figures of one model; a model is packed for one instruction set. */
static bool measure_all(struct bench *b, const char *name)
{
    xlstm_model *model = NULL;
    bool good = true;
    for (size_t i = 0; good && i < b->point_count; i++) {
        const struct point *point = &b->points[i];
        if (b->settings.train) {
            good = measure_training(b, name, point->isa);
            continue;
        }
        if (!model || point->isa != point[-1].isa) {
            xlstm_model_free(model);
            model = open_model(name, point->isa);
        }
        good = model && measure(b, name, point, model);
    }
    xlstm_model_free(model);
    return good;
}

static void measure_peaks(struct bench *b)
{
    for (int isa = XLSTM_ISA_GENERIC; isa < ISAS; isa++) {
        b->peaks[isa] = bench_peak_gflops((enum xlstm_isa)isa);
        b->peak = fmax(b->peak, b->peaks[isa]);
    }
}

/* ---- telling -------------------------------------------------------------------------------- */

/** The processor's name; the machine's type where the system does not tell. */
static const char *machine_name(void)
{
    static char line[256];
    static struct utsname system;
    FILE *file = fopen("/proc/cpuinfo", "r");
    const char *name = NULL;
    while (file && !name && fgets(line, sizeof line, file))
        if (!strncmp(line, "model name", strlen("model name")) && strchr(line, ':'))
            name = strchr(line, ':') + 2;
    if (file)
        fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return name ? name : uname(&system) == 0 ? system.machine : "";
}

static json_t *peaks_json(const struct bench *b)
{
    json_t *peaks = json_object();
    for (int isa = XLSTM_ISA_GENERIC; isa < ISAS; isa++)
        if (b->peaks[isa] > 0)
            json_object_set_new(peaks, isa_names[isa], json_real(b->peaks[isa]));
    return peaks;
}

static void print_head(const struct bench *b)
{
    printf("%s; multiply-adds at most %.0f GFLOP/s\n", machine_name(), b->peak);
    printf("%-24s %-8s %11s %7s %10s %10s %10s %8s%s\n", "model", "isa", "block", "streams",
           "ns/frame", "real time", "MACs", "of peak",
           b->settings.worst > 0 ? "  call (ns)  1 in 10^4      worst" : "");
}

static int run(const struct command *command, int argc, char **argv)
{
    struct bench b = {.settings = {.seconds = 0.1}};
    const struct settings *s = &b.settings;
    const int first = options_parse(command, argc, argv, &b.settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    measure_peaks(&b);
    if (s->isas.count || s->blocks.count || s->streams.count || s->worst > 0 || s->train) {
        if (!asked_points(&b))
            return MISUSED;
    } else {
        usual_points(&b);
    }
    b.results = json_array();
    if (!s->json)
        print_head(&b);
    bool good = true;
    for (int i = first; i < argc; i++)
        good &= measure_all(&b, argv[i]);
    for (const char *const *name = bench_model_names; first == argc && *name; name++)
        good &= measure_all(&b, *name);
    if (s->json)
        good &= json_line(json_pack("{s:s, s:f, s:o, s:O}", "machine", machine_name(),
                                    "fma_peak_gflops", b.peak, "fma_peaks_gflops", peaks_json(&b),
                                    "results", b.results));
    json_decref(b.results);
    return good ? DONE : FAILED;
}

const struct command command_bench = {
    .name = "bench",
    .operands = "[MODEL]...",
    .summary = "Measure what models cost on this machine",
    .details =
        "MODEL is a file or the name of a reference network with weights drawn at random:\n"
        "lstmN, gruN, slstmN, slstm_headsN (four heads), lstm_stackN and slstm_stackN (two\n"
        "residual layers), mlstm_blockN, slstm_blockN and block_stackN (NX-AI's blocks), where N\n"
        "is the width, or tiny, standard, large (as 'xlstm train --size'). Without MODEL: all of\n"
        "them in usual widths. Times are the best of many repeats, of this thread alone and for\n"
        "a frame of all streams together; the peak's share counts multiply-adds of weights only.",
    .examples = "  xlstm bench amp.safetensors\n"
                "  xlstm bench --isa avx2 --isa avx512 --block 64 slstm16 lstm16\n"
                "  xlstm bench --streams 1 --streams 2 --streams 16 slstm16\n"
                "  xlstm bench --block 32 --worst 1m standard      the longest of many calls\n"
                "  xlstm bench --train standard                    frames a second of training\n"
                "  xlstm bench --json | jq '.results[] | select(.isa == \"avx512\")'\n",
    .minimum = 0,
    .maximum = INT_MAX,
    .options = options,
    .run = run,
};
