/* SPDX-License-Identifier: ISC */
#include "job.h"

#include "report.h"
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FALLBACK_EXTENSION ".wav"

static bool is_folder(const char *path)
{
    struct stat status;
    return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static bool ends_with_slash(const char *path)
{
    size_t length = strlen(path);
    return length && path[length - 1] == '/';
}

/** FOLDER/NAME, where NAME is the input's; its extension changes if it cannot be written. */
static char *name_in_folder(const char *folder, const char *input)
{
    const char *slash = strrchr(input, '/'), *name = slash ? slash + 1 : input;
    const char *dot = strrchr(name, '.');
    bool keep = sink_knows(name);
    int stem = (int)(keep || !dot ? (long)strlen(name) : dot - name);
    char *path;
    int made = asprintf(&path, "%s%s%.*s%s", folder, ends_with_slash(folder) ? "" : "/", stem, name,
                        keep ? "" : FALLBACK_EXTENSION);
    return made < 0 ? NULL : path;
}

/** libsndfile writes unreadable files where FLAC or AIFF hold nothing. */
static bool holds_nothing_well(const struct job *job, struct xlstm_error *error)
{
    if (job->seconds > 0 || (job->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV)
        return true;
    return fail(error, "would hold no sound, as its input does (0 frames), which only .wav can");
}

/** Reads the input's header, chooses the format, looks at the target. */
static bool probe(struct job *job, const struct job_policy *policy)
{
    struct source source;
    struct xlstm_error error;
    const char *culprit = job->in_path;
    enum sample_format samples = policy->samples;
    bool good = source_open(&source, job->in_path, &error);
    if (good) {
        job->rate = source.info.samplerate;
        job->channels = (unsigned)source.info.channels;
        job->seconds = (double)source.info.frames / job->rate;
        source_close(&source);
        culprit = job->out_path;
        good = sink_format(job->out_path, samples, &job->format, &error) ||
               (policy->any_format && sink_format(job->out_path, SAMPLE_24, &job->format, &error));
    }
    good = good && holds_nothing_well(job, &error) &&
           outfile_allowed(job->out_path, policy->overwrite, &error);
    if (good && outfile_same(job->in_path, job->out_path))
        good = fail(&error, "is the recording itself, which would be lost; choose another name");
    if (!good)
        complain(culprit, "%s", error.text);
    return good;
}

static int by_output(const void *a, const void *b)
{
    return strcmp((*(const struct job *const *)a)->out_path,
                  (*(const struct job *const *)b)->out_path);
}

/** Says which two inputs would be written to one file, if any would. */
static bool distinct(struct job *jobs, size_t count)
{
    struct job **sorted = malloc(count * sizeof(struct job *));
    bool good = sorted;
    for (size_t i = 0; good && i < count; i++)
        sorted[i] = &jobs[i];
    if (good)
        qsort(sorted, count, sizeof *sorted, by_output);
    for (size_t i = 1; good && i < count; i++) {
        if (by_output(&sorted[i - 1], &sorted[i]))
            continue;
        complain(NULL, "%s and %s would both become %s", sorted[i - 1]->in_path, sorted[i]->in_path,
                 sorted[i]->out_path);
        good = false;
    }
    free(sorted);
    return good;
}

static bool make_folder(const char *path)
{
    if (is_folder(path) || !mkdir(path, 0777))
        return true;
    complain(path, "cannot be made a folder: %s", strerror(errno));
    return false;
}

/** Several files need a folder; a name such as `all.wav` was more likely meant as a file. */
static bool folder_likely(const char *output, size_t count)
{
    if (count < 2 || is_folder(output) || ends_with_slash(output) || !sink_knows(output))
        return true;
    complain(output, "cannot hold the sound of %zu files; name a folder, such as %s/", count,
             output);
    return false;
}

bool jobs_plan(struct job *jobs, char *const *inputs, size_t count, const struct job_policy *policy)
{
    bool folder = count > 1 || ends_with_slash(policy->output) || is_folder(policy->output);
    bool any = false;
    if (!folder_likely(policy->output, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        jobs[i].in_path = inputs[i];
        jobs[i].out_path =
            folder ? name_in_folder(policy->output, inputs[i]) : strdup(policy->output);
        if (!jobs[i].out_path) {
            complain(NULL, "%s", strerror(ENOMEM));
            return false;
        }
    }
    if (!distinct(jobs, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        jobs[i].usable = probe(&jobs[i], policy);
        any |= jobs[i].usable;
    }
    return !any || !folder || make_folder(policy->output);
}

void jobs_free(struct job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(jobs[i].out_path);
    free(jobs);
}
