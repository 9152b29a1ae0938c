/* SPDX-License-Identifier: ISC */
#include "checkpoint.h"

#include "identity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WALKER_NUMBERS = 4, COUNTERS = 5, SUMS = 14, CURVE_NUMBERS = 4, MOST_PARTS = 16 };

/** Places among the counters and the sums. */
enum { STAGE = 4, FROM = 11 };

static const char KIND[] = "xLSTMCheckpoint";

/** Counters beyond this are nobody's, and may be added to without a thought. */
static const int64_t MOST = INT64_C(1) << 52;

/** What is not kept as arrays of its own: copied here and back. */
struct copies {
    float *state, *last_error;
    int64_t *walkers, counters[COUNTERS];
    double sums[SUMS], *curve;
};

/** An array of the file: a name, a shape and where it is in memory. */
struct part {
    const char *name;
    enum xl_dtype dtype;
    size_t rows, columns; ///< rows 0: a vector of `columns`
    void *data;
};

static bool copies_make(struct copies *copies, const struct trainer *t)
{
    const size_t channels = t->job.channels;
    *copies = (struct copies){
        .state = calloc(channels * t->plan.state + 1, sizeof(float)),
        .last_error = calloc(channels, sizeof(float)),
        .walkers = calloc(channels * WALKER_NUMBERS, sizeof(int64_t)),
        .curve = calloc(trainer_points(t->options) * CURVE_NUMBERS, sizeof(double)),
    };
    return copies->state && copies->last_error && copies->walkers && copies->curve;
}

static void copies_free(struct copies *copies)
{
    free(copies->state);
    free(copies->last_error);
    free(copies->walkers);
    free(copies->curve);
}

/** All arrays but the curve, whose length is not known to a reader. Returns their number. */
static size_t list_parts(const struct trainer *t, struct copies *c, struct part *parts)
{
    const size_t values = t->plan.values, channels = t->job.channels;
    const struct part all[] = {
        {"values", XL_F32, 0, values, t->soap.values},
        {"optimiser", XL_F32, 0, t->soap.kept_count, t->soap.kept},
        {"average", XL_F32, 0, values, t->soap.average},
        {"best", XL_F32, 0, values, t->best.values},
        {"rest", XL_F32, 0, t->plan.state, t->rest},
        {"state", XL_F32, channels, t->plan.state, c->state},
        {"walkers", XL_I64, channels, WALKER_NUMBERS, c->walkers},
        {"last_error", XL_F32, 0, channels, c->last_error},
        {"counters", XL_I64, 0, COUNTERS, c->counters},
        {"sums", XL_F64, 0, SUMS, c->sums},
    };
    size_t count = sizeof all / sizeof *all;
    memcpy(parts, all, sizeof all);
    if (t->path_best.values)
        parts[count++] = (struct part){"path", XL_F32, 0, t->path_plan.values, t->path_best.values};
    return count;
}

/* ---- between the trainer and the copies ----------------------------------------------------- */

static void gather_walkers(const struct trainer *t, struct copies *c)
{
    size_t channel = 0;
    for (unsigned i = 0; i < t->team.worker_count; i++) {
        const struct worker *worker = &t->team.workers[i];
        memcpy(c->state + channel * t->plan.state, worker->state,
               worker->channels * t->plan.state * sizeof(float));
        for (unsigned k = 0; k < worker->channels; k++, channel++) {
            const struct walker *walker = &worker->walkers[k];
            int64_t *numbers = c->walkers + channel * WALKER_NUMBERS;
            numbers[0] = (int64_t)walker->pair;
            numbers[1] = (int64_t)walker->frame;
            numbers[2] = (int64_t)walker->age;
            numbers[3] = (int64_t)walker->mute;
            c->last_error[channel] = walker->last_error;
        }
    }
}

static void gather(const struct trainer *t, struct copies *c)
{
    const struct train_progress *p = &t->progress;
    const double sums[SUMS] = {
        p->seconds,      t->next,          t->train_error,       t->train_frames,   t->best.esr,
        t->best.seconds, t->path_best.esr, t->path_best.seconds, p->validation_esr, p->train_esr,
        t->best_share,   t->from,          t->from_seconds,      t->from_epochs};
    memcpy(c->sums, sums, sizeof sums);
    c->counters[0] = (int64_t)p->update;
    c->counters[1] = (int64_t)t->soap.updates;
    c->counters[2] = (int64_t)t->best_update;
    c->counters[3] = (int64_t)t->from_update;
    c->counters[STAGE] = t->stage;
    for (size_t i = 0; i < t->points; i++) {
        const struct train_point *point = &t->curve[i];
        double *numbers = c->curve + i * CURVE_NUMBERS;
        numbers[0] = point->seconds;
        numbers[1] = point->update;
        numbers[2] = point->train_esr;
        numbers[3] = point->validation_esr;
    }
    gather_walkers(t, c);
}

static void scatter_walkers(struct trainer *t, const struct copies *c)
{
    size_t channel = 0;
    for (unsigned i = 0; i < t->team.worker_count; i++) {
        struct worker *worker = &t->team.workers[i];
        memcpy(worker->state, c->state + channel * t->plan.state,
               worker->channels * t->plan.state * sizeof(float));
        for (unsigned k = 0; k < worker->channels; k++, channel++) {
            const int64_t *numbers = c->walkers + channel * WALKER_NUMBERS;
            worker_place(worker, k,
                         (struct walker){.pair = (size_t)numbers[0],
                                         .frame = (size_t)numbers[1],
                                         .age = (size_t)numbers[2],
                                         .mute = (size_t)numbers[3],
                                         .last_error = c->last_error[channel]});
        }
    }
}

static void scatter(struct trainer *t, const struct copies *c, size_t points)
{
    struct train_progress *p = &t->progress;
    p->seconds = c->sums[0];
    t->next = c->sums[1];
    t->train_error = c->sums[2];
    t->train_frames = c->sums[3];
    t->best.esr = c->sums[4];
    t->best.seconds = c->sums[5];
    t->path_best.esr = c->sums[6];
    t->path_best.seconds = c->sums[7];
    p->validation_esr = c->sums[8];
    p->train_esr = c->sums[9];
    t->best_share = c->sums[10];
    t->from = c->sums[FROM];
    t->from_seconds = c->sums[12];
    t->from_epochs = c->sums[13];
    p->best_esr = trainer_best(t)->esr;
    p->update = (uint64_t)c->counters[0];
    t->soap.updates = (uint64_t)c->counters[1];
    t->best_update = (uint64_t)c->counters[2];
    t->from_update = (uint64_t)c->counters[3];
    t->points = points;
    for (size_t i = 0; i < points; i++) {
        const double *numbers = c->curve + i * CURVE_NUMBERS;
        t->curve[i] = (struct train_point){numbers[0], numbers[1], numbers[2], numbers[3]};
    }
    scatter_walkers(t, c);
}

/* ---- writing -------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct xl_tensor *)a)->name, ((const struct xl_tensor *)b)->name);
}

static struct xl_tensor tensor_of(const struct part *part)
{
    struct xl_tensor tensor = {.dtype = part->dtype, .data = part->data};
    snprintf(tensor.name, sizeof tensor.name, "%s", part->name);
    if (part->rows)
        tensor.shape[tensor.rank++] = part->rows;
    tensor.shape[tensor.rank++] = part->columns;
    return tensor;
}

void *checkpoint_write(const struct trainer *t, size_t *size, struct xlstm_error *error)
{
    struct copies copies;
    struct part parts[MOST_PARTS];
    struct xl_tensor tensors[MOST_PARTS];
    struct xl_tensors file = {.config = t->identity, .tensors = tensors};
    void *bytes = NULL;
    snprintf(file.kind, sizeof file.kind, "%s", KIND);
    if (copies_make(&copies, t)) {
        gather(t, &copies);
        file.count = list_parts(t, &copies, parts);
        if (t->points)
            parts[file.count++] =
                (struct part){"curve", XL_F64, t->points, CURVE_NUMBERS, copies.curve};
        for (size_t i = 0; i < file.count; i++)
            tensors[i] = tensor_of(&parts[i]);
        qsort(tensors, file.count, sizeof *tensors, by_name);
        bytes = xl_write_safetensors(&file, size, error);
    } else {
        xl_fail(error, "out of memory");
    }
    copies_free(&copies);
    return bytes;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool finite_floats(const struct part *part)
{
    const float *numbers = part->data;
    const size_t count = part->columns * (part->rows ? part->rows : 1);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

static bool copy_part(const struct xl_tensors *file, const struct part *part,
                      struct xlstm_error *error)
{
    const struct xl_tensor wanted = tensor_of(part);
    const struct xl_tensor *found = xl_tensors_find(file, part->name);
    if (!found || found->dtype != wanted.dtype || found->rank != wanted.rank ||
        memcmp(found->shape, wanted.shape, wanted.rank * sizeof *wanted.shape) != 0)
        return xl_fail(error, "has no tensor %s as this network and this run need it", part->name);
    memcpy(part->data, found->data,
           (size_t)xl_tensor_elements(found) * xl_dtype_bytes(found->dtype));
    return part->dtype != XL_F32 || finite_floats(part) ||
           xl_fail(error, "has a number in tensor %s that is not finite", part->name);
}

/** The curve, which is of any length that a run may have. */
static bool copy_curve(const struct trainer *t, const struct xl_tensors *file, struct copies *c,
                       size_t *points, struct xlstm_error *error)
{
    const struct xl_tensor *found = xl_tensors_find(file, "curve");
    *points = 0;
    if (!found)
        return true;
    if (found->rank != 2 || found->shape[0] > trainer_points(t->options))
        return xl_fail(error, "has a learning curve that no run can have");
    *points = (size_t)found->shape[0];
    return copy_part(file, &(struct part){"curve", XL_F64, *points, CURVE_NUMBERS, c->curve},
                     error);
}

/** Walkers stand within recordings, and nothing is so large that counting on would overflow. */
static bool sensible(const struct trainer *t, const struct copies *c, struct xlstm_error *error)
{
    for (size_t i = 0; i < COUNTERS; i++)
        if (c->counters[i] < 0 || c->counters[i] > MOST)
            return xl_fail(error, "has a counter of %" PRId64, c->counters[i]);
    for (size_t i = 0; i < SUMS; i++)
        if ((i < 4 || i >= FROM) && (!isfinite(c->sums[i]) || c->sums[i] < 0))
            return xl_fail(error, "has a sum that cannot be");
    if (c->counters[3] > c->counters[0] || c->sums[FROM] >= 1)
        return xl_fail(error, "has a stage that begins after its end");
    for (size_t i = 0; i < t->job.channels; i++) {
        const int64_t *walker = c->walkers + i * WALKER_NUMBERS;
        for (size_t k = 0; k < WALKER_NUMBERS; k++)
            if (walker[k] < 0 || walker[k] > MOST)
                return xl_fail(error, "has a walker at %" PRId64, walker[k]);
        if ((uint64_t)walker[0] >= t->job.set->count ||
            (uint64_t)walker[1] > t->job.set->pairs[walker[0]].frames)
            return xl_fail(error, "has a walker beyond the end of a recording");
    }
    return true;
}

static bool read_into(struct trainer *t, const struct xl_tensors *file, struct copies *c,
                      struct xlstm_error *error)
{
    struct part parts[MOST_PARTS];
    size_t points;
    const size_t count = list_parts(t, c, parts);
    for (size_t i = 0; i < count; i++)
        if (!copy_part(file, &parts[i], error))
            return false;
    if (!copy_curve(t, file, c, &points, error) || !sensible(t, c, error))
        return false;
    scatter(t, c, points);
    return true;
}

bool checkpoint_stage(const struct trainer *t, const void *bytes, size_t size, int64_t *stage,
                      struct xlstm_error *error)
{
    struct xl_tensors file;
    int64_t counters[COUNTERS];
    if (!xl_read_safetensors(&file, bytes, size, error))
        return false;
    const bool good =
        (strcmp(file.kind, KIND) == 0 ||
         xl_fail(error, "is of kind %s, expected a checkpoint", file.kind)) &&
        identity_agrees(file.config, t->identity, error) &&
        copy_part(&file, &(struct part){"counters", XL_I64, 0, COUNTERS, counters}, error);
    xl_tensors_free(&file);
    if (!good)
        return false;
    *stage = counters[STAGE];
    return *stage == STAGE_WHOLE || (*stage == STAGE_PATH && t->has_path) ||
           xl_fail(error, "is of a stage %" PRId64 " that this run does not have", *stage);
}

bool checkpoint_read(struct trainer *t, const void *bytes, size_t size, struct xlstm_error *error)
{
    struct xl_tensors file;
    struct copies copies;
    if (!xl_read_safetensors(&file, bytes, size, error))
        return false;
    const bool made = copies_make(&copies, t) || xl_fail(error, "out of memory");
    const bool good = made && read_into(t, &file, &copies, error);
    copies_free(&copies);
    xl_tensors_free(&file);
    return good;
}
