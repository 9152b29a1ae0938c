/* SPDX-License-Identifier: ISC */
#include "progress.h"

#include "report.h"

#include <time.h>

#define SECONDS_BETWEEN 0.2

double progress_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_start(struct progress *progress, double total_seconds)
{
    double now = progress_now();
    *progress = (struct progress){
        .visible = status_visible(), .total = total_seconds, .started = now, .shown = now};
    pthread_mutex_init(&progress->lock, NULL);
}

static void show(const struct progress *progress, double now)
{
    double share = progress->done / progress->total;
    double passed = now - progress->started;
    long left = (long)(passed / share * (1 - share) + 0.5);
    status_show("%3.0f %%, %.0f times real time, %ld:%02ld left", 100 * share,
                progress->done / passed, left / 60, left % 60);
}

void progress_add(struct progress *progress, double seconds)
{
    pthread_mutex_lock(&progress->lock);
    progress->done += seconds;
    double now = progress->visible ? progress_now() : 0;
    if (progress->visible && now - progress->shown >= SECONDS_BETWEEN) {
        progress->shown = now;
        show(progress, now);
    }
    pthread_mutex_unlock(&progress->lock);
}

double progress_end(struct progress *progress)
{
    status_clear();
    pthread_mutex_destroy(&progress->lock);
    return progress_now() - progress->started;
}
