/* SPDX-License-Identifier: ISC */
#include "batch.h"

#include "model_file.h"
#include "progress.h"
#include "report.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Most channels side by side, unless one file has more. */
enum { LANES = 16 };

/** What the threads share: the jobs that are left. */
struct queue {
    const struct batch *batch;
    struct progress progress;
    pthread_mutex_t lock;
    pthread_mutex_t opening; /* libsndfile and soxr share data between calls that open */
    struct job *jobs;        /* usable ones, longest first */
    size_t count, next;
    unsigned lanes; /* channels that a group should fill */
    size_t written;
};

/** A file of a group. */
struct lane {
    const struct job *job;
    struct track track;
    float **channels; /* its part of the group's */
    size_t got;       /* frames of this block */
    bool active;
};

/** Files that go through one stream side by side. */
struct group {
    struct lane *lanes;
    size_t count;
    unsigned channels;
    float *samples, **planes; /* TRACK_BLOCK frames of each channel */
    xlstm_stream *stream;
};

/** Takes as many of the next jobs as fill the lanes; 0 when none is left. */
static size_t take(struct queue *queue, const struct job **first)
{
    pthread_mutex_lock(&queue->lock);
    size_t begin = queue->next;
    unsigned channels = 0;
    while (queue->next < queue->count) {
        unsigned more = channels + queue->jobs[queue->next].channels;
        if (channels && more > queue->lanes)
            break;
        channels = more;
        queue->next++;
    }
    *first = queue->jobs + begin;
    size_t taken = queue->next - begin;
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

static void drop(struct lane *lane)
{
    complain(lane->track.culprit, "%s", lane->track.error.text);
    track_abort(&lane->track);
    lane->active = false;
}

static void finish(struct queue *queue, struct lane *lane)
{
    const struct batch *batch = queue->batch;
    lane->active = false;
    if (!track_finish(&lane->track)) {
        complain(lane->track.culprit, "%s", lane->track.error.text);
        return;
    }
    pthread_mutex_lock(&queue->lock);
    queue->written++;
    batch->report(batch->closure, lane->job, &lane->track);
    pthread_mutex_unlock(&queue->lock);
}

/** Opens the files; those that cannot be are left out. */
static void open_lanes(struct group *group, struct queue *queue, const struct job *jobs)
{
    pthread_mutex_lock(&queue->opening);
    for (size_t i = 0; i < group->count; i++) {
        struct lane *lane = &group->lanes[i];
        lane->job = &jobs[i];
        lane->active = track_open(&lane->track, jobs[i].in_path, jobs[i].out_path, jobs[i].format,
                                  &queue->batch->levels);
        if (lane->active)
            group->channels += track_channels(&lane->track);
        else
            complain(lane->track.culprit, "%s", lane->track.error.text);
    }
    pthread_mutex_unlock(&queue->opening);
}

/** Makes the stream and shares its channels out. */
static bool make_stream(struct group *group, const struct batch *batch)
{
    group->samples = calloc((size_t)group->channels * TRACK_BLOCK, sizeof *group->samples);
    group->planes = calloc(group->channels, sizeof *group->planes);
    group->stream = model_stream(batch->model, group->channels, TRACK_BLOCK, batch->knobs);
    if (!group->samples || !group->planes || !group->stream)
        return false;
    for (unsigned c = 0; c < group->channels; c++)
        group->planes[c] = group->samples + (size_t)c * TRACK_BLOCK;
    float **next = group->planes;
    for (size_t i = 0; i < group->count; i++) {
        struct lane *lane = &group->lanes[i];
        lane->channels = next;
        next += lane->active ? track_channels(&lane->track) : 0;
    }
    return true;
}

/** Reads a block of a lane. What is behind its end stays as it was and is not used. */
static void read_lane(struct queue *queue, struct lane *lane)
{
    if (!track_read(&lane->track, lane->channels, &lane->got))
        drop(lane);
    else if (!lane->got)
        finish(queue, lane);
}

static void write_lane(struct queue *queue, struct lane *lane)
{
    if (!track_write(&lane->track, (const float *const *)lane->channels, lane->got))
        drop(lane);
    else
        progress_add(&queue->progress, (double)lane->got / queue->batch->levels.model_rate);
}

/** Plays the next block of all lanes; false when none is left. */
static bool play_block(struct group *group, struct queue *queue)
{
    size_t longest = 0;
    for (size_t i = 0; i < group->count; i++) {
        struct lane *lane = &group->lanes[i];
        if (lane->active)
            read_lane(queue, lane);
        if (lane->active && lane->got > longest)
            longest = lane->got;
    }
    if (!longest)
        return false;
    xlstm_stream_process(group->stream, (const float *const *)group->planes, group->planes,
                         longest);
    for (size_t i = 0; i < group->count; i++)
        if (group->lanes[i].active)
            write_lane(queue, &group->lanes[i]);
    return true;
}

static void play_group(struct queue *queue, const struct job *jobs, size_t count)
{
    struct group group = {.lanes = calloc(count, sizeof(struct lane)), .count = count};
    if (group.lanes)
        open_lanes(&group, queue, jobs);
    if (group.channels && make_stream(&group, queue->batch)) {
        while (play_block(&group, queue))
            ;
    } else if (group.channels || !group.lanes) {
        complain(jobs->in_path, "needs more memory than there is");
    }
    for (size_t i = 0; group.lanes && i < count; i++)
        if (group.lanes[i].active)
            track_abort(&group.lanes[i].track);
    xlstm_stream_free(group.stream);
    free(group.planes);
    free(group.samples);
    free(group.lanes);
}

static void *work(void *closure)
{
    struct queue *queue = closure;
    const struct job *jobs;
    size_t count;
    while ((count = take(queue, &jobs)))
        play_group(queue, jobs, count);
    return NULL;
}

/** Usable jobs first, the longest of them first: files of a group are about equally long. */
static int by_length(const void *a, const void *b)
{
    const struct job *one = a, *other = b;
    if (one->usable != other->usable)
        return one->usable ? -1 : 1;
    return (one->seconds < other->seconds) - (one->seconds > other->seconds);
}

static void plan(struct queue *queue, size_t count)
{
    double seconds = 0;
    size_t channels = 0;
    qsort(queue->jobs, count, sizeof *queue->jobs, by_length);
    for (; queue->count < count && queue->jobs[queue->count].usable; queue->count++) {
        seconds += queue->jobs[queue->count].seconds;
        channels += queue->jobs[queue->count].channels;
    }
    size_t share = (channels + queue->batch->threads - 1) / queue->batch->threads;
    queue->lanes = share < LANES ? (unsigned)share : LANES;
    progress_start(&queue->progress, seconds);
}

size_t batch_run(const struct batch *batch, struct job *jobs, size_t count)
{
    struct queue queue = {.batch = batch, .jobs = jobs};
    pthread_t *threads = calloc(batch->threads, sizeof *threads);
    unsigned started = 0;
    plan(&queue, count);
    pthread_mutex_init(&queue.lock, NULL);
    pthread_mutex_init(&queue.opening, NULL);
    while (threads && started + 1 < batch->threads && started + 1 < queue.count &&
           !pthread_create(&threads[started], NULL, work, &queue))
        started++;
    work(&queue);
    while (started)
        pthread_join(threads[--started], NULL);
    progress_end(&queue.progress);
    pthread_mutex_destroy(&queue.opening);
    pthread_mutex_destroy(&queue.lock);
    free(threads);
    return queue.written;
}
