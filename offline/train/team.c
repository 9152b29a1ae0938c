/* SPDX-License-Identifier: ISC */
#include "team.h"

#include "tensors.h"

#include <stdlib.h>

struct thread_start {
    struct team *team;
    struct worker *worker;
    sem_t *go;
};

/** Waits, whatever signals come. */
static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        continue;
}

static void *thread_main(void *argument)
{
    const struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    for (;;) {
        await(start.go);
        if (start.team->stop)
            return NULL;
        worker_run(start.worker);
        sem_post(&start.team->done);
    }
}

static bool start_thread(struct team *team, struct worker *worker)
{
    const unsigned index = team->thread_count;
    struct thread_start *start = malloc(sizeof *start);
    if (!start)
        return false;
    *start = (struct thread_start){team, worker, &team->go[index]};
    sem_init(&team->go[index], 0, 0);
    if (pthread_create(&team->threads[index], NULL, thread_main, start) != 0) {
        free(start);
        return false;
    }
    team->thread_count++;
    return true;
}

static bool start_threads(struct team *team)
{
    sem_init(&team->done, 0, 0);
    for (unsigned i = 1; i < team->worker_count; i++)
        if (!start_thread(team, &team->workers[i]))
            return false;
    return true;
}

unsigned team_size(unsigned threads, unsigned channels)
{
    const unsigned workers = threads < channels ? threads : channels;
    return workers < TEAM_MOST ? workers : TEAM_MOST;
}

bool team_start(struct team *team, const struct job *job, unsigned threads, double offset,
                struct xlstm_error *error)
{
    const unsigned channels = job->channels, workers = team_size(threads, channels);
    for (unsigned i = 0; i < workers; i++) {
        const unsigned first = channels * i / workers, last = channels * (i + 1) / workers;
        if (!worker_init(&team->workers[i], job, first, last - first, offset))
            return xl_fail(error, "out of memory");
        team->worker_count++;
    }
    return start_threads(team) || xl_fail(error, "cannot start threads");
}

struct loss_sum team_run(struct team *team)
{
    struct loss_sum sum = {.error = 0};
    for (unsigned i = 0; i < team->thread_count; i++)
        sem_post(&team->go[i]);
    worker_run(&team->workers[0]);
    for (unsigned i = 0; i < team->thread_count; i++)
        await(&team->done);
    for (unsigned i = 0; i < team->worker_count; i++) {
        sum.error += team->workers[i].sum.error;
        sum.total += team->workers[i].sum.total;
        sum.frames += team->workers[i].sum.frames;
    }
    float *all = team->workers[0].gradient;
    const size_t count = team->workers[0].job->plan->packed;
    for (unsigned i = 1; i < team->worker_count; i++)
        for (size_t k = 0; k < count; k++)
            all[k] += team->workers[i].gradient[k];
    return sum;
}

void team_end(struct team *team)
{
    team->stop = true;
    for (unsigned i = 0; i < team->thread_count; i++)
        sem_post(&team->go[i]);
    for (unsigned i = 0; i < team->thread_count; i++)
        pthread_join(team->threads[i], NULL);
    for (unsigned i = 0; i < team->worker_count; i++)
        worker_free(&team->workers[i]);
    team->worker_count = team->thread_count = 0;
    team->stop = false;
}
