/* SPDX-License-Identifier: ISC */
#include "worker.h"

#include "carve.h"
#include "pages.h"

#include <stdlib.h>
#include <string.h>

/* Channels run together, but not too many: what they keep for the way back should stay in a near
 * cache. */
enum { MOST_TOGETHER = 8, NEAR_ROWS = 8192 };

/** How many channels run at once. */
static unsigned together(const struct worker *w)
{
    const unsigned fit = NEAR_ROWS / w->job->steps;
    unsigned count = w->channels < MOST_TOGETHER ? w->channels : MOST_TOGETHER;
    if (count > fit)
        count = fit > 0 ? fit : 1;
    return count;
}

static void carve_all(struct worker *w, struct carver *carver)
{
    const struct xl_plan *plan = w->job->plan;
    const size_t rows = (size_t)w->channels * w->job->steps, state = w->channels * plan->state;
    const size_t held = (size_t)together(w) * w->job->steps;
    w->walkers = carve(carver, w->channels * sizeof *w->walkers);
    w->state = carve(carver, state * sizeof(float));
    w->start = carve(carver, state * sizeof(float));
    w->dstate = carve(carver, state * sizeof(float));
    w->work = carve(carver, xl_engine_work(plan, held, true) * sizeof(float));
    w->back_work = carve(carver, xl_back_work(plan, held) * sizeof(float));
    w->gradient = carve(carver, (plan->packed + XL_PAD) * sizeof(float));
    w->loss_work = carve(carver, loss_work(w->job->loss) * sizeof(float));
    w->out = carve(carver, rows * sizeof(float));
    w->dout = carve(carver, rows * sizeof(float));
    w->knobs = carve(carver, w->channels * XLSTM_MAX_KNOBS * sizeof(float));
    w->in = carve(carver, w->channels * sizeof *w->in);
    w->out_rows = carve(carver, w->channels * sizeof *w->out_rows);
    w->dout_rows = carve(carver, w->channels * sizeof *w->dout_rows);
}

/* A network that is never at rest while it learns comes to rely on what it once stored for ever. So
 * every walker is put to rest now and then, and what it then computes does not count for a while.
 */
enum { LONGEST_WALK = 480000, WARM_UP = 24000 };

/** What a walker already is not to count stays so. */
static void put_to_rest(struct worker *w, unsigned channel, size_t mute)
{
    const struct xl_plan *plan = w->job->plan;
    memcpy(w->state + channel * plan->state, w->job->rest, plan->state * sizeof(float));
    w->walkers[channel].age = 0;
    if (w->walkers[channel].mute < mute)
        w->walkers[channel].mute = mute;
}

/** Puts a walker, at rest, at a frame of a recording. */
static void enter(struct worker *w, unsigned channel, size_t pair, size_t frame)
{
    const struct train_pair *entered = &w->job->set->pairs[pair];
    const size_t lead = frame < entered->lead_in ? entered->lead_in - frame : 0;
    w->walkers[channel] = (struct walker){.pair = pair, .frame = frame, .mute = lead};
    put_to_rest(w, channel, frame > 0 ? WARM_UP : 0);
    memcpy(w->knobs + channel * XLSTM_MAX_KNOBS, entered->knobs, sizeof entered->knobs);
}

/** The pair and frame that lie at `share` (0 to 1) of all recordings. */
static void enter_at(struct worker *w, unsigned channel, double share)
{
    const struct train_set *set = w->job->set;
    double total = 0;
    for (size_t p = 0; p < set->count; p++)
        total += (double)set->pairs[p].frames;
    double frame = share * total;
    size_t pair = 0;
    while (pair + 1 < set->count && frame >= (double)set->pairs[pair].frames)
        frame -= (double)set->pairs[pair++].frames;
    enter(w, channel, pair, (size_t)frame);
}

/** Moves walkers whose recording ends within the next window to the start of the next one, and puts
 *  those to rest that have walked for long. */
static void turn(struct worker *w)
{
    const struct train_set *set = w->job->set;
    for (unsigned c = 0; c < w->channels; c++) {
        size_t pair = w->walkers[c].pair;
        if (w->walkers[c].age > LONGEST_WALK)
            put_to_rest(w, c, WARM_UP);
        if (w->walkers[c].frame + w->job->steps <= set->pairs[pair].frames)
            continue;
        do
            pair = (pair + 1) % set->count;
        while (set->pairs[pair].frames < w->job->steps);
        enter(w, c, pair, 0);
    }
}

bool worker_init(struct worker *w, const struct job *job, unsigned first, unsigned channels,
                 double offset)
{
    struct carver carver = {0};
    *w = (struct worker){.job = job, .channels = channels};
    carve_all(w, &carver);
    w->memory = pages_new(carver.size);
    if (!w->memory)
        return false;
    carver = (struct carver){.at = w->memory};
    carve_all(w, &carver);
    for (unsigned c = 0; c < channels; c++) {
        const double share = ((double)(first + c) + offset) / (double)job->channels;
        enter_at(w, c, share < 1 ? share : share - 1);
        w->walkers[c].age = (size_t)LONGEST_WALK * (first + c) / job->channels;
        w->out_rows[c] = w->out + (size_t)c * job->steps;
        w->dout_rows[c] = w->dout + (size_t)c * job->steps;
    }
    return true;
}

void worker_free(struct worker *w)
{
    free(w->memory);
    w->memory = NULL;
}

void worker_place(struct worker *w, unsigned channel, struct walker walker)
{
    const float *knobs = w->job->set->pairs[walker.pair].knobs;
    w->walkers[channel] = walker;
    memcpy(w->knobs + channel * XLSTM_MAX_KNOBS, knobs, XLSTM_MAX_KNOBS * sizeof *knobs);
}

static void measure(struct worker *w)
{
    const struct job *job = w->job;
    const double scale = 1 / ((double)job->channels * job->steps);
    w->sum = (struct loss_sum){.error = 0};
    for (unsigned c = 0; c < w->channels; c++) {
        struct walker *walker = &w->walkers[c];
        const struct train_pair *pair = &job->set->pairs[walker->pair];
        const size_t skip = walker->mute < job->steps ? walker->mute : job->steps;
        float *dout = w->dout + (size_t)c * job->steps;
        memset(dout, 0, skip * sizeof *dout);
        if (skip > 0)
            walker->last_error = 0; /* what does not count may have no target */
        const struct loss_sum sum =
            loss_of(job->loss, &(struct loss_window){.output = w->out_rows[c] + skip,
                                                     .target = pair->wet + walker->frame + skip,
                                                     .frames = job->steps - skip,
                                                     .last = &walker->last_error,
                                                     .scale = scale,
                                                     .gradient = dout + skip,
                                                     .work = w->loss_work});
        w->sum.error += sum.error;
        w->sum.total += sum.total;
        w->sum.frames += sum.frames;
        walker->mute -= skip;
        walker->frame += job->steps;
        walker->age += job->steps;
    }
}

/** The worker of `count` of its channels, from `first` on. */
static struct worker part_of(const struct worker *w, unsigned first, unsigned count)
{
    struct worker part = *w;
    part.channels = count;
    part.walkers += first;
    part.state += first * w->job->plan->state;
    part.dout += (size_t)first * w->job->steps;
    part.knobs += (size_t)first * XLSTM_MAX_KNOBS;
    part.in += first;
    part.dout_rows += first;
    part.out_rows += first;
    return part;
}

static void run_part(struct worker *w)
{
    const struct job *job = w->job;
    const struct xl_plan *plan = job->plan;
    for (unsigned c = 0; c < w->channels; c++)
        w->in[c] = job->set->pairs[w->walkers[c].pair].dry + w->walkers[c].frame;
    const struct xl_call call = {
        .parameters = job->packed,
        .state = w->state,
        .work = w->work,
        .keep = true,
        .knobs = w->knobs,
        .knob_stride = XLSTM_MAX_KNOBS,
        .steps = job->steps,
        .channels = w->channels,
        .in = (const void *const *)w->in,
        .out = (void *const *)w->out_rows,
    };
    const struct xl_back_call back = {
        .call = &call,
        .start = w->start,
        .dout = (const void *const *)w->dout_rows,
        .gradient = w->gradient,
        .dstate = w->dstate,
        .work = w->back_work,
    };
    memcpy(w->start, w->state, w->channels * plan->state * sizeof(float));
    job->engine->engine->forward(plan, &call);
    measure(w);
    job->engine->backward(plan, &back);
}

void worker_run(struct worker *w)
{
    turn(w);
    w->sum = (struct loss_sum){0};
    memset(w->gradient, 0, w->job->plan->packed * sizeof(float));
    const unsigned most = together(w);
    for (unsigned first = 0; first < w->channels; first += most) {
        const unsigned left = w->channels - first;
        struct worker part = part_of(w, first, left < most ? left : most);
        run_part(&part);
        w->sum.error += part.sum.error;
        w->sum.total += part.sum.total;
        w->sum.frames += part.sum.frames;
    }
}
